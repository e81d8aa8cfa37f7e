import AvatariumCore
import Foundation

/// Options that the user wants every time, from a file:
///
/// ```json
/// {"render": {"voice": "piper:en_US-joe-medium", "size": "1920x1080"}, "still": {"avatar": "~/me.glb"}}
/// ```
///
/// They go before those of the command line, of which the last one counts. A path may begin with `~/`.
struct DefaultOptions {
    /// The environment variable that names the file; empty for no defaults.
    static let variable = "AVATARIUM_DEFAULTS"
    /// A larger file, in bytes, is refused.
    static let maximumBytes = 1 << 20

    /// The file that they come from.
    let path: String
    private let commands: [String: [String: Value]]

    /// What an option is given: a text for each time it is given, or, for a flag, whether it is.
    private enum Value {
        case flag(Bool)
        case texts([String])
    }

    /// Returns the arguments with a command's defaults put in after its name.
    func applied(to arguments: [String]) -> [String] {
        guard let command = arguments.first, let options = commands[command] else { return arguments }
        let given = arguments.dropFirst()
        var added: [String] = []
        for (name, value) in options.sorted(by: { $0.key < $1.key }) {
            let option = name.count == 1 ? "-\(name)" : "--\(name)"
            // A recording speaks with its own voice.
            if given.contains("--audio") || given.contains(where: { $0.hasPrefix("--audio=") }),
                ["voice", "rate", "pitch", "ssml"].contains(name)
            {
                continue
            }
            switch value {
            case .flag(let isGiven): added += isGiven ? [option] : []
            case .texts(let texts): added += texts.flatMap { [option, $0] }
            }
        }
        return [command] + added + given
    }

    /// Reads the file that `AVATARIUM_DEFAULTS` names, else `$XDG_CONFIG_HOME/avatarium/defaults.json`
    /// (`~/.config/avatarium/defaults.json`).
    /// - Parameter names: The names of the commands that may have defaults.
    /// - Returns: nil where there is no file.
    /// - Throws: E093 for a file that has another form, E071 where the named one cannot be read.
    static func read(commands names: [String]) throws -> DefaultOptions? {
        let environment = ProcessInfo.processInfo.environment
        if let named = environment[variable] {
            guard !named.isEmpty else { return nil }
            return try DefaultOptions(path: named, commands: names)
        }
        guard
            let folder = environment["XDG_CONFIG_HOME"].flatMap({ $0.hasPrefix("/") ? $0 : nil })
                ?? environment["HOME"].map({ $0 + "/.config" })
        else { return nil }
        let path = folder + "/avatarium/defaults.json"
        guard FileManager.default.isReadableFile(atPath: path) else { return nil }
        return try DefaultOptions(path: path, commands: names)
    }

    private init(path: String, commands names: [String]) throws {
        self.path = path
        let bytes: [UInt8]
        do throws(RegularFile.Failure) {
            bytes = try RegularFile.read(path, limit: Self.maximumBytes)
        } catch {
            throw AvatariumError(
                .invalidConfig,
                "the file of default options \(error); correct \(Self.variable), or set it to an empty value",
                context: ["path": path], systemError: error.systemError)
        }
        let value: JSON
        do { value = try JSONParser.parse(bytes) } catch {
            throw AvatariumError(
                .validationError, "the file of default options is not JSON: \(error)",
                context: ["path": path, "offset": "\(error.offset)", "line": "\(error.line)"])
        }
        commands = try Self.commands(value, names, path)
    }

    private static func commands(
        _ value: JSON, _ names: [String], _ path: String
    ) throws -> [String: [String: Value]] {
        func refusal(_ message: String, at field: String) -> AvatariumError {
            AvatariumError(.validationError, message, context: ["path": path, "field": field])
        }
        let form = #"write {"render": {"size": "1920x1080", "quiet": true}}"#
        guard let members = value.object else {
            throw refusal("the file of default options is not a JSON object; \(form)", at: "")
        }
        var commands: [String: [String: Value]] = [:]
        for command in members.keys {
            let shown = command.quotedForMessage()
            guard names.contains(command) else {
                throw refusal(
                    "default options are given for '\(shown)', which is not a command with defaults; those are "
                        + names.joined(separator: ", "), at: "/\(JSON.pointerToken(command))")
            }
            guard let options = members[command]?.object else {
                throw refusal(
                    "the default options of \(command) must be an object; \(form)", at: "/\(command)")
            }
            commands[command] = [:]
            for name in options.keys {
                let field = "/\(command)/\(JSON.pointerToken(name))"
                guard let value = options[name].flatMap(Self.value) else {
                    throw refusal(
                        "the default option '\(name.quotedForMessage())' is not a string, a number, true, false "
                            + "or an array of strings; \(form)", at: field)
                }
                commands[command]?[name] = value
            }
        }
        return commands
    }

    private static func value(_ value: JSON) -> Value? {
        let home = ProcessInfo.processInfo.environment["HOME"] ?? "~"
        func text(_ value: JSON) -> String? {
            switch value {
            case .string(let text): text.hasPrefix("~/") ? home + text.dropFirst() : text
            case .number: String(decoding: value.encoded(), as: UTF8.self)
            default: nil
            }
        }
        switch value {
        case .bool(let isGiven): return .flag(isGiven)
        case .array(let items):
            let texts = items.compactMap(text)
            return texts.count == items.count ? .texts(texts) : nil
        default: return text(value).map { .texts([$0]) }
        }
    }
}

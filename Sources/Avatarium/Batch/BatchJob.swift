import CXXHash
import Foundation

/// One line of a batch file: a request, and where its clip goes.
public struct BatchJob: Sendable {
    /// One-based line number in the file.
    public var line: Int
    /// The line's own `id`, else its number in six digits.
    public var id: String
    public var request: ClipRequest
    /// Where the clip goes, inside the batch's folder.
    public var output: String
    /// XXH3-64 of the line's bytes: the same line is the same clip, wherever and whenever it runs.
    public var key: String
    /// XXH3-64 of the output's name: who holds the slot makes the file of that name.
    var slot: String

    private struct Identity: Decodable {
        var id: String?
    }

    /// Reads one line.
    /// - Throws: E093 with `context["field"]` for JSON that is no request; E071 for an output outside the folder.
    init(line: Int, bytes: some Collection<UInt8>, folder: String) throws {
        let data = Data(bytes)
        self.line = line
        key = Self.hash(data)
        try Self.checkFields(data, line: line)
        do {
            id = try JSONDecoder().decode(Identity.self, from: data).id ?? Self.padded(line)
            request = try JSONDecoder().decode(ClipRequest.self, from: data)
        } catch let error as DecodingError {
            throw AvatariumError(
                .validationError, "line \(line) is no clip request: \(error.plainWords)",
                context: ["line": "\(line)", "field": error.field])
        }
        guard !id.isEmpty else {
            throw AvatariumError(
                .validationError, "line \(line) has an empty id: give it a name, or leave `id` out",
                context: ["line": "\(line)", "field": "id"])
        }
        let name = request.output ?? "\(id).mp4"
        output = "\(folder)/\(name)"
        do {
            try Self.checkOutput(name, line: line)
            _ = try ClipFormat(path: name)
            try request.checkOutputIsNoInput(output)
        } catch let error as AvatariumError {
            throw error.adding(context: ["line": "\(line)"])
        }
        slot = Self.hash(Data(name.utf8))
    }

    /// The id that a line gives, however wrong the rest of it is.
    static func id(in bytes: some Collection<UInt8>) -> String? {
        (try? JSONParser.parse(Array(bytes)))?["id"]?.string.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Fields that a line may have: the request's own, and `id`.
    private static let fields = Set(Mirror(reflecting: ClipRequest()).children.compactMap(\.label) + ["id"])

    /// A misspelt field would silently leave thousands of clips with a default.
    private static func checkFields(_ data: Data, line: Int) throws {
        let value: JSON
        do {
            value = try JSONParser.parse([UInt8](data))
        } catch {
            throw AvatariumError(
                .validationError,
                "line \(line) is not JSON: \(error.message) at column \(error.column)",
                context: ["line": "\(line)", "field": ""])
        }
        guard let object = value.object else {
            throw AvatariumError(
                .validationError, "line \(line) is no JSON object: write {\"text\": \"...\"}",
                context: ["line": "\(line)", "field": ""])
        }
        if let unknown = object.keys.first(where: { !fields.contains($0) }) {
            throw AvatariumError(
                .validationError,
                "line \(line) has a field '\(unknown)' that no request has: the fields are "
                    + fields.sorted().joined(separator: ", "),
                context: ["line": "\(line)", "field": unknown])
        }
        if let twice = object.duplicateKeys.first {
            throw AvatariumError(
                .validationError, "line \(line) gives '\(twice)' twice: leave one out",
                context: ["line": "\(line)", "field": twice])
        }
    }

    private static func checkOutput(_ name: String, line: Int) throws {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard name != "-", parts.allSatisfy({ !["", ".", "..", ".avatarium"].contains($0) }),
            !name.unicodeScalars.contains(where: { $0.value < 0x20 })
        else {
            throw AvatariumError(
                .invalidConfig, "line \(line): the output '\(name)' must be a name inside the batch's folder",
                context: ["line": "\(line)", "field": "output"])
        }
        guard !name.contains("%") || parts.count > 1 else {
            throw AvatariumError(
                .invalidConfig,
                "line \(line): the frames '\(name)' need a folder of their own, as in hello/%05d.png",
                context: ["line": "\(line)", "field": "output"])
        }
    }

    /// Frames live in a folder of their own, which takes its place as one.
    var isFrames: Bool { output.contains("%") }

    /// What appears when the clip is whole: the file, or the frames' folder.
    var target: String { isFrames ? output.folder : output }

    static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }

    /// Stable on every machine, so that shards agree.
    package static func hash(_ data: Data) -> String {
        String(data.withUnsafeBytes { XXH3_64bits($0.baseAddress, $0.count) }, radix: 16)
    }
}

extension DecodingError {
    /// The path of the value that is wrong, `/` between keys.
    var field: String {
        switch self {
        case .dataCorrupted(let context), .valueNotFound(_, let context), .typeMismatch(_, let context):
            context.codingPath.map(\.stringValue).joined(separator: "/")
        case .keyNotFound(let key, let context):
            (context.codingPath + [key]).map(\.stringValue).joined(separator: "/")
        @unknown default: ""
        }
    }

    var plainWords: String {
        switch self {
        case .dataCorrupted(let context), .valueNotFound(_, let context), .typeMismatch(_, let context):
            field.isEmpty ? context.debugDescription : "\(field): \(context.debugDescription)"
        case .keyNotFound: "\(field) is missing"
        @unknown default: "\(self)"
        }
    }
}

import ArgumentParser
import AvatariumCore

/// What somebody meant by an option that a command does not have. The parser itself offers any option that differs by
/// three letters, which for short names is any at all ("--bg": "Did you mean '--fps'?").
enum OptionHint {
    /// What other programs call our options.
    private static let others: [String: String] = [
        "bg": "background", "subtitles": "captions", "subs": "captions", "srt": "captions", "width": "size",
        "height": "size", "resolution": "size", "model": "avatar", "character": "avatar", "speed": "rate",
        "lang": "language", "framerate": "fps", "frame-rate": "fps", "out": "output", "file": "output",
        "vcodec": "codec", "logo": "overlay", "watermark": "overlay", "zoom": "scale", "position": "place",
        "thumbnail": "poster", "volume": "loudness", "workers": "jobs", "threads": "jobs",
    ]

    /// Returns the parser's message with a suggestion that can be meant, or none.
    /// - Parameters:
    ///   - program: The outermost command.
    ///   - arguments: What was typed, without the program's own name.
    static func applied(
        to message: String, in program: any ParsableCommand.Type,
        arguments: some Sequence<String> = CommandLine.arguments.dropFirst()
    ) -> String {
        let unknown =
            #/Unknown option '(?<dashes>--?)(?<name>[^']*)'(?:\. Did you mean '--(?<near>[a-z0-9-]+)'\?)?/#
        guard let match = message.firstMatch(of: unknown) else { return message }
        let name = String(match.name)
        let help = help(of: program, arguments)
        var words = "Unknown option '\(match.dashes)\(name)'"
        if name.contains(where: \.isWhitespace) {
            words += "; put a text that begins with - last, after --"
        } else if let near = match.near.map(String.init), isNear(name, near) {
            words += ". Did you mean '--\(near)'?"
        } else if let meant = others[name.lowercased()], help.contains("--\(meant) ") {
            words += ". Did you mean '--\(meant)'?"
        } else if name == "text", help.contains("[<text>]") {
            words += "; give the text without an option, in quotes"
        } else if name == "format", help.contains("--output ") {
            words += "; the output's file name selects the format, as in -o clip.webm"
        }
        return message.replacing(unknown, with: words, maxReplacements: 1)
    }

    /// The help of the command that was typed, which names the options that it has.
    private static func help(of program: any ParsableCommand.Type, _ arguments: some Sequence<String>)
        -> String
    {
        var command = program
        for argument in arguments {
            let next = command.configuration.subcommands.first {
                $0._commandName == argument || $0.configuration.aliases.contains(argument)
            }
            guard let next else { break }
            command = next
        }
        return program.helpMessage(for: command)
    }

    private static func isNear(_ name: String, _ near: String) -> Bool {
        if near.hasPrefix(name), name.count > 2 { return true }
        return NearMatches.edits(Array(name.prefix(64)), Array(near)) <= max(1, near.count / 3)
    }
}

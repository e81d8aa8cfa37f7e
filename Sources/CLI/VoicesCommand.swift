import ArgumentParser
import Avatarium

struct VoicesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "voices",
        abstract: "Lists the available voices.",
        discussion: """
            EXAMPLES
              avatarium voices
              avatarium voices --language de
              avatarium voices --json
            """)

    @Option(help: ArgumentHelp("Show only voices for this language.", valueName: "code"))
    var language: String?

    @OptionGroup var common: CommonOptions

    mutating func run() async throws {
        let voices = try await VoiceCatalog.voices().filter { voice in
            language.map { voice.language.lowercased().hasPrefix($0.lowercased()) } ?? true
        }
        if common.json { return try CommonOptions.printJSON(voices) }
        if voices.isEmpty, let language, !common.quiet {
            StandardError.write(
                line:
                    "no voice speaks '\(language)'; give a code such as de or pt-br, or omit --language to list all"
            )
        }
        for voice in voices {
            let note = voice.note.isEmpty ? "" : "\t\(voice.note)"
            try StandardOutput.write(line: "\(voice.id)\t\(voice.language)\t\(voice.name)\(note)")
        }
    }
}

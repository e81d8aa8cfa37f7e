import ArgumentParser
import Avatarium
import Foundation
import Logging

/// Options of every command.
struct CommonOptions: ParsableArguments {
    @Flag(
        help: "Write JSON for machines: results on standard output, an error as one line on standard error.")
    var json = false

    @Flag(name: .shortAndLong, help: "Say more on standard error.")
    var verbose = false

    @Option(help: ArgumentHelp("Folder of avatars that is searched first.", valueName: "folder"))
    var models: String?

    var catalog: AvatarCatalog { AvatarCatalog(extraFolder: models) }

    var log: Logger {
        var log = Logger(label: "avatarium") { StreamLogHandler.standardError(label: $0) }
        log.logLevel = verbose ? .debug : .warning
        return log
    }

    /// Prints a value as one JSON document.
    static func printJSON(_ value: some Encodable, pretty: Bool = false) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
        try StandardOutput.write(Array(try encoder.encode(value)) + Array("\n".utf8))
    }

    /// Warnings about a model or a text, in words on standard error: a line a kind, all with `--verbose`.
    func show(_ diagnostics: [Diagnostic]) {
        guard !json else { return }
        let lines =
            verbose ? diagnostics.map(\.description) : diagnostics.filter { $0.severity <= .warning }.brief
        for line in lines { StandardError.write(line + "\n") }
    }
}

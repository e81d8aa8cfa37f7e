import ArgumentParser
import Avatarium
import AvatariumCore
import Foundation

/// Options of every command.
struct CommonOptions: ParsableArguments {
    @Flag(
        help: "Print JSON: results on standard output, an error as one line on standard error.")
    var json = false

    @Flag(name: .shortAndLong, help: "Show every warning, not just one of each kind.")
    var verbose = false

    @Flag(name: .shortAndLong, help: "Show only errors: no progress, no warnings, no report.")
    var quiet = false

    @Option(
        help: ArgumentHelp(
            "Folder of avatars to search first (before AVATARIUM_MODELS and the bundled ones).",
            valueName: "folder"))
    var models: String?

    @Option(
        help: ArgumentHelp(
            "Rendering device: auto, cpu, or gpu, which fails if there is none (default: AVATARIUM_DEVICE, else auto).",
            valueName: "device"))
    var device: RenderDevice?

    func validate() throws {
        guard let models else { return }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: models, isDirectory: &isFolder), isFolder.boolValue
        else {
            throw ValidationError(
                "--models '\(models.quotedForMessage(limit: 100))' is not a folder; give a folder of avatars"
            )
        }
    }

    var catalog: AvatarCatalog { AvatarCatalog(extraFolder: models) }

    /// Prints a value as one JSON document.
    static func printJSON(_ value: some Encodable, pretty: Bool = false) throws {
        try StandardOutput.write(Array((try TerminalText.json(value, pretty: pretty) + "\n").utf8))
    }

    /// Shows warnings on standard error: one of each kind, all with `--verbose`.
    func show(_ diagnostics: [Diagnostic]) {
        guard !json, !quiet else { return }
        let lines =
            verbose ? diagnostics.map(\.description) : diagnostics.filter(\.concernsResult).brief
        for line in lines { StandardError.write(line: line) }
    }
}

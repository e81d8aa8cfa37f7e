import ArgumentParser
import Avatarium
import GLTF

struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Reports on a model: its structure, its face, and any problems.",
        discussion: """
            Diagnostics have the codes and JSON pointers of Khronos' glTF-Validator. The exit status is 65 if the \
            model has errors; still and render accept errors that do not affect what is drawn.

            EXAMPLES
              avatarium inspect me.glb
              avatarium inspect me.vrm --json
              avatarium inspect odd.glb --mapping-template odd.json

            LIMITS
              \(LoadLimits().summary)
            """)

    @Argument(help: "A .glb, .gltf or .vrm file, or a bundled avatar's name.")
    var model: String

    @Option(
        help: ArgumentHelp("JSON that maps face shapes to the model's own morph targets.", valueName: "file"))
    var mapping: String?

    @Option(
        help: ArgumentHelp(
            "Write the recognised mapping to a file, for editing and use with --mapping.", valueName: "file"))
    var mappingTemplate: String?

    @OptionGroup var common: CommonOptions

    mutating func run() async throws {
        if let mappingTemplate {
            try common.catalog.writeMappingTemplate(for: model, mapping: mapping, to: mappingTemplate)
        }
        let inspection = try common.catalog.inspect(model, mapping: mapping)
        if common.json {
            try CommonOptions.printJSON(inspection, pretty: true)
        } else {
            try StandardOutput.write(line: inspection.text)
        }
        if let verdict = inspection.verdict { throw verdict }
    }
}

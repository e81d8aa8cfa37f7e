import ArgumentParser
import Avatarium
import AvatariumCore
import Foundation

struct StillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "still",
        abstract: "Renders one frame of an avatar, or of any glTF model, to a PNG file.",
        discussion: """
            EXAMPLES
              avatarium still -o ada.png
              avatarium still --avatar me.glb --weights jawOpen=0.6 -o me.png
              avatarium still --avatar me.vrm --expression happy -o happy.png
              avatarium still --camera-orbit -40,auto,auto -o side.png
              avatarium still model.gltf --camera-orbit -30,75,2.5 --fov 45 \\
                --environment sky.hdr --no-key-light -o model.png

            LIMITS
              The same as for `render` and `inspect`: see `avatarium render --help`.
            """)

    @Argument(help: "The model (the same as --avatar).")
    var model: String?

    @OptionGroup var look: LookOptions
    @OptionGroup var common: CommonOptions

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Weights of shapes or morph targets, -10 to 10: jawOpen=0.6,eyeBlinkLeft=1.",
            valueName: "name=w,..."))
    var weights: WeightsArgument?

    @Option(help: ArgumentHelp("An Oculus viseme.", valueName: "name"))
    var viseme: OculusViseme?

    @Option(help: ArgumentHelp("An expression of the model, or an emotion.", valueName: "name"))
    var expression: String?

    @Option(help: ArgumentHelp("One of the model's animations, by name or number.", valueName: "name"))
    var animation: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Time within the animation and the idle motion, 0 to 86400.", valueName: "seconds")
    )
    var time: Double = 0

    @Flag(help: "Uses the file's own rest pose.")
    var noIdle = false

    @Option(parsing: .unconditional, help: "Seed of the idle motion.")
    var seed: UInt64 = 0

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The output PNG; - for standard output.", valueName: "file"))
    var output: String

    mutating func run() async throws {
        try StandardOutput.refuseTerminal(output, "a picture")
        let suffix = (output as NSString).pathExtension
        guard ["", "png"].contains(suffix.lowercased()) else {
            throw AvatariumError(
                .invalidConfig,
                "a still is a PNG; name it \(output.dropLast(suffix.count).quotedForMessage(limit: 200))png",
                context: ["field": "output", "path": output])
        }
        let request = try request()
        try request.checkOutput(output)
        let pipeline = try ClipPipeline(catalog: common.catalog, device: common.device)
        let (pixels, diagnostics) = try await pipeline.still(request)
        try PNGFile.write(pixels, to: output)
        common.show(diagnostics)
        if common.json, output != "-" {
            try CommonOptions.printJSON(
                Result(output: output, size: "\(pixels.width)x\(pixels.height)", diagnostics: diagnostics))
        }
    }

    private struct Result: Encodable {
        var output: String
        var size: String
        var diagnostics: [Diagnostic]
    }

    private func request() throws -> StillRequest {
        if model != nil, look.avatar != nil {
            throw AvatariumError(
                .invalidConfig, "MODEL and --avatar mean the same; give only one",
                context: ["field": "avatar"])
        }
        guard (0...86_400).contains(time) else {
            throw AvatariumError(
                .invalidConfig, "--time must be 0 to 86400 seconds", context: ["field": "time"])
        }
        var request = StillRequest(
            AvatarSource(
                .named(model ?? look.avatar ?? AvatarSource.standardName), mapping: look.mapping,
                variant: look.variant))
        request.look = RenderLook(look.overrides.over(.still))
        request.camera = look.camera ?? request.camera
        request.weights = weights?.weights ?? []
        request.viseme = viseme
        request.expression = expression
        request.animation = animation
        request.timeSeconds = time
        request.idle = !noIdle
        request.seed = seed
        request.view = look.view.values
        return request
    }
}

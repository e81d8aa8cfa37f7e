import ArgumentParser
import Avatarium
import Foundation

struct StillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "still",
        abstract: "Draws one frame of an avatar, or of any glTF, to a PNG file.",
        discussion: """
            EXAMPLES
              avatarium still -o ada.png
              avatarium still --avatar me.glb --weights jawOpen=0.6,eyeBlinkLeft=1 -o me.png
              avatarium still --avatar me.vrm --expression happy --camera bust -o happy.png
              avatarium still model.gltf --camera-orbit -30,75,2.5 --camera-target 0,1,0 --fov 45 \\
                --environment sky.hdr --no-key-light --background transparent -o model.png
            """)

    @Argument(help: "The model (the same as --avatar).")
    var model: String?

    @OptionGroup var look: LookOptions
    @OptionGroup var common: CommonOptions

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Shapes or morph targets with their weights.", valueName: "name=w,..."))
    var weights: String?

    @Option(
        help: ArgumentHelp("An Oculus viseme: sil PP FF TH DD kk CH SS nn RR aa E I O U.", valueName: "name"))
    var viseme: String?

    @Option(help: ArgumentHelp("A VRM expression or an emotion.", valueName: "name"))
    var expression: String?

    @Option(help: ArgumentHelp("One of the model's animations, by name or number.", valueName: "name"))
    var animation: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Time in the animation and the idle motion.", valueName: "seconds"))
    var time: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Camera around the target: degrees, degrees, metres.", valueName: "theta,phi,radius"))
    var cameraOrbit: String?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Where the camera looks, metres.", valueName: "x,y,z"))
    var cameraTarget: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("Vertical field of view.", valueName: "degrees"))
    var fov: Float?

    @Flag(help: "The file's own rest pose.")
    var noIdle = false

    @Option(parsing: .unconditional, help: "Seed of the idle motion.")
    var seed: UInt64 = 0

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Where the PNG goes; - for standard output.", valueName: "file"))
    var output: String

    mutating func run() async throws {
        let suffix = (output as NSString).pathExtension
        guard ["", "png"].contains(suffix.lowercased()) else {
            throw AvatariumError(
                .invalidConfig, "a still is a PNG: name it \(output.dropLast(suffix.count))png",
                context: ["field": "output", "path": output])
        }
        let request = try request()
        try request.checkOutput(output)
        let pipeline = try ClipPipeline(catalog: common.catalog)
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
                .invalidConfig, "MODEL and --avatar are the same thing: give one of them",
                context: ["field": "avatar"])
        }
        var clip = ClipRequest()
        try look.apply(to: &clip)
        var request = StillRequest(avatar: model ?? look.avatar ?? "ada")
        request.mapping = clip.mapping
        request.variant = clip.variant
        request.camera = clip.camera ?? request.camera
        request.look = RenderLook(clip.look.over(.still))
        request.weights = try weights.map(Self.weights) ?? []
        request.viseme = try viseme.map {
            try parsed(
                $0, { name in OculusViseme.allCases.first { $0.name.lowercased() == name.lowercased() } },
                "viseme", "one of sil PP FF TH DD kk CH SS nn RR aa E I O U")
        }
        request.expression = expression
        request.animation = animation
        request.timeSeconds = try finite(time ?? 0, "time")
        request.fovDegrees = fov
        request.idle = !noIdle
        request.seed = seed
        if let cameraOrbit {
            let v = try Self.three(cameraOrbit, "camera-orbit", "theta,phi,radius")
            request.orbit = StillRequest.Orbit(theta: v.x, phi: v.y, radius: v.z)
        }
        request.target = try cameraTarget.map { try Self.three($0, "camera-target", "x,y,z") }
        return request
    }

    private func finite(_ value: Double, _ field: String) throws -> Double {
        guard (0...86_400).contains(value) else {
            throw AvatariumError(
                .invalidConfig, "--\(field) must be 0 to 86400 seconds", context: ["field": field])
        }
        return value
    }

    static func weights(_ text: String) throws -> [(name: String, weight: Float)] {
        try text.split(separator: ",").map { item in
            guard let split = item.lastIndex(of: "="), let weight = Float(item[item.index(after: split)...]),
                split > item.startIndex
            else {
                throw AvatariumError(
                    .invalidConfig, "--weights '\(item)' cannot be understood: write name=0.5,other=1",
                    context: ["field": "weights"])
            }
            return (String(item[..<split]), weight)
        }
    }

    static func three(_ text: String, _ field: String, _ form: String) throws -> SIMD3<Float> {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) }
        guard parts.count == 3, let x = parts[0], let y = parts[1], let z = parts[2], x.isFinite, y.isFinite,
            z.isFinite
        else {
            throw AvatariumError(
                .invalidConfig, "--\(field) '\(text)' cannot be understood: write \(form)",
                context: ["field": field])
        }
        return SIMD3(x, y, z)
    }
}

import ArgumentParser
import Avatarium

/// How the picture looks: avatar, camera, light.
struct LookOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("A bundled avatar's name, or a .glb, .gltf or .vrm file.", valueName: "name|path"))
    var avatar: String?

    @Option(help: ArgumentHelp("JSON that maps face shapes to the avatar's own names.", valueName: "file"))
    var mapping: String?

    @Option(
        help: ArgumentHelp(
            "One of the avatar's sets of materials (KHR_materials_variants).", valueName: "name"))
    var variant: String?

    @Option(help: ArgumentHelp("Size in pixels (default: 1280x720).", valueName: "WxH"))
    var size: String?

    @Option(help: ArgumentHelp("What is in view: face, bust or body (default: face).", valueName: "framing"))
    var camera: String?

    @Option(
        help: ArgumentHelp(
            "A colour (#rrggbb, white ...), an image file, transparent, or environment.",
            valueName: "background"))
    var background: String?

    @Option(help: ArgumentHelp("The light: studio, none, or a Radiance .hdr file.", valueName: "name|file"))
    var environment: String?

    @Option(parsing: .unconditional, help: "Exposure, 1 = as lit.")
    var exposure: Float?

    @Option(help: ArgumentHelp("Tone map: aces, neutral or none (default: aces).", valueName: "name"))
    var toneMap: String?

    @Flag(help: "Leaves out the light from above left that stands beside the environment.")
    var noKeyLight = false

    @Flag(help: "Leaves out the lights in the model's own file.")
    var noModelLights = false

    @Flag(
        help: "Draws skin, eyes and teeth as the file's materials say, without adapting them by their names.")
    var noFaceMaterials = false

    @Option(
        help: ArgumentHelp(
            "Anti-aliasing samples per pixel, 1 to 16 (default: 4 for stills and --quality high, else 1 and "
                + "smoothed edges).", valueName: "n"))
    var samples: Int?

    func apply(to request: inout ClipRequest) throws {
        request.avatar = avatar
        request.mapping = mapping
        request.variant = variant
        request.camera = try camera.map {
            try parsed($0, Framing.init(rawValue:), "camera", "face, bust or body")
        }
        let quality = request.quality
        request.look = try overrides()
        request.quality = quality
    }

    /// What the options say of the look.
    func overrides() throws -> RenderLook.Overrides {
        RenderLook.Overrides(
            size: try size.map { try parsed($0, ImageSize.init, "size", "1280x720") },
            background: try background.map {
                try parsed(
                    $0, BackgroundChoice.init, "background", "#rrggbb, a file, transparent or environment")
            },
            environment: try environment.map {
                try parsed($0, EnvironmentSource.init, "environment", "studio, none or a Radiance .hdr file")
            },
            exposure: exposure,
            toneMap: try toneMap.map {
                try parsed($0, ToneMap.init(rawValue:), "tone-map", "aces, neutral or none")
            },
            keyLight: noKeyLight ? false : nil, modelLights: noModelLights ? false : nil,
            faceMaterials: noFaceMaterials ? false : nil, samples: samples)
    }
}

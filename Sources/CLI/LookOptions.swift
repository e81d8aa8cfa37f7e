import ArgumentParser
import Avatarium

/// Options of the picture: avatar, camera, light.
struct LookOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A bundled avatar's name, or a .glb, .gltf or .vrm file (default: \(AvatarSource.standardName)).",
            valueName: "name|path"))
    var avatar: String?

    @Option(help: ArgumentHelp("JSON that maps face shapes to the avatar's own names.", valueName: "file"))
    var mapping: String?

    @Option(
        help: ArgumentHelp(
            "One of the avatar's sets of materials (KHR_materials_variants).", valueName: "name"))
    var variant: String?

    @Option(
        help: ArgumentHelp(
            "Size in pixels: 1280x720, 720p, 256 (default: \(RenderLook().size)).", valueName: "WxH"))
    var size: ImageSize?

    @Option(help: ArgumentHelp("What is in view (default: \(Framing.face.rawValue)).", valueName: "framing"))
    var camera: Framing?

    @OptionGroup var view: ViewOptions

    @Option(
        help: ArgumentHelp(
            "A colour (#rrggbb, white ...), an image or, of clips, a video file, transparent, or environment (default: "
                + "\(BackgroundChoice.standard)).", valueName: "background"))
    var background: BackgroundChoice?

    @Option(
        help: ArgumentHelp(
            "The light: studio, none, or a Radiance .hdr file (default: \(RenderLook().environment)).",
            valueName: "name|file"))
    var environment: EnvironmentSource?

    @Option(parsing: .unconditional, help: "Exposure, 0.01 to 100 (default: 1, as lit).")
    var exposure: Float?

    @Option(help: ArgumentHelp("Tone map (default: \(ToneMap.aces.rawValue)).", valueName: "name"))
    var toneMap: ToneMap?

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

    func apply(to request: inout ClipRequest) {
        request.avatar = avatar
        request.mapping = mapping
        request.variant = variant
        request.camera = camera
        request.view = view.values
        request.look = overrides
    }

    /// The fields of the look that the options state.
    var overrides: RenderLook.Overrides {
        RenderLook.Overrides(
            size: size, background: background, environment: environment, exposure: exposure,
            toneMap: toneMap,
            keyLight: noKeyLight ? false : nil, modelLights: noModelLights ? false : nil,
            faceMaterials: noFaceMaterials ? false : nil, samples: samples)
    }
}

import ArgumentParser
import Avatarium

/// Options of the picture: avatar, camera, light.
struct LookOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A bundled avatar's name, or a .glb, .gltf or .vrm file (default: \(AvatarSource.standardName)).",
            valueName: "name|path"))
    var avatar: String?

    @Option(
        help: ArgumentHelp("JSON that maps face shapes to the model's own morph targets.", valueName: "file"))
    var mapping: String?

    @Option(
        help: ArgumentHelp(
            "A material variant of the model (KHR_materials_variants).", valueName: "name"))
    var variant: String?

    @Option(
        help: ArgumentHelp(
            "Size in pixels: 1280x720, 720p, 256 (default: \(RenderLook().size)).", valueName: "WxH"))
    var size: ImageSize?

    @Option(
        help: ArgumentHelp("Framing of the avatar (default: \(Framing.face.rawValue)).", valueName: "framing")
    )
    var camera: Framing?

    @OptionGroup var view: ViewOptions

    @Option(
        help: ArgumentHelp(
            "A colour (#rrggbb, white ...), an image file, a video file (clips only), transparent, or environment (default: "
                + "\(BackgroundChoice.standard)).", valueName: "background"))
    var background: BackgroundChoice?

    @Option(
        help: ArgumentHelp(
            "Environment lighting: studio, none, or a Radiance .hdr file (default: \(RenderLook().environment)).",
            valueName: "name|file"))
    var environment: EnvironmentSource?

    @Option(parsing: .unconditional, help: "Exposure, 0.01 to 100 (default: 1).")
    var exposure: Float?

    @Option(help: ArgumentHelp("Tone map (default: \(ToneMap.aces.rawValue)).", valueName: "name"))
    var toneMap: ToneMap?

    @Flag(help: "Disables the key light, which shines from above left in addition to the environment.")
    var noKeyLight = false

    @Flag(help: "Disables the lights in the model's file.")
    var noModelLights = false

    @Flag(
        help: "Draws skin, eyes, hair and teeth exactly as the file's materials specify.")
    var noFaceMaterials = false

    @Option(
        help: ArgumentHelp(
            "Anti-aliasing samples per pixel, 1 to 16 (default: 4 for stills and --quality high, else 1 with "
                + "FXAA).", valueName: "n"))
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

import AvatariumCore
import GLES
import GLTF
import Geometry
import VRM

/// A model uploaded with the settings that it is drawn with.
final class Scene {
    let model: AvatarModel
    let settings: RenderSettings
    let samples: Int
    let items: [DrawItem]
    let lights: LightRig
    let environment: EnvironmentLight?
    let background: Backdrop
    let diagnostics: [Diagnostic]
    /// `Frame` of `blocks.glsl`.
    let frame: UniformBlock
    var target: Framebuffer?
    /// What was drawn before a surface that is seen through.
    var behind: FrameCopy?
    /// What `target` shows, so that it is not drawn again when nothing changed.
    var last: (pose: FramePose, camera: ViewCamera)?

    init(
        _ context: Context, _ programs: ProgramCache, _ blueprint: SceneBlueprint,
        _ settings: RenderSettings, environment: EnvironmentLight?
    ) throws {
        model = blueprint.model
        lights = blueprint.lights
        diagnostics = blueprint.diagnostics
        self.settings = settings
        self.environment = environment
        frame = UniformBlock(context)
        samples = max(1, min(settings.samples, context.report.maximumSamples))
        let constants = ShaderConstants(settings, environment, lights)
        background = try Backdrop(context, programs, settings, environment, constants)
        items = try SceneBuilder(
            context: context, programs: programs, blueprint: blueprint, settings: settings,
            samples: samples,
            hasEnvironment: environment != nil && settings.environment != .none, constants: constants
        ).build()
    }

    /// Lets its pictures go.
    func rest() {
        target = nil
        behind = nil
        last = nil
    }

    /// Joint matrices of every skin.
    func palettes(_ pose: FramePose) -> [[Matrix4]] {
        model.document.skins.map { $0.palette(pose.nodeMatrices) }
    }
}

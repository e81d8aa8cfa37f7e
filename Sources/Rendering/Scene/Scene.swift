import AvatariumCore
import GLES
import GLTF
import Geometry
import VRM

/// A model uploaded with the look that it is drawn with.
final class Scene {
    let model: AvatarModel
    let look: RenderLook
    let samples: Int
    let items: [DrawItem]
    let lights: LightRig
    /// Follows the face; nil for a model without one.
    let face: FaceTracker?
    let environment: EnvironmentLight?
    let background: Backdrop
    let diagnostics: [Diagnostic]
    /// Whether the picture changes with the time alone.
    let isAnimated: Bool
    /// `Frame` of `blocks.glsl`.
    let frame: UniformBlock
    var target: Framebuffer?
    /// What was drawn before a surface that is seen through.
    var behind: FrameCopy?
    /// What stays in place from frame to frame; nil unless frames are to keep it.
    var still: StillLayer?
    /// What `target` shows, so that it is not drawn again when nothing changed.
    var last: (pose: FramePose, camera: ViewCamera)?

    init(
        _ context: Context, _ programs: ProgramCache, _ blueprint: SceneBlueprint,
        _ look: RenderLook, backgroundImage: PixelBuffer?, environment: EnvironmentLight?
    ) throws {
        model = blueprint.model
        lights = blueprint.lights
        diagnostics = blueprint.diagnostics
        self.look = look
        self.environment = environment
        frame = UniformBlock(context)
        samples = max(1, min(look.samples, context.report.maximumSamples))
        let constants = ShaderConstants(look, environment, lights)
        background = try Backdrop(
            context, programs, look, image: backgroundImage, environment, constants)
        items = try SceneBuilder(
            context: context, programs: programs, blueprint: blueprint, look: look,
            samples: samples,
            hasEnvironment: environment != nil, constants: constants
        ).build()
        face = FaceTracker(context, blueprint.face, items)
        isAnimated = items.contains { $0.surface.key.hasUVAnimation }
    }

    /// Lets its pictures go.
    func rest() {
        target = nil
        behind = nil
        still = nil
        last = nil
    }

    /// Joint matrices of every skin.
    func palettes(_ pose: FramePose) -> [[Matrix4]] {
        model.document.skins.map { $0.palette(pose.nodeMatrices) }
    }
}

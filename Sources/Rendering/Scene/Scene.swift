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
            hasEnvironment: environment != nil && look.environment != .dark, constants: constants
        ).build()
    }

    /// Lets its pictures go.
    func rest() {
        target = nil
        behind = nil
        last = nil
    }

    /// Joint matrices of every skin: world matrix times inverse bind matrix.
    func palettes(_ pose: FramePose) -> [[Matrix4]] {
        model.document.skins.map { skin in
            skin.joints.enumerated().map { i, joint in
                let world = joint < pose.nodeMatrices.count ? pose.nodeMatrices[joint] : .identity
                return i < skin.inverseBindMatrices.count ? world * skin.inverseBindMatrices[i] : world
            }
        }
    }
}

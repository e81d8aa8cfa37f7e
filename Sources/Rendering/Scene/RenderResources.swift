import AvatariumCore
import GLES

/// Everything on the GPU. Touched on the render thread alone: by the actor that it belongs to, and by that actor's
/// end, which is why it may be called sendable.
final class RenderResources: @unchecked Sendable {
    let context: Context
    let limits: RenderLimits
    let programs: ProgramCache
    var scenes: [Int: Scene] = [:]
    private var environments = RecentlyUsed<LightProbe.Key, EnvironmentLight>(capacity: 4)

    init(_ context: Context, _ limits: RenderLimits) {
        self.context = context
        self.limits = limits
        programs = ProgramCache(context)
    }

    /// The light that a look asks for; nil for darkness.
    func environment(_ look: RenderLook) throws -> EnvironmentLight? {
        let key = LightProbe.Key(
            source: look.environment, isVisible: look.background == .environment, limits: limits)
        if let known = environments[key] { return known }
        guard let probe = try LightProbe.shared(key) else { return nil }
        let made = EnvironmentLight(context, probe)
        environments[key] = made
        return made
    }

    /// Lets go of what is kept for later scenes.
    func releaseCaches() {
        environments = RecentlyUsed(capacity: 4)
        programs.clear()
    }

    func close() {
        scenes = [:]
        releaseCaches()
        context.close()
    }
}

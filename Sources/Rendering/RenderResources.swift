import AvatariumCore
import GLES

/// Everything on the GPU. Touched on the render thread alone: by the actor that it belongs to, and by that actor's
/// end, which is why it may be called sendable.
final class RenderResources: @unchecked Sendable {
    private struct EnvironmentKey: Hashable {
        var source: EnvironmentSource
        var isVisible: Bool
    }

    let context: Context
    let programs: ProgramCache
    var scenes: [Int: Scene] = [:]
    private var environments = RecentlyUsed<EnvironmentKey, EnvironmentLight>(capacity: 4)

    init(_ context: Context) {
        self.context = context
        programs = ProgramCache(context)
    }

    /// The light that the settings ask for; nil for darkness.
    func environment(_ settings: RenderSettings) throws -> EnvironmentLight? {
        var isVisible = false
        if case .environment = settings.background { isVisible = true }
        guard settings.environment != .none || isVisible else { return nil }
        let key = EnvironmentKey(source: settings.environment, isVisible: isVisible)
        if let known = environments[key] { return known }
        let probe = try LightProbe.shared(settings.environment, isVisible: isVisible)
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

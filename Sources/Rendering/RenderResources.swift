import GLES

/// Everything on the GPU. Touched on the render thread alone: by the actor that it belongs to, and by that actor's
/// end, which is why it may be called sendable.
final class RenderResources: @unchecked Sendable {
    struct EnvironmentKey: Hashable {
        var source: EnvironmentSource
        var isVisible: Bool
    }

    let context: Context
    let programs: ProgramCache
    var scenes: [Int: Scene] = [:]
    var environments: [EnvironmentKey: EnvironmentLight] = [:]

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
        let size = settings.environment == .studio ? 64 : 128
        let made = try EnvironmentLight(context, settings.environment, size: size, visible: isVisible)
        environments[key] = made
        return made
    }

    func close() {
        scenes = [:]
        environments = [:]
        programs.clear()
        context.close()
    }
}

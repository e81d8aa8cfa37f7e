import AvatariumCore
import Rendering
import VRM

/// Loads avatars, each only once for all clips and renderers of a process.
public actor AvatarLibrary {
    private struct BlueprintKey: Hashable {
        var avatar: AvatarSource
        var scene: SceneBlueprint.Key
    }

    /// Models kept for later clips.
    static let capacity = 8

    private let catalog: AvatarCatalog
    private var models = RecentlyUsed<AvatarSource, Task<AvatarModel, any Error>>(capacity: capacity)
    /// Blueprints that are being made; images take too much memory to be kept beside their textures.
    private var blueprints: [BlueprintKey: Task<SceneBlueprint, any Error>] = [:]

    public init(catalog: AvatarCatalog = AvatarCatalog()) { self.catalog = catalog }

    /// Returns an avatar. One that fails is read again when it is asked for again.
    /// - Throws: E022, E021, E024; E071 for an unknown variant; E093 for a broken mapping file.
    func model(_ avatar: AvatarSource) async throws -> AvatarModel {
        if let known = models[avatar] { return try await known.value }
        let catalog = catalog
        let load = Task.detached { try catalog.load(avatar) }
        models[avatar] = load
        do {
            return try await load.value
        } catch {
            models[avatar] = nil
            throw error
        }
    }

    /// Returns bytes that drawing an avatar takes, from its headers (`SceneBlueprint.estimatedBytes`).
    /// - Throws: As `model` does.
    package func sceneBytes(_ avatar: AvatarSource, look: RenderLook) async throws -> Int {
        SceneBlueprint.estimatedBytes(try await model(avatar), look)
    }

    /// Returns what renderers need of a model before they upload it; those who ask at the same time share it.
    /// - Throws: E024 for a model that cannot be drawn.
    func blueprint(_ avatar: AvatarSource, model: AvatarModel, look: RenderLook) async throws
        -> SceneBlueprint
    {
        let scene = SceneBlueprint.Key(look)
        let key = BlueprintKey(avatar: avatar, scene: scene)
        if let other = blueprints[key] { return try await other.value }
        let make = Task.detached { try SceneBlueprint(model, scene) }
        blueprints[key] = make
        defer { blueprints[key] = nil }
        return try await make.value
    }
}

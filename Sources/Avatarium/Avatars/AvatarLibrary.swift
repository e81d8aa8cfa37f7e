import AvatariumCore
import Rendering
import VRM

/// Avatars, each read once however many clips and renderers of a process ask for it.
public actor AvatarLibrary {
    /// What decides a model.
    struct ModelKey: Hashable {
        var avatar: String
        var mapping: String?
        var variant: String?
    }

    private struct BlueprintKey: Hashable {
        var model: ModelKey
        var scene: SceneBlueprint.Key
    }

    /// Models kept for later clips.
    static let capacity = 8

    private let catalog: AvatarCatalog
    private var models = RecentlyUsed<ModelKey, Task<AvatarModel, any Error>>(capacity: capacity)
    /// Only while they are made: pictures take too much memory to be kept beside their textures.
    private var blueprints: [BlueprintKey: Task<SceneBlueprint, any Error>] = [:]

    public init(catalog: AvatarCatalog = AvatarCatalog()) { self.catalog = catalog }

    /// - Throws: E022, E021, E024. A model that fails is read again when it is asked for again.
    func model(_ key: ModelKey) async throws -> AvatarModel {
        if let known = models[key] { return try await known.value }
        let catalog = catalog
        let load = Task.detached {
            try catalog.load(key.avatar, mapping: key.mapping, variant: key.variant)
        }
        models[key] = load
        do {
            return try await load.value
        } catch {
            models[key] = nil
            throw error
        }
    }

    /// What renderers need of a model before they upload it; those who ask at the same time share it.
    /// - Throws: E024 for a model that cannot be drawn.
    func blueprint(_ key: ModelKey, model: AvatarModel, look: RenderLook) async throws
        -> SceneBlueprint
    {
        let scene = SceneBlueprint.Key(look)
        let key = BlueprintKey(model: key, scene: scene)
        if let other = blueprints[key] { return try await other.value }
        let make = Task.detached { try SceneBlueprint(model, scene) }
        blueprints[key] = make
        defer { blueprints[key] = nil }
        return try await make.value
    }
}

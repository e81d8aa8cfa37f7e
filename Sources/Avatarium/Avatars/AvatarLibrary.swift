import AvatariumCore
import Rendering
import VRM

/// Loads avatars, each only once for all clips and renderers of a process.
public actor AvatarLibrary {
    private struct BlueprintKey: Hashable {
        var avatar: AvatarSource
        var scene: SceneBlueprint.Key
    }

    /// The maximum number of cached models.
    static let capacity = 8

    private let catalog: AvatarCatalog
    private var models = RecentlyUsed<AvatarSource, Task<AvatarModel, any Error>>(capacity: capacity)
    /// Blueprints that are being built; they are not cached, because their images would take too much memory
    /// beside the textures.
    private var blueprints: [BlueprintKey: Task<SceneBlueprint, any Error>] = [:]

    public init(catalog: AvatarCatalog = AvatarCatalog()) { self.catalog = catalog }

    /// Returns an avatar. One that failed to load is read again the next time.
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

    /// Returns the memory for rendering an avatar in bytes, estimated from its headers
    /// (`SceneBlueprint.estimatedBytes`).
    /// - Throws: As `model` does.
    package func sceneBytes(_ avatar: AvatarSource, look: RenderLook) async throws -> Int {
        SceneBlueprint.estimatedBytes(try await model(avatar), look)
    }

    /// Returns the data that renderers upload for a model; concurrent callers share it.
    /// - Throws: E024 if the model cannot be rendered.
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

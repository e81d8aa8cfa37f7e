import AvatariumCore
import Rendering

/// The key of an uploaded scene.
struct SceneKey: Hashable {
    var avatar: AvatarSource
    var look: RenderLook
}

/// Uploaded scenes with reference counts. Unused scenes are kept in an LRU cache for later clips and stills with
/// the same look.
struct SceneCache {
    private var inUse: [SceneKey: (scene: SceneHandle, users: Int)] = [:]
    private var idle = RecentlyUsed<SceneKey, SceneHandle>(capacity: capacity)

    /// The maximum number of unused scenes.
    static let capacity = 4

    /// Returns a scene and increments its reference count; nil if there is none.
    mutating func retain(_ key: SceneKey) -> SceneHandle? {
        if let entry = inUse[key] {
            inUse[key] = (entry.scene, entry.users + 1)
            return entry.scene
        }
        guard let scene = idle[key] else { return nil }
        idle[key] = nil
        inUse[key] = (scene, 1)
        return scene
    }

    /// Adds a new scene, in use.
    mutating func insert(_ scene: SceneHandle, for key: SceneKey) { inUse[key] = (scene, 1) }

    /// Releases a scene.
    /// - Returns: The scene, if it is no longer in use, and the scene that was evicted for it.
    mutating func release(_ key: SceneKey) -> (idle: SceneHandle?, evicted: SceneHandle?) {
        guard let entry = inUse[key] else { return (nil, nil) }
        guard entry.users == 1 else {
            inUse[key] = (entry.scene, entry.users - 1)
            return (nil, nil)
        }
        inUse[key] = nil
        return (entry.scene, idle.insert(entry.scene, for: key))
    }
}

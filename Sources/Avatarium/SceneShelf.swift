import Rendering

/// What decides an uploaded scene: the same look is uploaded once.
struct SceneKey: Hashable {
    var model: AvatarLibrary.ModelKey
    var look: RenderLook

    init(_ plan: ClipPlan) {
        model = AvatarLibrary.ModelKey(avatar: plan.avatar, mapping: plan.mapping, variant: plan.variant)
        look = plan.look
    }
}

/// Uploaded scenes, kept for later clips of the same look; the one that waited longest goes first.
struct SceneShelf {
    private struct Entry {
        var scene: SceneHandle
        var users: Int
        var lastUse: Int
    }

    /// Scenes kept while nobody uses them.
    static let capacity = 4

    private var entries: [SceneKey: Entry] = [:]
    private var uses = 0

    /// A scene of that look, if it is there; it stays until it is given back.
    mutating func take(_ key: SceneKey) -> SceneHandle? {
        guard entries[key] != nil else { return nil }
        uses += 1
        entries[key]?.users += 1
        entries[key]?.lastUse = uses
        return entries[key]?.scene
    }

    /// Puts a new scene there, in use.
    mutating func add(_ key: SceneKey, _ scene: SceneHandle) {
        uses += 1
        entries[key] = Entry(scene: scene, users: 1, lastUse: uses)
    }

    /// Gives a scene back.
    /// - Returns: the scene when nobody uses it any more, and scenes that should be unloaded now.
    mutating func giveBack(_ key: SceneKey) -> (idle: SceneHandle?, leaving: [SceneHandle]) {
        entries[key]?.users -= 1
        let resting = entries[key].flatMap { $0.users <= 0 ? $0.scene : nil }
        let idle = entries.filter { $0.value.users <= 0 }.sorted { $0.value.lastUse < $1.value.lastUse }
        let leaving = idle.prefix(max(0, idle.count - Self.capacity))
        for (key, _) in leaving { entries[key] = nil }
        return (resting, leaving.map(\.value.scene))
    }
}

import AvatariumCore
import GLTF

/// Collects the spring chains of an avatar and keeps to the limits while it reads, whatever the file repeats.
struct SpringReading {
    private let limits: LoadLimits
    private let root: String
    private(set) var chains: [SpringChain] = []
    private var joints = 0
    /// Whether no further joint is taken.
    private(set) var isFull = false
    private var cutColliders = false

    /// - Parameter root: The JSON pointer of the extension, for notices.
    init(_ limits: LoadLimits, root: String) {
        self.limits = limits
        self.root = root
    }

    /// Returns the colliders of the groups that a spring names, each group once, as many as a chain may have.
    /// - Parameter groups: The valid colliders of each group.
    mutating func colliders(
        _ references: [JSONCursor], of groups: [[SpringChain.Collider]]
    ) -> [SpringChain.Collider] {
        var seen: Set<Int> = []
        var found: [SpringChain.Collider] = []
        for reference in references {
            guard let index = reference.index(below: groups.count), seen.insert(index).inserted else {
                continue
            }
            let room = limits.collidersPerSpring - found.count
            found += groups[index].prefix(room)
            if groups[index].count > room {
                cutColliders = true
                break
            }
        }
        return found
    }

    /// Takes a chain, unless its joints pass the limit.
    mutating func add(_ chain: SpringChain) {
        guard !isFull else { return }
        joints += chain.joints.count
        isFull = joints > limits.springJoints
        if !isFull { chains.append(chain) }
    }

    /// How many joints of a chain need to be read: no fewer than make one, and one more than may be taken.
    var room: Int { max(2, limits.springJoints - joints + 1) }

    /// Says what was left out.
    func report(to model: inout AvatarModel) {
        if isFull {
            model.note(
                "AVATAR_LIMIT_EXCEEDED", root,
                "springs beyond the limit of \(limits.springJoints) joints are not simulated")
        }
        if cutColliders {
            model.note(
                "AVATAR_LIMIT_EXCEEDED", root,
                "a spring has more than \(limits.collidersPerSpring) colliders; the rest are ignored")
        }
    }
}

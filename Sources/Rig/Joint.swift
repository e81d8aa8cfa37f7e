import AvatariumCore
import VRM

/// A node that turns by rotations in the character's own axes, whatever its local ones are.
struct Joint: Sendable {
    let node: Int
    /// Rotation of the node's parent in the world, at rest.
    let parent: Quaternion
    /// For heads without a neck: the point to turn about, in the parent's space.
    var pivot: SIMD3<Float>?
    /// How much of a turn is its own, where several share one.
    let share: Float

    init(_ node: Int, _ graph: NodeGraph, _ world: [Matrix4], share: Float = 1) {
        self.node = node
        parent = graph.parentWorld(of: node, world).rotation
        self.share = share
    }

    /// A rotation in the character's axes, in those of the node's parent.
    func local(_ rotation: Quaternion) -> Quaternion { parent.inverse * rotation * parent }

    func turn(_ rotation: Quaternion, _ locals: inout [LocalTransform]) {
        let local = local(rotation)
        if let pivot {
            let arm = locals[node].translation - pivot
            locals[node].setTranslation(pivot + local.rotate(arm))
        }
        locals[node].setRotation((local * locals[node].rotation).normalized)
    }
}

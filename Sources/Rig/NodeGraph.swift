import AvatariumCore
import GLTF

/// The node forest in an order in which parents come before their children.
struct NodeGraph: Sendable {
    let order: [Int]
    /// -1 for roots.
    let parents: [Int]
    let rest: [LocalTransform]
    /// The rotation applied to every root, which makes the avatar face +Z.
    let facing: Quaternion
    private let facingMatrix: Matrix4

    init(_ document: Document, facing: Quaternion) {
        let nodes = document.nodes
        self.facing = facing
        facingMatrix = facing.matrix
        rest = nodes.map(LocalTransform.init)
        var parents = [Int](repeating: -1, count: nodes.count)
        for (index, node) in nodes.enumerated() {
            if let parent = node.parent, nodes.indices.contains(parent) { parents[index] = parent }
        }
        var order: [Int] = []
        order.reserveCapacity(nodes.count)
        for index in nodes.indices where parents[index] < 0 { order.append(index) }
        var at = 0
        while at < order.count {
            let node = order[at]
            order += nodes[node].children.filter { nodes.indices.contains($0) && parents[$0] == node }
            at += 1
        }
        self.order = order
        self.parents = parents
    }

    /// World matrices of all nodes.
    func world(_ locals: [LocalTransform]) -> [Matrix4] {
        var world = [Matrix4](repeating: .identity, count: locals.count)
        updateWorld(&world, locals)
        return world
    }

    func updateWorld(_ world: inout [Matrix4], _ locals: [LocalTransform]) {
        let turned = facing != .identity
        for node in order {
            let parent = parents[node]
            let local = locals[node].matrix
            world[node] = parent >= 0 ? world[parent] * local : turned ? facingMatrix * local : local
        }
    }

    /// The world matrix of a node's parent; of a root's, the avatar's facing.
    func parentWorld(of node: Int, _ world: [Matrix4]) -> Matrix4 {
        parents[node] >= 0 ? world[parents[node]] : facingMatrix
    }

    /// The nodes and everything below them.
    func descendants(of nodes: [Int]) -> Set<Int> {
        var found = Set(nodes)
        for node in order where parents[node] >= 0 && found.contains(parents[node]) { found.insert(node) }
        return found
    }
}

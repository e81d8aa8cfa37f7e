import AvatariumCore
import GLTF
import Geometry
import VRM

/// One node's mesh at rest in the world, and how its morph targets move it there.
struct MorphDisplacements {
    let node: Int
    let positions: [SIMD3<Float>]
    private let geometry: PosedGeometry
    private let parts: [(primitive: Primitive, count: Int, matrices: [Matrix4]?)]

    init?(_ geometry: PosedGeometry, node: Int) {
        guard let mesh = geometry.document.nodes[node].mesh else { return nil }
        self.geometry = geometry
        self.node = node
        parts = geometry.document.meshes[mesh].primitives.map { primitive in
            let count = geometry.localPositions(primitive).count
            return (
                primitive, count,
                geometry.skinMatrices(node: node, primitive: primitive, count: count)
            )
        }
        positions = parts.flatMap { geometry.positions(node: node, primitive: $0.primitive) }
        guard !positions.isEmpty else { return nil }
    }

    /// How far each vertex moves at full weight of one target of the mesh.
    func displacement(target: Int) -> [SIMD3<Float>] {
        parts.flatMap { primitive, count, matrices -> [SIMD3<Float>] in
            let delta =
                primitive.targets.indices.contains(target)
                ? geometry.vectors(primitive.targets[target]["POSITION"]) : []
            guard delta.count == count else { return [SIMD3<Float>](repeating: .zero, count: count) }
            guard let matrices else {
                return delta.map { geometry.world[node].transformDirection($0) }
            }
            return zip(delta, matrices).map { $0 == .zero ? .zero : $1.transformDirection($0) }
        }
    }

    /// The displacement of a shape: of all its targets on this node.
    func displacement(_ targets: [MorphTarget]) -> [SIMD3<Float>]? {
        let mine = targets.filter { $0.node == node }
        guard !mine.isEmpty else { return nil }
        var sum = [SIMD3<Float>](repeating: .zero, count: positions.count)
        for target in mine {
            for (i, d) in displacement(target: target.target).enumerated() { sum[i] += d * target.scale }
        }
        return sum
    }
}

import AvatariumCore
import GLTF
import VRM

/// One node's mesh at rest in the world, and how its morph targets move it there.
struct FaceField {
    let node: Int
    let positions: [SIMD3<Float>]
    private let geometry: RestGeometry
    private let primitives: [Primitive]

    init?(_ geometry: RestGeometry, node: Int) {
        guard let mesh = geometry.model.document.nodes[node].mesh else { return nil }
        self.geometry = geometry
        self.node = node
        primitives = geometry.model.document.meshes[mesh].primitives
        positions = primitives.flatMap { geometry.positions(node: node, primitive: $0) }
        guard !positions.isEmpty else { return nil }
    }

    /// How far each vertex moves at full weight of one target of the mesh.
    func displacement(target: Int) -> [SIMD3<Float>] {
        primitives.flatMap { primitive -> [SIMD3<Float>] in
            let local = geometry.localPositions(primitive)
            let delta =
                primitive.targets.indices.contains(target)
                ? geometry.vectors(primitive.targets[target]["POSITION"]) : []
            guard delta.count == local.count else {
                return [SIMD3<Float>](repeating: .zero, count: local.count)
            }
            let rest = geometry.place(local, node: node, primitive: primitive)
            let moved = geometry.place(
                zip(local, delta).map { $0 + $1 }, node: node, primitive: primitive)
            return zip(moved, rest).map { $0 - $1 }
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

extension AvatarModel {
    /// The targets that open the mouth: the jaw's, else the viseme of "aa", else the expression.
    var openingTargets: [MorphTarget] {
        face.arkit[.jawOpen] ?? face.visemes[.aa] ?? expressions.first { $0.name == "aa" }?.morphs ?? []
    }

    /// The targets that round the lips and so tell lips from the rest of the face.
    var roundingTargets: [MorphTarget] {
        face.arkit[.mouthPucker] ?? face.arkit[.mouthFunnel] ?? face.visemes[.U] ?? face.visemes[.O]
            ?? expressions.first { $0.name == "ou" }?.morphs ?? []
    }
}

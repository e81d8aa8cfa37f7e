import AvatariumCore
import GLTF
import Geometry
import VRM

/// Detects which way an avatar faces, from its face: exporters turn models about, and glTF's own rule (+Z) is often
/// broken.
enum Facing {
    /// The rotation that makes the avatar face +Z, in quarter turns about the vertical: VRM's by its dialect, a
    /// glTF's by where its lips are in its head; unturned where that is not clear.
    static func rotation(_ model: AvatarModel) -> Quaternion {
        guard model.dialect == .gltf else { return model.facing }
        let graph = NodeGraph(model.document, facing: .identity)
        let geometry = PosedGeometry(model.document, world: graph.world(graph.rest))
        let opening = model.openingTargets
        let rounding = model.roundingTargets
        guard geometry.isMeasurable else { return model.facing }
        var best: (lips: SIMD3<Float>, head: Bounds, moved: Float)?
        for node in Set(opening.map(\.node)).intersection(rounding.map(\.node)).sorted() {
            guard let field = MorphDisplacements(geometry, node: node),
                let moves = field.displacement(rounding),
                let box = Bounds(field.positions)
            else { continue }
            let amounts = moves.map { length($0) }
            let total = amounts.reduce(0, +)
            guard total > best?.moved ?? 0 else { continue }
            let sum = zip(field.positions, amounts).reduce(SIMD3<Float>.zero) { $0 + $1.0 * $1.1 }
            best = (sum / total, box, total)
        }
        guard let best else { return model.facing }
        let ahead = best.lips - best.head.center
        let size = max(best.head.size.x, best.head.size.z)
        // A mouth alone, or one in the middle of its mesh, does not tell.
        guard best.head.size.y > size * 0.5, max(abs(ahead.x), abs(ahead.z)) > size * 0.15 else {
            return model.facing
        }
        if abs(ahead.z) >= abs(ahead.x) * 1.5 {
            return ahead.z > 0 ? .identity : Quaternion(x: 0, y: 1, z: 0, w: 0)
        }
        guard abs(ahead.x) >= abs(ahead.z) * 1.5 else { return model.facing }
        return Quaternion(axis: SIMD3(0, 1, 0), angle: ahead.x > 0 ? -.pi / 2 : .pi / 2)
    }
}

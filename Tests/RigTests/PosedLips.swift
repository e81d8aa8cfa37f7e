import AvatariumCore
import GLTF
import VRM

/// Measures lips on a posed mesh, vertex by vertex, independently of the rig.
struct PosedLips {
    private let rest: [SIMD3<Float>]
    private let deltas: [[SIMD3<Float>]]
    private let upper: [Int]
    private let lower: [Int]
    let node: Int
    private let millimetres: Float
    private let up: SIMD3<Float>

    /// - Parameters:
    ///   - opening, rounding: names of the targets that open the mouth and round the lips.
    ///   - up: the direction of up in the mesh's own space.
    ///   - headUnits: the head's height in the mesh's own units.
    init?(
        _ document: Document, opening: String, rounding: String, up: SIMD3<Float> = SIMD3(0, 1, 0),
        headUnits: Float
    ) {
        var best: (node: Int, primitive: Primitive, open: Int, round: Int, count: Int)?
        for (index, node) in document.nodes.enumerated() {
            guard let mesh = node.mesh.map({ document.meshes[$0] }),
                let open = mesh.targetNames.firstIndex(of: opening),
                let round = mesh.targetNames.firstIndex(of: rounding)
            else { continue }
            let count = document.accessors[mesh.primitives[0].attributes["POSITION"] ?? 0].count
            if count > best?.count ?? 0 { best = (index, mesh.primitives[0], open, round, count) }
        }
        guard let best else { return nil }
        func vectors(_ accessor: Int?) -> [SIMD3<Float>] {
            guard let accessor else { return [SIMD3<Float>](repeating: .zero, count: best.count) }
            let f = document.accessors[accessor].floats()
            return (0..<best.count).map { SIMD3(f[$0 * 3], f[$0 * 3 + 1], f[$0 * 3 + 2]) }
        }
        let rest = vectors(best.primitive.attributes["POSITION"])
        let deltas = best.primitive.targets.map { vectors($0["POSITION"]) }
        let opens = deltas[best.open].map { -dot($0, up) }
        let rounds = deltas[best.round].map { length($0) }
        let mostOpen = opens.max() ?? 0
        let mostRound = rounds.max() ?? 0
        let lips = rest.indices.filter { rounds[$0] > mostRound * 0.22 }
        let xs = lips.map { rest[$0].x }
        guard let left = xs.min(), let right = xs.max() else { return nil }
        let middle = lips.filter { abs(rest[$0].x - (left + right) / 2) <= (right - left) * 0.07 }
        self.rest = rest
        self.deltas = deltas
        upper = middle.filter { opens[$0] < mostOpen * 0.2 }
        lower = middle.filter { opens[$0] > mostOpen * 0.7 }
        guard !upper.isEmpty, !lower.isEmpty else { return nil }
        node = best.node
        millimetres = 225 / headUnits
        self.up = up
    }

    /// The gap over neutral in millimetres at human scale.
    func gap(_ pose: FramePose) -> Float {
        height(pose.morphWeights[node]) - height([])
    }

    private func height(_ weights: [Float]) -> Float {
        func place(_ i: Int) -> Float {
            var p = rest[i]
            for (t, w) in weights.enumerated() where w != 0 { p += deltas[t][i] * w }
            return dot(p, up)
        }
        return ((upper.map(place).min() ?? 0) - (lower.map(place).max() ?? 0)) * millimetres
    }
}

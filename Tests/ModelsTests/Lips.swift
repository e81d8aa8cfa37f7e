import AvatariumCore

/// The places where the lips touch, found from the mesh alone: vertices that lie on each other in the neutral
/// face and that an opening jaw parts.
struct Lips {
    struct Pair {
        var upper: Int
        var lower: Int
    }
    let pairs: [Pair]
    /// Vertices of the lips at and next to the line of contact.
    let upper: Set<Int>
    let lower: Set<Int>

    init(_ face: PosedPart) {
        let opened = face.posed(["jawOpen": 1])
        var found: [Pair] = []
        let order = face.rest.indices.sorted { face.rest[$0].x < face.rest[$1].x }
        for (k, i) in order.enumerated() {
            for j in order[(k + 1)...] {
                guard face.rest[j].x - face.rest[i].x < 0.05 else { break }
                guard length(face.rest[i] - face.rest[j]) < 0.3 else { continue }
                let parted = opened[i].y - opened[j].y
                if parted > 0.5 { found.append(Pair(upper: i, lower: j)) }
                if parted < -0.5 { found.append(Pair(upper: j, lower: i)) }
            }
        }
        pairs = found
        func withNeighbours(_ seeds: [Int]) -> Set<Int> {
            let seeds = Set(seeds)
            var all = seeds
            for t in face.triangles where seeds.contains(t.x) || seeds.contains(t.y) || seeds.contains(t.z) {
                all.formUnion([t.x, t.y, t.z])
            }
            return all
        }
        upper = withNeighbours(found.map(\.upper))
        lower = withNeighbours(found.map(\.lower))
    }

    /// Upper lip's height over the lower one's, pair by pair; negative where they pass through each other.
    func gaps(_ points: [SIMD3<Float>]) -> [Float] {
        pairs.map { points[$0.upper].y - points[$0.lower].y }
    }

    /// The same at the pair nearest to the middle.
    func middleGap(_ points: [SIMD3<Float>]) -> Float {
        guard let middle = pairs.min(by: { abs(points[$0.upper].x) < abs(points[$1.upper].x) }) else {
            return 0
        }
        return points[middle.upper].y - points[middle.lower].y
    }
}

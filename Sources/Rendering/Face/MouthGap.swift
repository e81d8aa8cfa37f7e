import AvatariumCore

/// Two vertices, on the upper and the lower lip, that part when the mouth opens.
struct MouthGap: Sendable {
    var upper: LidEdges.Vertex
    var lower: LidEdges.Vertex
    /// Their distance at rest, and with the jaw as far open as its shape goes.
    var closed: Float
    var open: Float

    /// Vertices looked at on either lip.
    private static let most = 3000

    /// Finds the pair that parts farthest of those that lie together at rest.
    /// - Parameter points: Skin, with its place at rest and with the jaw open.
    init?(_ points: [(vertex: LidEdges.Vertex, rest: SIMD3<Float>, open: SIMD3<Float>)]) {
        let moves = points.map { length($0.open - $0.rest) }
        guard let farthest = moves.max(), farthest > 0, farthest.isFinite else { return nil }
        func some(_ wanted: (Float) -> Bool) -> [Int] {
            let all = points.indices.filter { wanted(moves[$0]) }
            let step = max(1, all.count / Self.most)
            return stride(from: 0, to: all.count, by: step).map { all[$0] }
        }
        let cell = farthest * 0.3
        func key(_ p: SIMD3<Float>) -> SIMD3<Int32> {
            SIMD3<Int32>(
                clamping: SIMD3<Int>(
                    (p / cell).rounded(.down).clamped(
                        lowerBound: SIMD3(repeating: -1e9), upperBound: SIMD3(repeating: 1e9))))
        }
        var cells: [SIMD3<Int32>: [Int]] = [:]
        for i in some({ $0 < 0.35 * farthest }) { cells[key(points[i].rest), default: []].append(i) }
        var best: (upper: Int, lower: Int, gain: Float)?
        for j in some({ $0 > 0.6 * farthest }) {
            let at = key(points[j].rest)
            for x in Int32(-1)...1 {
                for y in Int32(-1)...1 {
                    for z in Int32(-1)...1 {
                        for i in cells[at &+ SIMD3(x, y, z)] ?? [] {
                            let rest = length(points[i].rest - points[j].rest)
                            guard rest < cell else { continue }
                            let gain = length(points[i].open - points[j].open) - rest
                            if gain > best?.gain ?? 0 { best = (i, j, gain) }
                        }
                    }
                }
            }
        }
        guard let best, best.gain > 0.4 * farthest else { return nil }
        upper = points[best.upper].vertex
        lower = points[best.lower].vertex
        closed = length(points[best.upper].rest - points[best.lower].rest)
        open = closed + best.gain
    }

    /// Lips that part by this share of what the jaw can do let as much light in as open ones: teeth stand right behind
    /// them, as a smile shows.
    private static let enough: Float = 1 / 6

    /// How far the mouth lets light in, 0...1.
    func opening(_ position: (LidEdges.Vertex) -> SIMD3<Float>) -> Float {
        let gap = length(position(upper) - position(lower))
        return gap.isFinite ? clamp((gap - closed) / (open - closed) / Self.enough, 0, 1) : 0
    }
}

import AvatariumCore

/// The vertices along the edges of the lids of one eye, by which a frame knows how far it is open.
struct LidEdges: Sendable {
    struct Vertex: Sendable, Hashable {
        /// Index into `FaceBake.drawn`.
        var mesh: Int
        var vertex: Int
    }

    private(set) var upper: [Vertex] = []
    private(set) var lower: [Vertex] = []

    /// Columns on the eyeball: sines of the angle to the side.
    private static let columns: [Float] = [-0.45, -0.3, -0.15, 0, 0.15, 0.3, 0.45]

    /// - Parameter skin: Skin near the eyes, at rest in the world.
    /// - Returns: nil where no lids lie on the ball.
    init?(_ eye: EyeFrame, _ skin: [(Vertex, SIMD3<Float>)]) {
        struct Spot {
            var vertex: Vertex
            var side: Float
            var height: Float
        }
        let spots = skin.compactMap { vertex, point -> Spot? in
            let away = length(point - eye.centre)
            guard away > 0.85 * eye.radius, away < 1.5 * eye.radius else { return nil }
            let place = eye.place(point)
            return place.depth > 0.2 ? Spot(vertex: vertex, side: place.side, height: place.height) : nil
        }
        for column in Self.columns {
            // The eye is open where a column has its widest gap.
            let near = spots.filter { abs($0.side - column) < 0.1 }.sorted { $0.height < $1.height }
            let gaps = zip(near, near.dropFirst()).map { $1.height - $0.height }
            guard let at = gaps.indices.max(by: { gaps[$0] < gaps[$1] }), gaps[at] > 0.15 else { continue }
            lower.append(near[at].vertex)
            upper.append(near[at + 1].vertex)
        }
        guard upper.count >= 4, lower.count >= 4 else { return nil }
    }

    /// The edge as a parabola over the sine to the side, by least squares; nil where none fits.
    static func parabola(_ points: [(side: Float, height: Float, depth: Float)]) -> SIMD3<Float>? {
        var sums = [Double](repeating: 0, count: 5)
        var right = [Double](repeating: 0, count: 3)
        for point in points {
            let (x, y) = (Double(point.side), Double(point.height))
            var power = 1.0
            for k in 0..<5 {
                sums[k] += power
                if k < 3 { right[k] += power * y }
                power *= x
            }
        }
        // Nearly a line where points lie close together.
        sums[4] += 1e-3
        sums[2] += 1e-4
        let m = [[sums[0], sums[1], sums[2]], [sums[1], sums[2], sums[3]], [sums[2], sums[3], sums[4]]]
        func determinant(_ m: [[Double]]) -> Double {
            m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1]
                * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
                + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
        }
        let whole = determinant(m)
        guard abs(whole) > 1e-12 else { return nil }
        let x = (0..<3).map { column -> Float in
            var replaced = m
            for row in 0..<3 { replaced[row][column] = right[row] }
            return Float(determinant(replaced) / whole)
        }
        guard x.allSatisfy(\.isFinite) else { return nil }
        return SIMD3(x[0], x[1], x[2])
    }
}

import AvatariumCore
import GLES
import Geometry

/// An eyeball as a mesh shows it: a sphere, and on it the iris.
struct EyeShape: Sendable {
    /// The parts of an eye that a frame needs, as mixtures of four vertices: what moves and turns the mesh moves them.
    struct Anchors: Sendable {
        var vertices: [Int]
        var centre: SIMD4<Float>
        /// The end of a unit vector from the centre, each.
        var ahead: SIMD4<Float>
        var up: SIMD4<Float>
    }

    /// At rest in the world.
    var centre: SIMD3<Float>
    var radius: Float
    /// From the centre to the middle of the iris, of unit length.
    var ahead: SIMD3<Float>
    var up: SIMD3<Float>
    /// The cosine of half the angle under which the iris is seen from the centre; 2 where no iris was found.
    var irisCosine: Float = 2
    var anchors: Anchors

    /// Picture and coordinates of what is painted on an eye.
    struct Paint {
        var level: GLES.Texture.Level
        var uv: [SIMD2<Float>]

        /// Linear brightness at a place, 0...1.
        func brightness(_ at: SIMD2<Float>) -> Float {
            let texel = level.texel(at)
            let encoded = SIMD3(Float(texel.x), Float(texel.y), Float(texel.z)) / 255
            return dot(SRGB.decoded(encoded), SIMD3(0.2126, 0.7152, 0.0722))
        }
    }

    /// Vertices that are looked at.
    private static let mostVertices = 50_000

    /// The eyes of a mesh at rest, with the vertices of each: one, or two side by side. Empty where the mesh is not a ball.
    static func find(
        _ positions: [SIMD4<Float>], indices: [UInt32], forward: SIMD3<Float>, up: SIMD3<Float>, paint: Paint?
    ) -> [(shape: EyeShape, vertices: [Int])] {
        guard (12...mostVertices).contains(positions.count) else { return [] }
        let points = positions.map { SIMD3($0.x, $0.y, $0.z) }
        let used = Set(indices.map(Int.init))
        let right = cross(up, forward)
        let sides = used.map { dot(points[$0], right) }
        let heights = used.map { dot(points[$0], up) }
        guard let left = sides.min(), let most = sides.max(), let low = heights.min(),
            let high = heights.max(),
            left.isFinite, most.isFinite, low.isFinite, high.isFinite
        else { return [] }
        let all = used.sorted()
        let middle = (left + most) / 2
        let groups =
            most - left > 1.8 * (high - low)
            ? [
                all.filter { dot(points[$0], right) < middle },
                all.filter { dot(points[$0], right) >= middle },
            ] : [all]
        return groups.compactMap { group in
            EyeShape(points, group, indices, forward, up, paint).map { ($0, group) }
        }
    }

    private init?(
        _ points: [SIMD3<Float>], _ group: [Int], _ indices: [UInt32], _ forward: SIMD3<Float>,
        _ up: SIMD3<Float>, _ paint: Paint?
    ) {
        guard group.count >= 12, var ball = Self.ball(group.map { points[$0] }) else { return nil }
        // Once more without what bulges or lies inside.
        let near = group.filter { abs(length(points[$0] - ball.centre) - ball.radius) < 0.15 * ball.radius }
        guard near.count * 2 > group.count, let better = Self.ball(near.map { points[$0] }) else {
            return nil
        }
        ball = better
        let misses = near.map { length(points[$0] - ball.centre) / ball.radius - 1 }
        let error = (misses.reduce(0) { $0 + $1 * $1 } / Float(misses.count)).squareRoot()
        guard error < 0.08, let box = Bounds(near.map { points[$0] }) else { return nil }
        // A disc fits a sphere as well, of any size.
        let widest = max(box.size.x, box.size.y, box.size.z)
        guard widest > 1.3 * ball.radius else { return nil }
        centre = ball.centre
        radius = ball.radius
        ahead = forward
        self.up = up
        anchors = Anchors(vertices: [], centre: .zero, ahead: .zero, up: .zero)
        if let paint { findIris(points, Set(group), indices, forward, paint) }
        self.up = normalize(up - ahead * dot(up, ahead))
        guard let anchors = anchor(points, near) else { return nil }
        self.anchors = anchors
    }

    /// The sphere nearest to points, by least squares of the squared distances.
    private static func ball(_ points: [SIMD3<Float>]) -> (centre: SIMD3<Float>, radius: Float)? {
        guard let box = Bounds(points) else { return nil }
        let scale = max(length(box.size), 1e-20)
        var rows = [SIMD8<Double>](repeating: .zero, count: 4)
        for point in points {
            let p = (point - box.center) / scale
            let a = [Double(p.x) * 2, Double(p.y) * 2, Double(p.z) * 2, 1]
            let b = Double(dot(p, p))
            for i in 0..<4 {
                for j in 0..<4 { rows[i][j] += a[i] * a[j] }
                rows[i][4] += a[i] * b
            }
        }
        guard let x = solve(rows) else { return nil }
        let c = SIMD3(Float(x[0]), Float(x[1]), Float(x[2]))
        let r2 = Float(x[3]) + dot(c, c)
        guard r2 > 0, r2.isFinite else { return nil }
        return (box.center + c * scale, r2.squareRoot() * scale)
    }

    /// Solves four equations, each with its right side fifth.
    private static func solve(_ given: [SIMD8<Double>]) -> [Double]? {
        var rows = given
        for k in 0..<4 {
            guard let pivot = (k..<4).max(by: { abs(rows[$0][k]) < abs(rows[$1][k]) }),
                abs(rows[pivot][k]) > 1e-9
            else { return nil }
            rows.swapAt(k, pivot)
            rows[k] /= rows[k][k]
            for i in 0..<4 where i != k { rows[i] -= rows[k] * rows[i][k] }
        }
        return rows.map { $0[4] }
    }

    /// The iris is what is dark on a light ball, about the middle of what looks forward.
    private mutating func findIris(
        _ points: [SIMD3<Float>], _ group: Set<Int>, _ indices: [UInt32], _ forward: SIMD3<Float>,
        _ paint: Paint
    ) {
        var spots: [(way: SIMD3<Float>, brightness: Float, area: Float)] = []
        for i in stride(from: 0, to: indices.count - 2, by: 3) {
            let t = (Int(indices[i]), Int(indices[i + 1]), Int(indices[i + 2]))
            guard group.contains(t.0), group.contains(t.1), group.contains(t.2) else { continue }
            let (a, b, c) = (points[t.0], points[t.1], points[t.2])
            let area = length(cross(b - a, c - a)) / (radius * radius)
            guard area > 0, dot(normalize((a + b + c) / 3 - centre), forward) > 0.3 else { continue }
            let (p, q, r) = (paint.uv[t.0], paint.uv[t.1], paint.uv[t.2])
            let steps = area > 0.02 ? 6 : 3
            for u in 0..<steps {
                for v in 0..<(steps - u) {
                    let x = (Float(u) + 1 / 3) / Float(steps)
                    let y = (Float(v) + 1 / 3) / Float(steps)
                    let way = normalize(a * (1 - x - y) + b * x + c * y - centre)
                    let at = p * (1 - x - y) + q * x + r * y
                    spots.append((way, paint.brightness(at), area / Float(steps * (steps + 1) / 2)))
                }
            }
        }
        guard spots.count > 30 else { return }
        let white = spots.map(\.brightness).sorted()[spots.count * 85 / 100]
        guard white > 0.08 else { return }
        // Drawn to the middle of what is dark.
        var middle = forward
        for step in 0..<6 {
            let width: Float = step < 2 ? 0.7 : 0.35
            var sum = SIMD3<Float>.zero
            for spot in spots {
                let away = spot.way - middle
                let weight = max(0, 0.7 * white - spot.brightness) * spot.area
                sum += spot.way * (weight / (1 + dot(away, away) / (width * width) * dot(away, away) * 4))
            }
            guard length(sum) > 0 else { return }
            middle = normalize(sum)
        }
        guard dot(middle, forward) > 0.6 else { return }
        // Brightness by the angle from there, in steps of three degrees.
        let step = Float.pi / 60
        var rings = [(sum: Float, area: Float)](repeating: (0, 0), count: 18)
        for spot in spots {
            let angle = arcTangent(length(cross(spot.way, middle)), dot(spot.way, middle))
            let ring = Int(angle / step)
            guard rings.indices.contains(ring) else { continue }
            rings[ring].sum += spot.brightness * spot.area
            rings[ring].area += spot.area
        }
        let known = rings.enumerated().filter { $0.element.area > 0 }
            .map { (angle: (Float($0.offset) + 0.5) * step, brightness: $0.element.sum / $0.element.area) }
        guard let first = known.first else { return }
        let inner = known.filter { $0.angle < 0.18 }.map(\.brightness)
        let dark = inner.isEmpty ? first.brightness : inner.reduce(0, +) / Float(inner.count)
        guard white > 1.6 * dark else { return }
        let edge = dark + 0.5 * (white - dark)
        guard
            let at = known.indices.dropLast().first(where: {
                known[$0].brightness > edge && known[$0 + 1].brightness > edge
            }), at > 0
        else { return }
        let (before, after) = (known[at - 1], known[at])
        let share = clamp((edge - before.brightness) / max(after.brightness - before.brightness, 1e-6), 0, 1)
        let angle = mix(before.angle, after.angle, share)
        guard (0.12...0.8).contains(angle) else { return }
        ahead = middle
        irisCosine = cosine(angle)
    }

    /// Four vertices that span the eye, and what of them makes its centre and its directions.
    private func anchor(_ points: [SIMD3<Float>], _ group: [Int]) -> Anchors? {
        guard let a = group.first,
            let b = group.max(by: { length(points[$0] - points[a]) < length(points[$1] - points[a]) })
        else { return nil }
        let line = points[b] - points[a]
        guard
            let c = group.max(by: {
                length(cross(line, points[$0] - points[a])) < length(cross(line, points[$1] - points[a]))
            })
        else { return nil }
        let normal = cross(line, points[c] - points[a])
        guard
            let d = group.max(by: {
                abs(dot(normal, points[$0] - points[a])) < abs(dot(normal, points[$1] - points[a]))
            })
        else { return nil }
        let corners = [a, b, c, d].map { points[$0] }
        // Shares of the corners that make a point, in units of the radius about the centre.
        func shares(_ point: SIMD3<Float>) -> SIMD4<Float>? {
            let p = corners.map { ($0 - centre) / radius }
            let target = (point - centre) / radius
            let rows = (0..<3).map { k -> SIMD8<Double> in
                SIMD8(
                    Double(p[0][k]), Double(p[1][k]), Double(p[2][k]), Double(p[3][k]), Double(target[k]), 0,
                    0, 0)
            }
            guard let x = Self.solve(rows + [SIMD8(1, 1, 1, 1, 1, 0, 0, 0)]) else { return nil }
            return SIMD4(Float(x[0]), Float(x[1]), Float(x[2]), Float(x[3]))
        }
        guard let middle = shares(centre), let front = shares(centre + ahead * radius),
            let top = shares(centre + up * radius)
        else { return nil }
        return Anchors(vertices: [a, b, c, d], centre: middle, ahead: front, up: top)
    }
}

/// An eye as it stands in a frame.
struct EyeFrame {
    var centre: SIMD3<Float>
    var radius: Float
    var ahead: SIMD3<Float>
    var up: SIMD3<Float>

    /// - Parameter position: Where a vertex of the eye's mesh is in the world.
    init(_ shape: EyeShape, position: (Int) -> SIMD3<Float>) {
        let corners = shape.anchors.vertices.map(position)
        func point(_ shares: SIMD4<Float>) -> SIMD3<Float> {
            (0..<4).reduce(.zero) { $0 + corners[$1] * shares[$1] }
        }
        centre = point(shape.anchors.centre)
        let front = point(shape.anchors.ahead) - centre
        radius = length(front)
        ahead = normalize(front)
        let top = point(shape.anchors.up) - centre
        up = normalize(top - ahead * dot(top, ahead))
    }

    /// To the viewer's right, where the eye looks at the viewer.
    var right: SIMD3<Float> { cross(up, ahead) }

    /// Sideways and upwards, as shares of the distance: the sines of the angles for a point on the ball.
    func place(_ point: SIMD3<Float>) -> (side: Float, height: Float, depth: Float) {
        let way = normalize(point - centre)
        return (dot(way, right), dot(way, up), dot(way, ahead))
    }
}

import AvatariumCore
import GLTF
import Geometry
import VRM

/// How far a body reaches, arms left out: what hands must not enter.
///
/// A map of the front as seen from ahead, and the outline's half width by height; measured once from the model's own
/// triangles, so that hair, collars and coats count.
struct BodyShape: Sendable {
    private let low: SIMD2<Float>
    private let cell: Float
    private let columns: Int
    private let rows: Int
    /// The largest z by cell, row by row from below; minus infinity where there is nothing.
    private var front: [Float]
    /// The largest distance from the middle by row.
    private var halfWidth: [Float]
    /// The middle of the body, metres.
    let middle: Float
    /// How far the hand's vertices reach from the wrist, left and right; 0 where no vertex is bound to the hand.
    private(set) var handLengths = [Float](repeating: 0, count: 2)

    private static let cellsAcross = 72

    /// Nil for scenes too large to be measured, and for bodies without vertices or without hands.
    init?(_ model: AvatarModel, _ graph: NodeGraph, _ world: [Matrix4]) {
        let geometry = PosedGeometry(model.document, world: world)
        let bones = model.humanoid.filter { world.indices.contains($0.value) }
        guard geometry.isMeasurable, let hips = bones[.hips], let head = bones[.head] else { return nil }
        let arms = graph.descendants(
            of: [HumanBone.leftUpperArm, .rightUpperArm].compactMap { bones[$0] })
        let hands = [HumanBone.leftHand, .rightHand].map { bone in
            bones[bone].map { (nodes: graph.descendants(of: [$0]), wrist: world[$0].translation) }
        }
        var parts: [(points: [SIMD3<Float>], shares: [Float], primitive: Primitive)] = []
        for (node, mesh) in model.document.drawnMeshNodes {
            for primitive in model.document.meshes[mesh].primitives {
                let points = geometry.positions(node: node, primitive: primitive)
                let shares = geometry.shares(of: arms, node: node, primitive: primitive, count: points.count)
                parts.append((points, shares, primitive))
                for (side, hand) in hands.enumerated() {
                    guard let hand, shares.contains(where: { $0 > 0.5 }) else { continue }
                    let own = geometry.shares(
                        of: hand.nodes, node: node, primitive: primitive, count: points.count)
                    for (point, share) in zip(points, own) where share > 0.5 {
                        handLengths[side] = max(handLengths[side], length(point - hand.wrist))
                    }
                }
            }
        }
        guard handLengths.contains(where: { $0 > 0 }) else { return nil }
        var triangles: [(SIMD3<Float>, SIMD3<Float>, SIMD3<Float>)] = []
        var box = Bounds()
        for (points, shares, primitive) in parts {
            for (a, b, c) in geometry.triangles(primitive, count: points.count)
            where max(shares[a], shares[b], shares[c]) < 0.4 && Self.isFinite(points[a], points[b], points[c])
            {
                triangles.append((points[a], points[b], points[c]))
                box.add(points[a])
                box.add(points[b])
                box.add(points[c])
            }
        }
        guard !box.isEmpty else { return nil }
        // From the knees up: no hand of a gesture gets lower.
        let bottom = max(box.low.y, world[hips].translation.y * 0.5 + box.low.y * 0.5)
        middle = world[head].translation.x
        low = SIMD2(box.low.x, bottom)
        let size = SIMD2(box.size.x, box.high.y - bottom)
        guard size.x > 0, size.y > 0, size.x.isFinite, size.y.isFinite else { return nil }
        cell = max(size.x, size.y) / Float(Self.cellsAcross)
        guard cell > 1e-9 else { return nil }
        columns = Int(size.x / cell) + 1
        rows = Int(size.y / cell) + 1
        front = [Float](repeating: -.infinity, count: columns * rows)
        halfWidth = [Float](repeating: 0, count: rows)
        for (a, b, c) in triangles where max(a.y, b.y, c.y) >= bottom {
            let edge = max(length(b - a), length(c - a), length(c - b)) / cell
            let steps = edge < Float(Self.cellsAcross) ? Int(edge) + 1 : Self.cellsAcross
            for i in 0...steps {
                for j in 0...(steps - i) {
                    let (u, v) = (Float(i) / Float(steps), Float(j) / Float(steps))
                    add(a + (b - a) * u + (c - a) * v)
                }
            }
        }
    }

    private mutating func add(_ point: SIMD3<Float>) {
        let (x, y) = ((point.x - low.x) / cell, (point.y - low.y) / cell)
        guard x >= 0, y >= 0, x < Float(columns), y < Float(rows) else { return }
        let (column, row) = (Int(x), Int(y))
        front[row * columns + column] = max(front[row * columns + column], point.z)
        halfWidth[row] = max(halfWidth[row], abs(point.x - middle))
    }

    /// Cells that a stretch touches, of which there are `count`.
    private func cells(_ from: Float, _ to: Float, count: Int) -> Range<Int> {
        let (first, last) = (from / cell, to / cell)
        guard first < Float(count), last >= 0, first.isFinite, last.isFinite else { return 0..<0 }
        return Int(max(first, 0))..<(Int(min(last, Float(count - 1))) + 1)
    }

    private func rowRange(_ from: Float, _ to: Float) -> Range<Int> {
        cells(from - low.y, to - low.y, count: rows)
    }

    private static func isFinite(_ a: SIMD3<Float>, _ b: SIMD3<Float>, _ c: SIMD3<Float>) -> Bool {
        (a + b + c).sum().isFinite
    }

    /// The largest z of the body within a square about a point; nil where there is none of it.
    func front(at x: Float, _ y: Float, within radius: Float) -> Float? {
        let across = cells(x - radius - low.x, x + radius - low.x, count: columns)
        var found = -Float.infinity
        for row in rowRange(y - radius, y + radius) {
            for column in across { found = max(found, front[row * columns + column]) }
        }
        return found > -.infinity ? found : nil
    }

    /// How far the body reaches from its middle between two heights.
    func halfWidth(from low: Float, to high: Float) -> Float {
        rowRange(low, high).reduce(0) { max($0, halfWidth[$1]) }
    }
}

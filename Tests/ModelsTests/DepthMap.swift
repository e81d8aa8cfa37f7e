/// How far a surface comes forward (+Z), seen straight from the front on a grid of 0.25 mm.
struct DepthMap {
    private static let step: Float = 0.25
    private let low: SIMD2<Float>
    private let width: Int
    private let height: Int
    private var depth: [Float]

    /// - Parameter box: what is looked at, millimetres.
    init(low: SIMD2<Float>, high: SIMD2<Float>) {
        self.low = low
        width = Int((high.x - low.x) / DepthMap.step) + 1
        height = Int((high.y - low.y) / DepthMap.step) + 1
        depth = Array(repeating: -.infinity, count: width * height)
    }

    /// Adds the triangles that face the viewer.
    mutating func draw(_ points: [SIMD3<Float>], _ triangles: [SIMD3<Int>]) {
        for t in triangles {
            let (a, b, c) = (points[t.x], points[t.y], points[t.z])
            let area = (b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y)
            guard area > 1e-9 else { continue }
            let x0 = max(Int(((min(a.x, b.x, c.x) - low.x) / DepthMap.step).rounded(.up)), 0)
            let x1 = min(Int((max(a.x, b.x, c.x) - low.x) / DepthMap.step), width - 1)
            let y0 = max(Int(((min(a.y, b.y, c.y) - low.y) / DepthMap.step).rounded(.up)), 0)
            let y1 = min(Int((max(a.y, b.y, c.y) - low.y) / DepthMap.step), height - 1)
            guard x0 <= x1, y0 <= y1 else { continue }
            for row in y0...y1 {
                for column in x0...x1 {
                    let x = low.x + Float(column) * DepthMap.step
                    let y = low.y + Float(row) * DepthMap.step
                    let v = ((x - a.x) * (c.y - a.y) - (c.x - a.x) * (y - a.y)) / area
                    let w = ((b.x - a.x) * (y - a.y) - (x - a.x) * (b.y - a.y)) / area
                    guard v >= -1e-4, w >= -1e-4, v + w <= 1.0001 else { continue }
                    let z = a.z + v * (b.z - a.z) + w * (c.z - a.z)
                    depth[row * width + column] = max(depth[row * width + column], z)
                }
            }
        }
    }

    /// The surface's depth at a place; nil where there is none.
    func depth(_ p: SIMD3<Float>) -> Float? {
        let column = Int(((p.x - low.x) / DepthMap.step).rounded())
        let row = Int(((p.y - low.y) / DepthMap.step).rounded())
        guard (0..<width).contains(column), (0..<height).contains(row) else { return nil }
        let z = depth[row * width + column]
        return z.isFinite ? z : nil
    }

    /// The area where this surface lies in front of `other`, square millimetres.
    func area(before other: DepthMap) -> Float {
        let count = zip(depth, other.depth).filter { $0 > $1 + 0.02 && $0.isFinite }.count
        return Float(count) * DepthMap.step * DepthMap.step
    }
}

import AvatariumCore

/// Gives every triangle its own three vertices and its own normal, and the targets the normals that follow.
struct FlatNormals {
    /// The vertex that each new one was.
    private let old: [Int]
    private var positions: [SIMD4<Float>]
    private var normals: [SIMD4<Float>]

    /// Spreads the mesh's own values.
    init(_ g: inout MeshGeometry) {
        old = g.indices.map(Int.init)
        positions = []
        normals = []
        g.positions = spread(g.positions)
        g.tangents = spread(g.tangents)
        g.uv0 = spread(g.uv0)
        g.uv1 = spread(g.uv1)
        g.colors = spread(g.colors)
        g.joints = spread(g.joints)
        g.weights = spread(g.weights)
        g.indices = (0..<UInt32(old.count)).map { $0 }
        g.normals = Self.faceNormals(g.positions)
        positions = g.positions
        normals = g.normals
    }

    /// A target spread in the same way.
    func spread(_ target: DenseTarget) -> DenseTarget {
        var out = DenseTarget(
            positions: spread(target.positions), normals: [], tangents: spread(target.tangents))
        guard !out.positions.isEmpty else { return out }
        let moved = Self.faceNormals(zip(positions, out.positions).map { $0 + $1 })
        out.normals = zip(moved, normals).map { $0 - $1 }
        return out
    }

    private func spread<T>(_ a: [T]) -> [T] { a.isEmpty ? [] : old.map { a[$0] } }

    private static func faceNormals(_ p: [SIMD4<Float>]) -> [SIMD4<Float>] {
        var out = [SIMD4<Float>](repeating: .zero, count: p.count)
        for i in stride(from: 0, to: p.count - 2, by: 3) {
            let a = p[i + 1] - p[i]
            let b = p[i + 2] - p[i]
            let n = cross(SIMD3(a.x, a.y, a.z), SIMD3(b.x, b.y, b.z))
            let u = unit(SIMD4(n.x, n.y, n.z, 0))
            for k in 0..<3 { out[i + k] = u }
        }
        return out
    }
}

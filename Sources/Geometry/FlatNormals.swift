import AvatariumCore

/// Gives every triangle its own three vertices and its own normal, and the targets the normals that follow.
enum FlatNormals {
    static func apply(_ g: inout MeshGeometry, _ targets: inout [DenseTarget]) {
        let old = g.indices.map(Int.init)
        func spread<T>(_ a: [T]) -> [T] { a.isEmpty ? [] : old.map { a[$0] } }
        g.positions = spread(g.positions)
        g.tangents = spread(g.tangents)
        g.uv0 = spread(g.uv0)
        g.uv1 = spread(g.uv1)
        g.colors = spread(g.colors)
        g.joints = spread(g.joints)
        g.weights = spread(g.weights)
        g.indices = (0..<UInt32(old.count)).map { $0 }
        g.normals = faceNormals(g.positions)
        for t in targets.indices {
            targets[t].positions = spread(targets[t].positions)
            targets[t].tangents = spread(targets[t].tangents)
            guard !targets[t].positions.isEmpty else { continue }
            let moved = zip(g.positions, targets[t].positions).map { $0 + $1 }
            targets[t].normals = zip(faceNormals(moved), g.normals).map { $0 - $1 }
        }
    }

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

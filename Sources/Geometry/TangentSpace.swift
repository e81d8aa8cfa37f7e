import AvatariumCore

/// Tangents for normal maps: each triangle's direction of growing u, projected to the vertex's tangent plane and
/// weighted by the angle at the vertex (Mikkelsen, "Simulation of Wrinkled Surfaces Revisited", 2008, appendix).
/// Vertices are not split, so a vertex on a mirrored seam takes the side with more weight.
enum TangentSpace {
    /// - Parameter uv: The coordinates of the normal map, one for each vertex.
    static func tangents(of g: MeshGeometry, _ uv: [SIMD2<Float>]) -> [SIMD4<Float>] {
        var sums = [SIMD4<Float>](repeating: .zero, count: g.vertexCount)
        for t in stride(from: 0, to: g.indices.count - 2, by: 3) {
            let v = (0..<3).map { Int(g.indices[t + $0]) }
            let p = v.map { SIMD3(g.positions[$0].x, g.positions[$0].y, g.positions[$0].z) }
            let d1 = uv[v[1]] - uv[v[0]]
            let d2 = uv[v[2]] - uv[v[0]]
            let area = d1.x * d2.y - d2.x * d1.y
            guard area != 0 else { continue }
            let sign: Float = area > 0 ? 1 : -1
            let direction = ((p[1] - p[0]) * d2.y - (p[2] - p[0]) * d1.y) * sign
            for k in 0..<3 {
                let n = SIMD3(g.normals[v[k]].x, g.normals[v[k]].y, g.normals[v[k]].z)
                let projected = normalize(direction - n * dot(n, direction))
                let a = normalize(p[(k + 1) % 3] - p[k])
                let b = normalize(p[(k + 2) % 3] - p[k])
                // The angle, to within a few percent, without an arc cosine: monotonous and cheap.
                let weight = 1 - dot(a, b) + 1e-6
                sums[v[k]] += SIMD4(projected.x, projected.y, projected.z, sign) * weight
            }
        }
        return sums.enumerated().map { i, s in
            let n = SIMD3(g.normals[i].x, g.normals[i].y, g.normals[i].z)
            var t = SIMD3(s.x, s.y, s.z)
            if dot(t, t) == 0 { t = abs(n.x) < 0.9 ? SIMD3(1, 0, 0) : SIMD3(0, 1, 0) }
            t = normalize(t - n * dot(n, t))
            // v grows downwards in the image, and the bitangent points up: unmirrored coordinates run clockwise.
            return SIMD4(t.x, t.y, t.z, s.w > 0 ? -1 : 1)
        }
    }
}

import AvatariumCore

extension MeshGeometry {
    /// The share of the surface, 0...1, in triangles between whose corners the normal turns by more than an angle
    /// with this cosine. 0 without normals.
    public func areaTurning(beyondCosine limit: Float) -> Float {
        guard topology == .triangles, normals.count == positions.count else { return 0 }
        var turning: Float = 0
        var total: Float = 0
        for i in stride(from: 0, to: indices.count - 2, by: 3) {
            let (a, b, c) = (Int(indices[i]), Int(indices[i + 1]), Int(indices[i + 2]))
            let (p, q, r) = (xyz(positions[a]), xyz(positions[b]), xyz(positions[c]))
            let (m, n, o) = (xyz(normals[a]), xyz(normals[b]), xyz(normals[c]))
            let area = length(cross(q - p, r - p))
            total += area
            if min(dot(m, n), dot(n, o), dot(o, m)) < limit { turning += area }
        }
        return total > 0 ? turning / total : 0
    }

    private func xyz(_ v: SIMD4<Float>) -> SIMD3<Float> { SIMD3(v.x, v.y, v.z) }
}

import AvatariumCore

extension MeshGeometry {
    /// How much the surface bends at each vertex, 1 / radius in the units of `positions`: the mean over its edges of how far
    /// the normal turns for the way gone. Empty without normals or triangles.
    package func curvature(positions: [SIMD4<Float>], normals: [SIMD4<Float>]) -> [Float] {
        guard topology == .triangles, normals.count == positions.count, positions.count == vertexCount else {
            return []
        }
        var sums = [Float](repeating: 0, count: positions.count)
        var counts = [Float](repeating: 0, count: positions.count)
        for i in stride(from: 0, to: indices.count - 2, by: 3) {
            for k in 0..<3 {
                let (a, b) = (Int(indices[i + k]), Int(indices[i + (k + 1) % 3]))
                let (way, turn) = (positions[a] - positions[b], normals[a] - normals[b])
                let distance2 = (way * way).sum()
                guard distance2 > 0 else { continue }
                let bend = ((turn * turn).sum() / distance2).squareRoot()
                guard bend.isFinite else { continue }
                sums[a] += bend
                sums[b] += bend
                counts[a] += 1
                counts[b] += 1
            }
        }
        return zip(sums, counts).map { $1 > 0 ? $0 / $1 : 0 }
    }
}

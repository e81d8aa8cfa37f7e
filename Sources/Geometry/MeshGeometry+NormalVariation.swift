extension MeshGeometry {
    /// Partitions the triangles by how much light can vary within them: those that can be lit at their vertices come
    /// first; the order within each part is kept.
    /// - Parameters:
    ///   - limit: The least cosine of the angle between the normals of two corners of the first part.
    ///   - share: The longest edge of the first part, as a share of the mesh's radius, so that the direction to the eye
    ///     varies little.
    /// - Returns: The number of indices in the first part; 0 without normals or triangles.
    public mutating func partitionByNormalVariation(cosine limit: Float, edge share: Float) -> Int {
        guard topology == .triangles, normals.count == positions.count else { return 0 }
        var steady: [UInt32] = []
        var turning: [UInt32] = []
        steady.reserveCapacity(indices.count)
        let extent = bounds.size
        let longest = bounds.isEmpty ? 0 : share * (extent * extent).sum().squareRoot() / 2
        func isLong(_ edge: SIMD4<Float>) -> Bool { (edge * edge).sum() > longest * longest }
        for i in stride(from: 0, to: indices.count - 2, by: 3) {
            let (a, b, c) = (indices[i], indices[i + 1], indices[i + 2])
            let (m, n, o) = (normals[Int(a)], normals[Int(b)], normals[Int(c)])
            let (p, q, r) = (positions[Int(a)], positions[Int(b)], positions[Int(c)])
            if min((m * n).sum(), (n * o).sum(), (o * m).sum()) < limit || isLong(q - p) || isLong(r - q)
                || isLong(p - r)
            {
                turning += [a, b, c]
            } else {
                steady += [a, b, c]
            }
        }
        indices = steady + turning
        return steady.count
    }
}

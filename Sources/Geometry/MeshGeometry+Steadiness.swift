extension MeshGeometry {
    /// Puts the steady triangles before the others; either kind keeps its order. Steady are those between whose
    /// corners the normal turns by no more than an angle with this cosine, and the eye's direction little, since no
    /// edge is longer than this share of the radius of the mesh.
    /// - Returns: how many indices belong to the first kind: 0 without normals or triangles.
    public mutating func sortBySteadiness(cosine limit: Float, edge share: Float) -> Int {
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

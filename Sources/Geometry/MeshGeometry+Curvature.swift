extension MeshGeometry {
    /// Puts the triangles between whose corners the normal turns by no more than an angle with this cosine before
    /// those where it turns faster; either kind keeps its order.
    /// - Returns: how many indices belong to the first kind: 0 without normals or triangles.
    public mutating func sortBySteadiness(cosine limit: Float) -> Int {
        guard topology == .triangles, normals.count == positions.count else { return 0 }
        var steady: [UInt32] = []
        var turning: [UInt32] = []
        steady.reserveCapacity(indices.count)
        for i in stride(from: 0, to: indices.count - 2, by: 3) {
            let (a, b, c) = (indices[i], indices[i + 1], indices[i + 2])
            let (m, n, o) = (normals[Int(a)], normals[Int(b)], normals[Int(c)])
            if min((m * n).sum(), (n * o).sum(), (o * m).sum()) < limit {
                turning += [a, b, c]
            } else {
                steady += [a, b, c]
            }
        }
        indices = steady + turning
        return steady.count
    }
}

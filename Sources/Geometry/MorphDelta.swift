/// One morph target, kept only where it moves something.
public struct MorphDelta: Sendable {
    /// Vertices that move, ascending.
    public internal(set) var vertices: [UInt32] = []
    /// Position differences, one for each of `vertices` (w is 0).
    public internal(set) var positions: [SIMD4<Float>] = []
    /// Normal differences; empty where the target has none.
    public internal(set) var normals: [SIMD4<Float>] = []
    /// Tangent differences; empty where the target or the mesh has none.
    public internal(set) var tangents: [SIMD4<Float>] = []

    public init() {}

    /// Keeps the vertices where any difference is larger than `threshold` (the mesh's own units).
    init(
        positions dense: [SIMD4<Float>], normals denseNormals: [SIMD4<Float>],
        tangents denseTangents: [SIMD4<Float>], threshold: Float
    ) {
        let t2 = threshold * threshold
        let count = max(dense.count, denseNormals.count, denseTangents.count)
        func moved(_ array: [SIMD4<Float>], _ i: Int, _ limit: Float) -> Bool {
            i < array.count && (array[i] * array[i]).sum() > limit
        }
        for i in 0..<count
        where moved(dense, i, t2) || moved(denseNormals, i, 1e-8) || moved(denseTangents, i, 1e-8) {
            vertices.append(UInt32(i))
            positions.append(i < dense.count ? dense[i] : .zero)
            if !denseNormals.isEmpty { normals.append(denseNormals[i]) }
            if !denseTangents.isEmpty { tangents.append(denseTangents[i]) }
        }
    }
}

import AvatariumCore

/// Morphs and skins one primitive on the CPU, at the cost of its active targets alone.
///
/// The result depends on the weights and matrices given, never on those of earlier frames.
public struct MeshDeformer: Sendable {
    public let geometry: MeshGeometry
    /// Bounds of the last result: in world space for skinned geometry, in mesh space for the rest.
    public private(set) var bounds: Bounds
    private var positions: [SIMD4<Float>]
    private var normals: [SIMD4<Float>]
    private var tangents: [SIMD4<Float>]
    /// The weights that `positions` has.
    private var morphed: [Float]
    private var palette: [Matrix4] = []
    private var isFresh = true
    /// One more than the highest joint that a vertex names.
    private let jointCount: Int
    /// The joints that move vertices: a skin has more of them, such as the eyes of a jacket's.
    private let joints: [Int]
    /// For each joint that moves vertices the box around them at rest; nil until it is asked for.
    private var boxes: [(joint: Int, box: Bounds)]?

    public init(_ geometry: MeshGeometry) {
        self.geometry = geometry
        bounds = geometry.bounds
        jointCount = geometry.joints.reduce(0) { max($0, Int($1.max()) + 1) }
        var moves = [Bool](repeating: false, count: jointCount)
        for (joints, weights) in zip(geometry.joints, geometry.weights) {
            for k in 0..<4 where weights[k] > 0 { moves[Int(joints[k])] = true }
        }
        joints = moves.indices.filter { moves[$0] }
        positions = geometry.positions
        normals = geometry.normals
        tangents = geometry.tangents
        morphed = [Float](repeating: 0, count: geometry.morphs.count)
    }

    /// Whether these weights and matrices would change the last result.
    public func needsUpdate(weights: [Float], palette: [Matrix4]) -> Bool {
        isFresh || differs(weights) || (geometry.isSkinned && differs(palette))
    }

    /// Writes every vertex to `vertices` (and `tangents`, where the geometry has them), unless nothing changed.
    ///
    /// Missing weights count as 0, joints past the end of `palette` as the identity.
    /// - Parameter palette: world matrix times inverse bind matrix for each joint; unused without a skin.
    /// - Returns: whether anything was written.
    @discardableResult
    public mutating func deform(
        weights: [Float], palette: [Matrix4], into vertices: UnsafeMutableBufferPointer<DeformedVertex>,
        tangents out: UnsafeMutableBufferPointer<SIMD4<Float>>? = nil
    ) -> Bool {
        guard needsUpdate(weights: weights, palette: palette) else { return false }
        precondition(vertices.count >= geometry.vertexCount)
        isFresh = false
        morph(weights)
        if geometry.isSkinned {
            self.palette = palette
            skin(into: vertices, tangents: out)
        } else {
            copy(into: vertices, tangents: out)
        }
        return true
    }

    /// A box around all vertices in a pose, found without bringing them to it: larger than need be, since a vertex lies between
    /// the places that its joints would give it.
    ///
    /// Missing weights count as 0, joints past the end of `palette` as the identity.
    /// - Returns: nil for geometry without a skin, or that these weights morph.
    public mutating func reach(weights: [Float], palette: [Matrix4]) -> Bounds? {
        guard geometry.isSkinned, !geometry.isMorphed || weights.allSatisfy({ $0 == 0 }) else { return nil }
        let known = boxes ?? jointBoxes()
        boxes = known
        var out = Bounds()
        for (joint, box) in known {
            out.add(joint < palette.count ? box.transformed(by: palette[joint]) : box)
        }
        return out
    }

    private func jointBoxes() -> [(joint: Int, box: Bounds)] {
        var all = [Bounds](repeating: Bounds(), count: jointCount)
        for (v, p) in geometry.positions.enumerated() {
            for k in 0..<4 where geometry.weights[v][k] > 0 {
                all[Int(geometry.joints[v][k])].add(SIMD3(p.x, p.y, p.z))
            }
        }
        return all.enumerated().filter { !$0.element.isEmpty }.map { (joint: $0.offset, box: $0.element) }
    }

    private func differs(_ weights: [Float]) -> Bool {
        for i in morphed.indices where morphed[i] != (i < weights.count ? weights[i] : 0) { return true }
        return false
    }

    private func differs(_ palette: [Matrix4]) -> Bool {
        if palette.count != self.palette.count { return true }
        return joints.contains { $0 < palette.count && palette[$0] != self.palette[$0] }
    }

    private mutating func morph(_ weights: [Float]) {
        guard differs(weights) else { return }
        for (i, delta) in geometry.morphs.enumerated() where morphed[i] != 0 { restore(delta) }
        for (i, delta) in geometry.morphs.enumerated() {
            let weight = i < weights.count && weights[i].isFinite ? weights[i] : 0
            morphed[i] = i < weights.count ? weights[i] : 0
            if weight != 0 { add(delta, weight) }
        }
    }

    private mutating func restore(_ delta: MorphDelta) {
        geometry.positions.withUnsafeBufferPointer { base in
            for v in delta.vertices { positions[Int(v)] = base[Int(v)] }
        }
        if !delta.normals.isEmpty { for v in delta.vertices { normals[Int(v)] = geometry.normals[Int(v)] } }
        if !delta.tangents.isEmpty {
            for v in delta.vertices { tangents[Int(v)] = geometry.tangents[Int(v)] }
        }
    }

    private mutating func add(_ delta: MorphDelta, _ weight: Float) {
        func accumulate(_ array: inout [SIMD4<Float>], _ differences: [SIMD4<Float>]) {
            guard !differences.isEmpty else { return }
            array.withUnsafeMutableBufferPointer { out in
                delta.vertices.withUnsafeBufferPointer { vertices in
                    differences.withUnsafeBufferPointer { d in
                        for k in 0..<vertices.count { out[Int(vertices[k])] += d[k] * weight }
                    }
                }
            }
        }
        accumulate(&positions, delta.positions)
        accumulate(&normals, delta.normals)
        accumulate(&tangents, delta.tangents)
    }

    private mutating func copy(
        into vertices: UnsafeMutableBufferPointer<DeformedVertex>,
        tangents out: UnsafeMutableBufferPointer<SIMD4<Float>>?
    ) {
        var box = BoundsAccumulator()
        let hasNormals = !normals.isEmpty
        for i in 0..<positions.count {
            let p = positions[i]
            box.add(p)
            vertices[i] = DeformedVertex(position: p, normal: hasNormals ? normals[i] : .zero)
        }
        if let out { for i in 0..<tangents.count { out[i] = tangents[i] } }
        bounds = box.bounds
    }

    private mutating func skin(
        into vertices: UnsafeMutableBufferPointer<DeformedVertex>,
        tangents out: UnsafeMutableBufferPointer<SIMD4<Float>>?
    ) {
        let matrices = Skinning.padded(palette, to: jointCount)
        var box = BoundsAccumulator()
        let count = positions.count
        let tangentOutput = tangents.isEmpty ? nil : out
        matrices.withUnsafeBufferPointer { m in
            geometry.joints.withUnsafeBufferPointer { joints in
                geometry.weights.withUnsafeBufferPointer { weights in
                    positions.withUnsafeBufferPointer { p in
                        for i in 0..<count {
                            let blended = Skinning.blend(m, joints[i], weights[i])
                            let position = blended.point(p[i])
                            box.add(position)
                            let normal = normals.isEmpty ? .zero : blended.direction(normals[i])
                            vertices[i] = DeformedVertex(position: position, normal: normal)
                            if let tangentOutput {
                                var t = blended.direction(tangents[i])
                                t.w = tangents[i].w
                                tangentOutput[i] = t
                            }
                        }
                    }
                }
            }
        }
        bounds = box.bounds
    }
}

/// `Bounds` over four-vectors, for the inner loops.
private struct BoundsAccumulator {
    private var low = SIMD4<Float>(repeating: .infinity)
    private var high = SIMD4<Float>(repeating: -.infinity)

    @inline(__always) mutating func add(_ p: SIMD4<Float>) {
        low.replace(with: p, where: p .< low)
        high.replace(with: p, where: p .> high)
    }

    var bounds: Bounds {
        Bounds(low: SIMD3(low.x, low.y, low.z), high: SIMD3(high.x, high.y, high.z))
    }
}

extension Matrix4 {
    @inline(__always) fileprivate func point(_ p: SIMD4<Float>) -> SIMD4<Float> {
        let xy = columns.0 * p.x + columns.1 * p.y
        return xy + (columns.2 * p.z + columns.3)
    }

    @inline(__always) fileprivate func direction(_ p: SIMD4<Float>) -> SIMD4<Float> {
        columns.0 * p.x + columns.1 * p.y + columns.2 * p.z
    }
}

extension MeshDeformer {
    /// Where a vertex is in the last result: world space for skinned geometry, mesh space for the rest.
    public func position(of vertex: Int) -> SIMD3<Float> {
        let p = positions[vertex]
        guard geometry.isSkinned else { return SIMD3(p.x, p.y, p.z) }
        let place = SIMD3(p.x, p.y, p.z)
        var sum = SIMD3<Float>.zero
        for k in 0..<4 where geometry.weights[vertex][k] > 0 {
            let joint = Int(geometry.joints[vertex][k])
            let moved = joint < palette.count ? palette[joint].transformPoint(place) : place
            sum += moved * geometry.weights[vertex][k]
        }
        return sum
    }
}

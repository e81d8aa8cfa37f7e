import AvatariumCore
import GLTF

/// The joints that move each vertex of a primitive and how much: the four strongest of however many the file gives,
/// their weights made to sum to 1.
///
/// The rig measures and the renderer draws with the same influences and the same palette.
public struct VertexInfluences: Sendable {
    /// Indices into the skin's joints, one quadruple per vertex.
    public private(set) var joints: [SIMD4<UInt16>] = []
    /// One quadruple per vertex; a joint that does not count has weight 0.
    public private(set) var weights: [SIMD4<Float>] = []

    /// A set of joints or weights that has another number of elements than the primitive has vertices.
    struct Mismatch: Error { var set: Int }

    /// glTF leaves the number of sets open; more than these are not looked at.
    private static let setLimit = 4

    /// Returns nil for a primitive without joints.
    ///
    /// Weights that are all 0, which the specification forbids, leave a vertex with the first joint that it names, as in
    /// three.js.
    /// - Throws: `Mismatch`.
    init?(document: Document, primitive: Primitive, vertexCount count: Int) throws(Mismatch) {
        var sets: [(joints: [UInt32], weights: [Float])] = []
        for n in 0..<Self.setLimit {
            guard let j = primitive.attributes["JOINTS_\(n)"], let w = primitive.attributes["WEIGHTS_\(n)"],
                document.accessors.indices.contains(j), document.accessors.indices.contains(w)
            else { break }
            let joints = document.accessors[j].integers()
            let weights = document.accessors[w].floats()
            guard joints.count == count * 4, weights.count == count * 4 else { throw Mismatch(set: n) }
            sets.append((joints, weights))
        }
        guard !sets.isEmpty else { return nil }
        joints.reserveCapacity(count)
        weights.reserveCapacity(count)
        for v in 0..<count {
            var influences = sets.flatMap { set in
                (0..<4).map { (joint: set.joints[v * 4 + $0], weight: max(0, set.weights[v * 4 + $0])) }
            }
            if sets.count > 1 { influences.sort { $0.weight > $1.weight } }
            var joint = SIMD4<UInt16>.zero
            var weight = SIMD4<Float>.zero
            for k in 0..<4 where influences[k].weight > 0 {
                joint[k] = UInt16(truncatingIfNeeded: influences[k].joint)
                weight[k] = influences[k].weight
            }
            let sum = weight.sum()
            if sum > 0 {
                weight /= sum
            } else {
                joint.x = UInt16(truncatingIfNeeded: sets[0].joints[v * 4])
                weight.x = 1
            }
            joints.append(joint)
            weights.append(weight)
        }
    }

    /// For each vertex the matrix that takes it from the mesh's space to the world; joints past the end of the palette
    /// count as the identity.
    public func matrices(palette: [Matrix4]) -> [Matrix4] {
        Skinning.padded(palette, for: joints).withUnsafeBufferPointer { palette in
            zip(joints, weights).map { Skinning.blend(palette, $0, $1) }
        }
    }
}

extension Skin {
    /// Returns for each joint the matrix that takes a vertex at rest to the world.
    /// - Parameter world: The world matrix of every node.
    public func palette(_ world: [Matrix4]) -> [Matrix4] {
        joints.enumerated().map { i, joint in
            let matrix = joint < world.count ? world[joint] : .identity
            return i < inverseBindMatrices.count ? matrix * inverseBindMatrices[i] : matrix
        }
    }
}

/// Linear blend skinning (glTF 2.0, section 3.7.3).
enum Skinning {
    /// The palette with identities for the joints that vertices name past its end.
    static func padded(_ palette: [Matrix4], for joints: [SIMD4<UInt16>]) -> [Matrix4] {
        padded(palette, to: joints.reduce(0) { max($0, Int($1.max()) + 1) })
    }

    static func padded(_ palette: [Matrix4], to count: Int) -> [Matrix4] {
        palette.count >= count
            ? palette : palette + Array(repeating: .identity, count: count - palette.count)
    }

    @inline(__always)
    static func blend(
        _ m: UnsafeBufferPointer<Matrix4>, _ j: SIMD4<UInt16>, _ w: SIMD4<Float>
    ) -> Matrix4 {
        let a = m[Int(j.x)]
        if w.x == 1 { return a }
        let b = m[Int(j.y)]
        var c0 = a.columns.0 * w.x + b.columns.0 * w.y
        var c1 = a.columns.1 * w.x + b.columns.1 * w.y
        var c2 = a.columns.2 * w.x + b.columns.2 * w.y
        var c3 = a.columns.3 * w.x + b.columns.3 * w.y
        if w.z != 0 || w.w != 0 {
            let c = m[Int(j.z)]
            let d = m[Int(j.w)]
            c0 += c.columns.0 * w.z + d.columns.0 * w.w
            c1 += c.columns.1 * w.z + d.columns.1 * w.w
            c2 += c.columns.2 * w.z + d.columns.2 * w.w
            c3 += c.columns.3 * w.z + d.columns.3 * w.w
        }
        return Matrix4(c0, c1, c2, c3)
    }
}

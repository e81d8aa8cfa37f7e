import AvatariumCore
import CTriangles

/// Triangles among which rays are cast, to find how much of the surroundings a point of a surface sees.
///
/// Read by many threads at once, moved by one: a tree is moved only by whoever holds it alone.
package final class TriangleTree: @unchecked Sendable {
    private let tree: OpaquePointer
    private let vertexCount: Int

    /// - Parameters:
    ///   - positions: Of all vertices.
    ///   - indices: Three for each triangle. Triangles with a corner that is not a vertex, or is not finite, are left out.
    /// - Returns: nil where memory is short.
    package init?(positions: [SIMD4<Float>], indices: [UInt32]) {
        vertexCount = positions.count
        var whole = indices
        if indices.count % 3 != 0 || indices.contains(where: { $0 >= positions.count }) {
            whole = stride(from: 0, to: indices.count - 2, by: 3).flatMap { i -> ArraySlice<UInt32> in
                let corners = indices[i..<i + 3]
                return corners.allSatisfy { $0 < positions.count } ? corners : []
            }
        }
        let made = positions.withUnsafeBytes {
            avatarium_triangles_make(
                $0.baseAddress?.assumingMemoryBound(to: Float.self), whole, whole.count / 3)
        }
        guard let made else { return nil }
        tree = made
    }

    deinit { avatarium_triangles_free(tree) }

    /// Moves the triangles with their vertices.
    package func move(to positions: [SIMD4<Float>]) {
        precondition(positions.count == vertexCount)
        positions.withUnsafeBytes {
            avatarium_triangles_move(tree, $0.baseAddress?.assumingMemoryBound(to: Float.self))
        }
    }

    /// Rays from a point, a multiple of eight of them.
    package struct Rays: Sendable {
        let directions: [SIMD3<Float>]
        let areAroundNormal: Bool

        /// Spread over the half space before a surface so that each stands for as much of the light that a matt surface
        /// gathers (a Fibonacci lattice, by the cosine).
        package static func hemisphere(_ count: Int) -> Rays {
            let turn = Float.pi * (3 - Float(5).squareRoot())
            let all = (0..<max(8, count / 8 * 8)).map { i -> SIMD3<Float> in
                let r2 = (Float(i) + 0.5) / Float(max(8, count / 8 * 8))
                let r = r2.squareRoot()
                return SIMD3(r * cosine(turn * Float(i)), r * sine(turn * Float(i)), (1 - r2).squareRoot())
            }
            return Rays(directions: all, areAroundNormal: true)
        }

        /// Towards a broad light: eight directions in a cone, half of whose angle has this tangent.
        package static func cone(_ axis: SIMD3<Float>, spread: Float) -> Rays {
            let side = normalize(cross(axis, abs(axis.y) < 0.9 ? SIMD3(0, 1, 0) : SIMD3(1, 0, 0)))
            let other = cross(side, axis)
            let all = (0..<8).map { i -> SIMD3<Float> in
                let angle = Float(i) * 2.4
                let r = spread * ((Float(i) + 0.5) / 8).squareRoot()
                return normalize(axis + side * (r * cosine(angle)) + other * (r * sine(angle)))
            }
            return Rays(directions: all, areAroundNormal: false)
        }
    }

    /// How far rays from each point get, as a share of `reach`, averaged over the rays: 1 where nothing is near.
    /// - Parameters:
    ///   - normals: Of unit length.
    ///   - start: How far above the surface rays begin.
    package func openness(
        _ points: ArraySlice<SIMD4<Float>>, _ normals: ArraySlice<SIMD4<Float>>, _ rays: Rays, start: Float,
        reach: Float
    ) -> [Float] {
        precondition(points.count == normals.count)
        let directions = rays.directions.flatMap { [$0.x, $0.y, $0.z] }
        return [Float](unsafeUninitializedCapacity: points.count) { out, count in
            points.withUnsafeBytes { p in
                normals.withUnsafeBytes { n in
                    avatarium_triangles_openness(
                        tree, p.baseAddress?.assumingMemoryBound(to: Float.self),
                        n.baseAddress?.assumingMemoryBound(to: Float.self), points.count, directions,
                        Int32(rays.directions.count), rays.areAroundNormal ? 1 : 0, start, reach,
                        out.baseAddress)
                }
            }
            count = points.count
        }
    }
}

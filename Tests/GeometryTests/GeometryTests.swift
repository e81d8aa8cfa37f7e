import AvatariumCore
import GLTF
import Geometry
import Testing

struct GeometryTests {
    private let square: [SIMD3<Float>] = [
        SIMD3(0, 0, 0), SIMD3(1, 0, 0), SIMD3(1, 1, 0), SIMD3(0, 1, 0),
    ]

    @Test func triangulatesStripsFansAndDropsIncompleteTriangles() throws {
        func indices(_ mode: Primitive.Mode, _ order: [UInt32]) throws -> [UInt32] {
            var sample = GLTFSample(square)
            sample.primitive.attributes["NORMAL"] = sample.floats(
                (0..<4).flatMap { _ -> [Float] in [0, 0, 1] }, .vec3)
            sample.primitive.mode = mode
            sample.primitive.indices = sample.indices(order)
            return try MeshGeometry(document: sample.document, mesh: 0, primitive: 0).indices
        }
        #expect(try indices(.triangleStrip, [0, 1, 3, 2]) == [0, 1, 3, 1, 2, 3])
        #expect(try indices(.triangleFan, [0, 1, 2, 3]) == [1, 2, 0, 2, 3, 0])
        #expect(try indices(.triangles, [0, 1, 2, 3]) == [0, 1, 2])
        #expect(try indices(.lineLoop, [0, 1, 2]) == [0, 1, 1, 2, 2, 0])
    }

    @Test func givesFlatNormalsWhereTheFileHasNone() throws {
        var sample = GLTFSample(square)
        sample.primitive.indices = sample.indices([0, 1, 2, 0, 2, 3])
        let geometry = try MeshGeometry(document: sample.document, mesh: 0, primitive: 0)
        #expect(geometry.vertexCount == 6)
        #expect(geometry.normals.allSatisfy { $0 == SIMD4(0, 0, 1, 0) })
        #expect(geometry.bounds == Bounds(low: SIMD3(0, 0, 0), high: SIMD3(1, 1, 0)))
    }

    @Test func makesTangentsAlongGrowingU() throws {
        var sample = GLTFSample(square)
        sample.primitive.indices = sample.indices([0, 1, 2, 0, 2, 3])
        sample.primitive.attributes["TEXCOORD_0"] = sample.floats([0, 1, 1, 1, 1, 0, 0, 0], .vec2)
        let geometry = try MeshGeometry(
            document: sample.document, mesh: 0, primitive: 0, tangentSet: 0)
        #expect(geometry.tangents.count == 6)
        for t in geometry.tangents {
            #expect(abs(t.x - 1) < 1e-5 && abs(t.y) < 1e-5 && abs(t.z) < 1e-5)
            // The bitangent, cross(normal, tangent) * w, is up, where v falls.
            #expect(t.w == 1)
        }
    }

    @Test func `tangents lie along the coordinates that the normal map uses`() throws {
        var sample = GLTFSample(square)
        sample.primitive.indices = sample.indices([0, 1, 2, 0, 2, 3])
        sample.primitive.attributes["TEXCOORD_0"] = sample.floats([0, 1, 1, 1, 1, 0, 0, 0], .vec2)
        // A quarter turn: u grows upwards.
        sample.primitive.attributes["TEXCOORD_1"] = sample.floats([0, 0, 0, 1, 1, 1, 1, 0], .vec2)
        let geometry = try MeshGeometry(document: sample.document, mesh: 0, primitive: 0, tangentSet: 1)
        for t in geometry.tangents { #expect(abs(t.x) < 1e-5 && abs(t.y - 1) < 1e-5) }
        let none = try MeshGeometry(document: sample.document, mesh: 0, primitive: 0)
        #expect(none.tangents.isEmpty)
    }

    @Test func refusesAnIndexPastTheVertices() throws {
        var sample = GLTFSample(square)
        sample.primitive.indices = sample.indices([0, 1, 4])
        let error = #expect(throws: AvatariumError.self) {
            try MeshGeometry(document: sample.document, mesh: 0, primitive: 0)
        }
        #expect(error?.code == .avatarModelInvalid)
        #expect(error?.context["rule"] == "ACCESSOR_INDEX_OOB")
    }

    @Test func refusesAttributesOfDifferentLengths() throws {
        var sample = GLTFSample(square)
        sample.primitive.attributes["NORMAL"] = sample.floats([0, 0, 1], .vec3)
        #expect(throws: AvatariumError.self) {
            try MeshGeometry(document: sample.document, mesh: 0, primitive: 0)
        }
    }

    /// A grid of squares whose right half is bent: every second column of normals there leans the other way.
    private func bentGrid(_ n: Int) throws -> MeshGeometry {
        var positions: [SIMD3<Float>] = []
        var normals: [Float] = []
        for y in 0...n {
            for x in 0...n {
                positions.append(SIMD3(Float(x), Float(y), 0) / Float(n))
                normals += x > n / 2 ? [x % 2 == 0 ? 0.8 : -0.8, 0, 0.6] : [0, 0, 1]
            }
        }
        var order: [UInt32] = []
        for y in 0..<n {
            for x in 0..<n {
                let a = UInt32(y * (n + 1) + x)
                let d = a + UInt32(n) + 1
                order += [a, a + 1, d + 1, a, d + 1, d]
            }
        }
        var sample = GLTFSample(positions)
        sample.primitive.attributes["NORMAL"] = sample.floats(normals, .vec3)
        sample.primitive.indices = sample.indices(order)
        return try MeshGeometry(document: sample.document, mesh: 0, primitive: 0)
    }

    /// The triangles, each from its lowest index on, so that only winding and membership count.
    private func triangles(_ indices: some Collection<UInt32>) -> [[UInt32]] {
        let all = Array(indices)
        let turned = stride(from: 0, to: all.count, by: 3).map { i -> [UInt32] in
            let t = Array(all[i..<i + 3])
            let first = t.firstIndex(of: t.min() ?? 0) ?? 0
            return (0..<3).map { t[(first + $0) % 3] }
        }
        return turned.sorted { $0.lexicographicallyPrecedes($1) }
    }

    @Test func trianglesOfLittleVariationComeFirstInTheirOrder() throws {
        let before = try bentGrid(20)
        var after = before
        let steady = after.partitionByNormalVariation(cosine: 0.85, edge: 0.4)
        // Ten columns of flat squares of 20; two triangles each.
        #expect(steady == 10 * 20 * 2 * 3)
        #expect(triangles(after.indices) == triangles(before.indices))
        let flat = before.indices.indices.filter { $0 % 3 == 0 }.filter { i in
            before.indices[i..<i + 3].allSatisfy { before.normals[Int($0)].z == 1 }
        }
        #expect(Array(after.indices[..<steady]) == flat.flatMap { before.indices[$0..<$0 + 3] })
        // No edge is short enough.
        var coarse = before
        #expect(coarse.partitionByNormalVariation(cosine: 0.85, edge: 0.05) == 0)
        #expect(coarse.indices == before.indices)
    }

    @Test func theOrderForDrawingKeepsEveryTriangleAndItsWinding() throws {
        let before = try bentGrid(20)
        var after = before
        after.orderForDrawing(600..<1800)
        #expect(after.indices != before.indices)
        #expect(after.indices[..<600] == before.indices[..<600])
        #expect(after.indices[1800...] == before.indices[1800...])
        #expect(triangles(after.indices[600..<1800]) == triangles(before.indices[600..<1800]))
        var again = before
        again.orderForDrawing(600..<1800)
        #expect(again.indices == after.indices)
    }
}

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
            document: sample.document, mesh: 0, primitive: 0, needsTangents: true)
        #expect(geometry.tangents.count == 6)
        for t in geometry.tangents {
            #expect(abs(t.x - 1) < 1e-5 && abs(t.y) < 1e-5 && abs(t.z) < 1e-5)
            // The bitangent, cross(normal, tangent) * w, is up, where v falls.
            #expect(t.w == 1)
        }
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
}

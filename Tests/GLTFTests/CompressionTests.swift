import AvatariumCore
import CMeshopt
import Foundation
import GLTF
import Testing

/// EXT_meshopt_compression and KHR_draco_mesh_compression.
struct CompressionTests {
    @Test func readsMeshoptVerticesAndTriangles() throws {
        let positions: [Float] = [0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0]
        let indices: [UInt32] = [0, 1, 2, 0, 2, 3]
        var builder = GLBBuilder()
        let packed = Meshopt.vertices(positions, stride: 12)
        let triangles = Meshopt.triangles(indices, vertexCount: 4)
        let vertexView = builder.addMeshopt(packed, count: 4, stride: 12, mode: "ATTRIBUTES")
        let indexView = builder.addMeshopt(triangles, count: 6, stride: 4, mode: "TRIANGLES")
        addQuad(&builder, vertexView, indexView)
        let document = try Loader().load(bytes: builder.build(), name: "quad.glb")
        #expect(document.accessors[0].floats() == positions)
        // The codec keeps each triangle's winding, not where it starts.
        let read = document.accessors[1].integers()
        #expect(Set(read[0..<3]) == [0, 1, 2])
        #expect(Set(read[3..<6]) == [0, 2, 3])
    }

    @Test func appliesMeshoptFilters() throws {
        var builder = GLBBuilder()
        // Exponential: eight bits of exponent over 24 of mantissa; 3 * 2^-1 and -5 * 2^2.
        let floats: [UInt32] = [0xFF00_0003, 0x02FF_FFFB, 0, 0, 0, 0, 0, 0]
        let exponential = builder.addMeshopt(
            Meshopt.vertices(floats, stride: 8), count: 4, stride: 8, mode: "ATTRIBUTES",
            filter: "EXPONENTIAL")
        // Octahedral: x and y of the octahedron over a one of the same scale; this is +Z.
        let normals: [Int8] = [0, 0, 127, 0, 0, 0, 127, 0, 0, 0, 127, 0, 0, 0, 127, 0]
        let octahedral = builder.addMeshopt(
            Meshopt.vertices(normals, stride: 4), count: 4, stride: 4, mode: "ATTRIBUTES",
            filter: "OCTAHEDRAL")
        builder.add(
            "accessors",
            #"{"bufferView": \#(exponential), "componentType": 5126, "count": 4, "type": "VEC2"}"#)
        builder.add(
            "accessors",
            #"{"bufferView": \#(octahedral), "componentType": 5120, "normalized": true, "count": 4, "#
                + #""type": "VEC4"}"#)
        let document = try Loader().load(bytes: builder.build(), name: "filters.glb")
        #expect(document.accessors[0].floats().prefix(2) == [1.5, -20])
        #expect(document.accessors[1].floats().prefix(3) == [0, 0, 1])
    }

    @Test func refusesDamagedMeshoptData() {
        for damage in [[UInt8](repeating: 0xA7, count: 40), [0xA0], Array("nonsense".utf8)] {
            var builder = GLBBuilder()
            let view = builder.addMeshopt(damage, count: 4, stride: 12, mode: "ATTRIBUTES")
            builder.add(
                "accessors", #"{"bufferView": \#(view), "componentType": 5126, "count": 4, "type": "VEC3"}"#)
            builder.add("meshes", #"{"primitives": [{"attributes": {"POSITION": 0}}]}"#)
            builder.add("nodes", #"{"mesh": 0}"#)
            let error = #expect(throws: AvatariumError.self) {
                try Loader().load(bytes: builder.build(), name: "damaged.glb")
            }
            #expect(error?.context["rule"] == "MESHOPT_DATA_INVALID")
        }
    }

    @Test(arguments: [DracoFixture.edgebreaker, DracoFixture.sequential])
    func readsDracoMeshes(_ data: [UInt8]) throws {
        let document = try Loader().load(bytes: DracoFixture.model(data).build(), name: "quad.glb")
        let positions = document.accessors[0].floats()
        let indices = document.accessors[1].integers()
        #expect(indices.count == 6)
        // Two triangles that make the unit square, whatever order the encoder left.
        var area: Float = 0
        for t in stride(from: 0, to: 6, by: 3) {
            let p = indices[t..<t + 3].map { SIMD2(positions[Int($0) * 3], positions[Int($0) * 3 + 1]) }
            let (a, b) = (p[1] - p[0], p[2] - p[0])
            area += (a.x * b.y - a.y * b.x) / 2
        }
        #expect(abs(area - 1) < 0.002)
    }

    @Test func refusesTruncatedDracoMeshes() {
        for n in 0..<DracoFixture.edgebreaker.count - 8 {
            #expect(throws: AvatariumError.self) {
                try Loader().load(
                    bytes: DracoFixture.model(Array(DracoFixture.edgebreaker[..<n])).build(), name: "cut.glb")
            }
        }
    }

    /// Found by fuzzing: a few bytes with a count, deep in the stream, that made libdraco ask for gigabytes.
    @Test func refusesDracoMeshesWhoseCountsLie() {
        var lie = DracoFixture.edgebreaker
        lie.replaceSubrange(112..<116, with: [0xFF, 0xFF, 0xFF, 0x3F])
        let error = #expect(throws: AvatariumError.self) {
            try Loader().load(bytes: DracoFixture.model(lie).build(), name: "lie.glb")
        }
        #expect(error?.context["rule"] == "DRACO_DATA_INVALID")
        #expect(error?.message.contains("memory") ?? false)
    }

    @Test func refusesDracoMeshesThatNeedTooMuchMemory() {
        var loader = Loader()
        loader.limits.dracoBytes = 1000
        let error = #expect(throws: AvatariumError.self) {
            try loader.load(bytes: DracoFixture.model(DracoFixture.edgebreaker).build(), name: "small.glb")
        }
        #expect(error?.context["rule"] == "DRACO_DATA_INVALID")
        #expect(error?.message.contains("memory") ?? false)
    }

    private func addQuad(_ builder: inout GLBBuilder, _ vertexView: Int, _ indexView: Int) {
        builder.add(
            "accessors",
            #"{"bufferView": \#(vertexView), "componentType": 5126, "count": 4, "type": "VEC3", "#
                + #""min": [0, 0, 0], "max": [1, 1, 0]}"#)
        builder.add(
            "accessors",
            #"{"bufferView": \#(indexView), "componentType": 5125, "count": 6, "type": "SCALAR"}"#)
        builder.add("meshes", #"{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}"#)
        builder.add("nodes", #"{"mesh": 0}"#)
    }
}

/// meshoptimizer's encoders.
enum Meshopt {
    static func vertices<T>(_ values: [T], stride: Int) -> [UInt8] {
        values.withUnsafeBytes { raw in
            let count = raw.count / stride
            return [UInt8](unsafeUninitializedCapacity: meshopt_encodeVertexBufferBound(count, stride)) {
                out, size in
                size = meshopt_encodeVertexBuffer(out.baseAddress, out.count, raw.baseAddress, count, stride)
            }
        }
    }

    static func triangles(_ indices: [UInt32], vertexCount: Int) -> [UInt8] {
        let bound = meshopt_encodeIndexBufferBound(indices.count, vertexCount)
        return [UInt8](unsafeUninitializedCapacity: bound) { out, size in
            size = meshopt_encodeIndexBuffer(out.baseAddress, out.count, indices, indices.count)
        }
    }
}

extension GLBBuilder {
    /// A buffer view in the fallback buffer, which has no bytes, whose data is compressed.
    mutating func addMeshopt(
        _ data: [UInt8], count: Int, stride: Int, mode: String, filter: String = "NONE"
    ) -> Int {
        if members.isEmpty {
            members = [
                #""extensionsUsed": ["EXT_meshopt_compression"]"#,
                #""extensionsRequired": ["EXT_meshopt_compression"]"#,
            ]
        }
        let source = addBytes(data)
        fallbackLength = max(fallbackLength, count * stride)
        return add(
            "bufferViews",
            #"{"buffer": 1, "byteLength": \#(count * stride), "extensions": {"#
                + #""EXT_meshopt_compression": {"buffer": 0, "byteOffset": \#(source), "#
                + #""byteLength": \#(data.count), "byteStride": \#(stride), "count": \#(count), "#
                + #""mode": "\#(mode)", "filter": "\#(filter)"}}}"#)
    }
}

enum DracoFixture {
    /// A unit square of two triangles with texture coordinates and normals, by Draco 1.5's encoder.
    static let edgebreaker = decode(
        """
        RFJBQ08CAgEBAAAABAICAgAAAR//ARH/ARH/ARED/wAAAAAAAQAAAQAJAwAAAgEDCQIAAQIBAQkDAAIDAQEBAAMDATABEAMA
        KIKYAAAAAAD/BwAAAAAAAAAAAAAAAAAAAACAPwsFAQEAAgMBQAEADAIAAACAAoBwAAAAAP8DAAAAAAAAAAAAAAAAgD8KBgMB
        AQEBAUABAP8AAAB/AAAA/wJEQAg=
        """)
    static let sequential = decode(
        """
        RFJBQ08CAgEAAAACBAEAAQIAAgMBAwAJAwAAAwkCAAEBCQMAAgAAAAAAAAAAAAAAAAAAAAAAgD8AAAAAAAAAAAAAgD8AAIA/
        AAAAAAAAAAAAAIA/AAAAAAAAAAAAAAAAAACAPwAAAAAAAIA/AACAPwAAAAAAAIA/AAAAAAAAAAAAAIA/AAAAAAAAAAAAAIA/
        AAAAAAAAAAAAAIA/AAAAAAAAAAAAAIA/
        """)

    private static func decode(_ text: String) -> [UInt8] {
        [UInt8](Data(base64Encoded: text, options: .ignoreUnknownCharacters) ?? Data())
    }

    /// A model with that compressed mesh.
    static func model(_ data: [UInt8]) -> GLBBuilder {
        var builder = GLBBuilder()
        builder.members = [
            #""extensionsUsed": ["KHR_draco_mesh_compression"]"#,
            #""extensionsRequired": ["KHR_draco_mesh_compression"]"#,
        ]
        let view = builder.addView(data.isEmpty ? [0] : data)
        builder.add(
            "accessors",
            #"{"componentType": 5126, "count": 4, "type": "VEC3", "min": [0, 0, 0], "max": [1, 1, 0]}"#)
        builder.add("accessors", #"{"componentType": 5123, "count": 6, "type": "SCALAR"}"#)
        builder.add(
            "meshes",
            #"{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "extensions": {"#
                + #""KHR_draco_mesh_compression": {"bufferView": \#(view), "attributes": {"POSITION": 0}}}}]}"#
        )
        builder.add("nodes", #"{"mesh": 0}"#)
        return builder
    }
}

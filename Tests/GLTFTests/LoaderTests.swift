import AvatariumCore
import GLTF
import Testing

struct LoaderTests {
    @Test func loadsATriangle() throws {
        let document = try load(.triangle())
        #expect(document.meshes.count == 1)
        #expect(document.sceneRoots == [0])
        #expect(document.accessors[0].floats() == [0, 0, 0, 1, 0, 0, 0, 1, 0])
        #expect(document.hasGeometry)
    }

    @Test func readsInterleavedPaddedAndSparseData() throws {
        var builder = GLBBuilder.triangle()
        // Two interleaved UNSIGNED_BYTE VEC3 normalised colours at a stride of 4.
        let colors = builder.addView([255, 0, 0, 9, 0, 255, 51, 9], #", "byteStride": 4"#)
        builder.add(
            "accessors",
            #"{"bufferView": \#(colors), "componentType": 5121, "normalized": true, "count": 2, "type": "VEC3"}"#
        )
        // A MAT2 of bytes: each column of two is padded to four.
        let matrix = builder.addView([1, 2, 0, 0, 3, 4, 0, 0])
        builder.add(
            "accessors", #"{"bufferView": \#(matrix), "componentType": 5121, "count": 1, "type": "MAT2"}"#)
        // Zeros, the second of three elements replaced.
        let places = builder.addView([1])
        let values = builder.addView(builder.bytes(of: [Float(7.5)]))
        builder.add(
            "accessors",
            #"{"componentType": 5126, "count": 3, "type": "SCALAR", "sparse": {"count": 1, "#
                + #""indices": {"bufferView": \#(places), "componentType": 5121}, "#
                + #""values": {"bufferView": \#(values)}}}"#)
        let document = try load(builder)
        #expect(document.accessors[1].floats() == [1, 0, 0, 0, 1, 0.2])
        #expect(document.accessors[2].integers() == [1, 2, 3, 4])
        #expect(document.accessors[3].floats() == [0, 7.5, 0])
    }

    @Test func namesTheCodeAndPointerOfWhatIsWrong() {
        var builder = GLBBuilder.triangle()
        builder.add("nodes", #"{"children": [1]}"#)
        expect(builder, fails: "NODE_LOOP", at: "/nodes/1")
        expect(
            .triangle(primitive: #", "material": 3"#), fails: "UNRESOLVED_REFERENCE",
            at: "/meshes/0/primitives/0/material")
    }

    @Test func refusesIndicesPastTheVertices() {
        var indices = 0
        var builder = GLBBuilder()
        let positions = builder.addFloats([0, 0, 0, 1, 0, 0, 0, 1, 0], type: "VEC3", components: 3)
        indices = builder.addIndices([0, 1, 3])
        builder.add(
            "meshes",
            #"{"primitives": [{"attributes": {"POSITION": \#(positions)}, "indices": \#(indices)}]}"#)
        builder.add("nodes", #"{"mesh": 0}"#)
        expect(builder, fails: "ACCESSOR_INDEX_OOB", at: "/meshes/0/primitives/0/indices")
    }

    @Test func refusesUnknownRequiredExtensions() {
        var builder = GLBBuilder.triangle()
        builder.members = [
            #""extensionsUsed": ["KHR_lights_punctual", "ACME_x"]"#,
            #""extensionsRequired": ["KHR_lights_punctual", "ACME_x"]"#,
        ]
        expect(builder, fails: "UNSUPPORTED_EXTENSION", at: "/extensionsRequired/1")
    }

    @Test func saysWhereJSONBreaks() {
        let error = #expect(throws: AvatariumError.self) {
            try Loader().load(bytes: Array("{\n\"asset\": }".utf8), name: "x")
        }
        #expect(error?.code == .avatarModelInvalid)
        #expect(error?.context["rule"] == "INVALID_JSON")
        #expect(error?.context["line"] == "2")
        #expect(error?.context["column"] == "10")
    }

    @Test func readsNamesOfMorphTargets() throws {
        let document = try load(
            .triangle(
                primitive:
                    #", "targets": [{"POSITION": 0}, {"POSITION": 0}], "extras": {"targetNames": ["a", "b"]}"#
            ))
        #expect(document.meshes[0].targetNames == ["a", "b"])
        #expect(document.meshes[0].weights == [0, 0])
    }

    @Test func takesTheAccessorsNamesWhereTheTargetsHaveNone() throws {
        var builder = GLBBuilder()
        let positions = builder.addFloats([0, 0, 0, 1, 0, 0, 0, 1, 0], type: "VEC3", components: 3)
        let view = builder.addView([UInt8](repeating: 0, count: 36))
        builder.add(
            "accessors",
            #"{"bufferView": \#(view), "componentType": 5126, "count": 3, "type": "VEC3", "name": "jawOpen"}"#
        )
        builder.add(
            "meshes",
            #"{"primitives": [{"attributes": {"POSITION": \#(positions)}, "targets": [{"POSITION": 1}]}]}"#)
        #expect(try load(builder).meshes[0].targetNames == ["jawOpen"])
    }

    @Test func `key times that go back spoil their channel and not the model`() throws {
        var builder = GLBBuilder.triangle()
        let times = builder.addFloats([1, 0.5], type: "SCALAR", components: 1)
        let values = builder.addFloats([0, 0, 0, 1, 1, 1], type: "VEC3", components: 3)
        builder.add(
            "animations",
            #"{"samplers": [{"input": \#(times), "output": \#(values)}], "channels": [{"sampler": 0, "#
                + #""target": {"node": 0, "path": "translation"}}]}"#)
        let document = try load(builder)
        #expect(document.animations[0].channels.isEmpty)
        let defect = try #require(document.animations[0].defect)
        #expect(defect.code == "ACCESSOR_ANIMATION_INPUT_NON_INCREASING")
        #expect(defect.pointer == "/animations/0/samplers/0/input" && defect.severity == .warning)
        #expect(document.diagnostics.contains(defect))
        let error = #expect(throws: AvatariumError.self) {
            try document.animations[0].requirePlayable(path: "x.glb")
        }
        #expect(error?.context["rule"] == defect.code && error?.context["pointer"] == defect.pointer)
    }

    /// Two kilobytes once took eight gigabytes.
    @Test func countsAMeshAsOftenAsItIsDrawnAndItsTargets() throws {
        var nodes = GLBBuilder.triangle()
        for _ in 0..<9 { nodes.add("nodes", #"{"mesh": 0}"#) }
        var targets = GLBBuilder.triangle(
            primitive: ", \"targets\": [" + (0..<10).map { _ in #"{"POSITION": 0}"# }.joined(separator: ",")
                + "]")
        targets.add("nodes", "{}")
        var loader = Loader()
        loader.limits.vertices = 30
        loader.limits.morphVertices = 30
        for builder in [nodes, targets] { _ = try loader.load(bytes: builder.build(), name: "within.glb") }
        nodes.add("nodes", #"{"mesh": 0}"#)
        targets.add("nodes", #"{"mesh": 0}"#)
        for (builder, node) in [(nodes, 10), (targets, 2)] {
            let error = #expect(throws: AvatariumError.self) {
                try loader.load(bytes: builder.build(), name: "past.glb")
            }
            #expect(error?.code == .avatarModelInvalid)
            #expect(error?.context["pointer"] == "/nodes/\(node)/mesh")
        }
    }

    /// 61 kilobytes once took four gigabytes: every draw has buffers of its own.
    @Test func refusesMoreDrawsThanAHostCanHold() throws {
        var nodes = GLBBuilder.triangle()
        for _ in 0..<9 { nodes.add("nodes", #"{"mesh": 0}"#) }
        var loader = Loader()
        loader.limits.draws = 10
        _ = try loader.load(bytes: nodes.build(), name: "within.glb")
        nodes.add("nodes", #"{"mesh": 0}"#)
        let error = #expect(throws: AvatariumError.self) {
            try loader.load(bytes: nodes.build(), name: "past.glb")
        }
        #expect(error?.code == .avatarModelInvalid)
        #expect(error?.context["pointer"] == "/nodes/10/mesh")
    }

    @Test func saysThatAnAnimationOnlyFileHasNothingToDraw() throws {
        var builder = GLBBuilder()
        builder.add("nodes", "{}")
        let document = try load(builder)
        #expect(throws: AvatariumError.self) { try document.requireGeometry() }
    }

    @Test func refusesPositionsThatAreNotFinite() {
        var builder = GLBBuilder()
        let bits: [UInt32] = [0, 0, 0, 0x7FC0_0000, 0, 0, 0, 0x3F80_0000, 0]
        let view = builder.addView(
            bits.flatMap { b in (0..<4).map { UInt8(truncatingIfNeeded: b >> ($0 * 8)) } })
        builder.add(
            "accessors",
            #"{"bufferView": \#(view), "componentType": 5126, "count": 3, "type": "VEC3", "#
                + #""min": [0, 0, 0], "max": [0, 1, 0]}"#)
        builder.add("meshes", #"{"primitives": [{"attributes": {"POSITION": 0}}]}"#)
        builder.add("nodes", #"{"mesh": 0}"#)
        expect(builder, fails: "ACCESSOR_INVALID_FLOAT", at: "/accessors/0")
    }

    /// The head of a PNG of that size.
    private func image(_ width: Int, _ height: Int) -> [UInt8] {
        func big(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + big(13) + Array("IHDR".utf8) + big(width)
            + big(height) + [8, 6, 0, 0, 0] + big(0) + big(0) + Array("IDAT".utf8) + big(0)
    }

    @Test func everyLimitRefusesWhatPassesIt() throws {
        var builder = GLBBuilder.triangle()
        for size in [64, 128] {
            let view = builder.addView(image(size, 64))
            let index = builder.add("images", #"{"bufferView": \#(view), "mimeType": "image/png"}"#)
            builder.add("textures", #"{"source": \#(index)}"#)
        }
        let bytes = builder.build()
        _ = try Loader().load(bytes: bytes, name: "within.glb")
        let cases: [(String, (inout LoadLimits) -> Void)] = [
            ("ACCESSOR_TOO_LONG", { $0.totalBytes = 30 }), ("ACCESSOR_TOO_LONG", { $0.accessorElements = 2 }),
            ("ACCESSOR_TOO_LONG", { $0.vertices = 2 }), ("VALUE_NOT_IN_RANGE", { $0.nodes = 0 }),
            ("IMAGE_TOO_LARGE", { $0.imagePixels = 64 * 127 }),
            ("IMAGE_TOO_LARGE", { $0.totalImagePixels = 64 * 191 }), ("INVALID_JSON", { $0.jsonDepth = 3 }),
            ("INVALID_JSON", { $0.jsonValues = 10 }),
        ]
        for (rule, tighten) in cases {
            var loader = Loader()
            tighten(&loader.limits)
            let error = #expect(throws: AvatariumError.self) {
                try loader.load(bytes: bytes, name: "past.glb")
            }
            #expect(error?.code == .avatarModelInvalid)
            #expect(error?.context["rule"] == rule)
        }
    }

    @Test func stopsWhenItsTimeIsOver() {
        var loader = Loader()
        loader.limits.seconds = 0
        let error = #expect(throws: AvatariumError.self) {
            try loader.load(bytes: GLBBuilder.triangle().build(), name: "slow.glb")
        }
        #expect(error?.code == .timeout)
        #expect(error?.context["rule"] == "LOAD_TIME_EXCEEDED")
    }

    @Test func theHelpNamesEveryLimit() {
        let words = LoadLimits().summary
        for word in [
            "MiB of files", "vertices", "morph target", "accessor", "nodes", "texture", "levels", "Draco",
            "seconds",
        ] {
            #expect(words.contains(word))
        }
    }

    private func load(_ builder: GLBBuilder) throws -> Document {
        try Loader().load(bytes: builder.build(), name: "fixture.glb")
    }

    private func expect(_ builder: GLBBuilder, fails rule: String, at pointer: String) {
        let error = #expect(throws: AvatariumError.self) { try load(builder) }
        #expect(error?.code == .avatarModelInvalid)
        #expect(error?.context["rule"] == rule)
        #expect(error?.context["pointer"] == pointer)
    }
}

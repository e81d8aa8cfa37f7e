import AvatariumCore
import Foundation
import GLTF
import Testing

/// What nobody draws refuses nothing; the same fault in something that is drawn does.
struct UnneededTests {
    private func load(_ builder: GLBBuilder) throws -> Document {
        try Loader().load(bytes: builder.build(), name: "fixture.glb")
    }

    private func refusal(_ builder: GLBBuilder) -> AvatariumError? {
        do {
            _ = try load(builder)
            return nil
        } catch { return error as? AvatariumError }
    }

    /// A broken object as a root array's member, and the same used by the triangle's mesh.
    @Test(arguments: [
        ("accessors", #"{"componentType": 5126, "count": 0, "type": "VEC3"}"#),
        ("accessors", #"{"bufferView": 99, "componentType": 5126, "count": 3, "type": "VEC3"}"#),
        ("accessors", #"{"bufferView": 0, "componentType": 5126, "count": 900, "type": "VEC3"}"#),
        ("accessors", "7"),
    ])
    func `a broken accessor counts only where something drawn uses it`(collection: String, json: String)
        throws
    {
        var unused = GLBBuilder.triangle()
        let index = unused.add(collection, json)
        #expect(try load(unused).meshes.count == 1)
        var used = GLBBuilder.triangle(primitive: ", \"targets\": [{\"POSITION\": \(index)}]")
        used.add(collection, json)
        #expect(refusal(used)?.code == .avatarModelInvalid)
    }

    @Test(arguments: [
        ("images", #"{"uri": "gone.png"}"#), ("images", "{}"), ("textures", #"{"source": 9}"#),
        ("materials", #"{"normalTexture": {}}"#), ("samplers", #"{"wrapS": "x"}"#),
        ("cameras", #"{"type": "perspective", "perspective": {}}"#), ("cameras", "3"),
        ("skins", #"{"joints": [99]}"#), ("skins", #"{"joints": [0], "inverseBindMatrices": 77}"#),
        ("meshes", #"{"primitives": []}"#),
        ("meshes", #"{"primitives": [{"attributes": {"POSITION": 99}}]}"#),
        ("bufferViews", #"{"buffer": 0, "byteLength": 100000}"#),
        ("bufferViews", #"{"buffer": 4, "byteLength": 1}"#),
        ("animations", #"{"channels": 7}"#), ("animations", "\"walk\""),
        ("animations", #"{"samplers": [{"input": 44, "output": 0}], "channels": [{"sampler": 0}]}"#),
    ])
    func `what nothing refers to may be broken, and is named`(collection: String, json: String) throws {
        var builder = GLBBuilder.triangle()
        builder.add(collection, json)
        let document = try load(builder)
        #expect(document.hasGeometry)
        #expect(
            document.diagnostics.contains {
                $0.pointer.hasPrefix("/\(collection)/0") || $0.pointer.hasPrefix("/\(collection)/1")
            })
    }

    @Test func `a broken scene that is not drawn refuses nothing, one that is drawn does`() throws {
        var other = GLBBuilder.triangle()
        other.add("scenes", #"{"nodes": [77]}"#)
        let document = try load(other)
        #expect(document.sceneRoots == [0])
        #expect(document.diagnostics.contains { $0.pointer.hasPrefix("/scenes/1") })
        other.members.append(#""scene": 1"#)
        #expect(refusal(other)?.context["pointer"] == "/scenes/1/nodes/0")
    }

    @Test func `an extension of a material that is not read is named`() throws {
        var builder = GLBBuilder.triangle(primitive: #", "material": 0"#)
        builder.add("materials", #"{"extensions": {"KHR_materials_diffuse_transmission": {}}}"#)
        builder.members = [#""extensionsUsed": ["KHR_materials_diffuse_transmission"]"#]
        let notes = try load(builder).diagnostics.filter { $0.code == "MATERIAL_EXTENSION_IGNORED" }
        #expect(notes.count == 1 && notes[0].message.contains("KHR_materials_diffuse_transmission"))
    }

    @Test(arguments: [
        #"{"input": 1, "interpolation": 0, "output": 2}"#,
        #"{"input": 1, "interpolation": "SMOOTH", "output": 2}"#,
    ])
    func `an odd interpolation is linear`(sampler: String) throws {
        var builder = GLBBuilder.triangle()
        _ = builder.addFloats([0, 1], type: "SCALAR", components: 1)
        _ = builder.addFloats([0, 0, 0, 1, 1, 1], type: "VEC3", components: 3)
        builder.add(
            "animations",
            "{\"samplers\": [\(sampler)], \"channels\": [{\"sampler\": 0, \"target\": {\"node\": 0, \"path\": \"translation\"}}]}"
        )
        let animation = try load(builder).animations[0]
        #expect(animation.channels.count == 1 && animation.defect == nil)
        #expect(animation.samplers[0].interpolation == .linear)
    }

    @Test func `a stride on animation and inverse bind data is honoured`() throws {
        var builder = GLBBuilder.triangle()
        let times = builder.addView(builder.bytes(of: [Float(0), 9, 1, 9]), #", "byteStride": 8"#)
        builder.add(
            "accessors",
            #"{"bufferView": \#(times), "componentType": 5126, "count": 2, "type": "SCALAR", "min": [0], "max": [1]}"#
        )
        let values = builder.addView(
            builder.bytes(of: [Float(1), 2, 3, 9, 4, 5, 6, 9]), #", "byteStride": 16"#)
        builder.add(
            "accessors", #"{"bufferView": \#(values), "componentType": 5126, "count": 2, "type": "VEC3"}"#)
        builder.add(
            "animations",
            #"{"samplers": [{"input": 1, "output": 2}], "channels": [{"sampler": 0, "target": {"node": 0, "path": "translation"}}]}"#
        )
        var matrix = [Float](repeating: 0, count: 20)
        for i in [0, 5, 10, 15] { matrix[i] = 1 }
        matrix[12] = 7
        let view = builder.addView(builder.bytes(of: matrix), #", "byteStride": 80"#)
        let accessor = builder.add(
            "accessors", #"{"bufferView": \#(view), "componentType": 5126, "count": 1, "type": "MAT4"}"#)
        builder.add("skins", #"{"joints": [0], "inverseBindMatrices": \#(accessor)}"#)
        builder.add("nodes", #"{"mesh": 0, "skin": 0}"#)
        let document = try load(builder)
        #expect(document.animations[0].samplers[0].times == [0, 1])
        #expect(document.animations[0].samplers[0].values == [1, 2, 3, 4, 5, 6])
        #expect(document.skins[0].inverseBindMatrices[0].translation == SIMD3(7, 0, 0))
        let codes = Set(document.diagnostics.map(\.code))
        #expect(
            codes.isSuperset(of: [
                "ANIMATION_SAMPLER_ACCESSOR_WITH_BYTESTRIDE", "SKIN_IBM_ACCESSOR_WITH_BYTESTRIDE",
            ]))
    }

    @Test func `a stride of zero is none`() throws {
        let builder = GLBBuilder.triangle()
        let json = builder.json().replacingOccurrences(
            of: #""byteLength": 36}"#, with: #""byteLength": 36, "byteStride": 0}"#)
        let document = try Loader().load(
            bytes: GLBBuilder.glb(json: json, binary: builder.binary), name: "x.glb")
        #expect(document.accessors[0].floats() == [0, 0, 0, 1, 0, 0, 0, 1, 0])
    }

    @Test func `a buffer elsewhere is refused only where it must be drawn`() throws {
        let text = GLBBuilder.triangle().json(
            uri: "data:application/octet-stream;base64,"
                + Data(GLBBuilder.triangle().binary).base64EncodedString())
        let unused = text.replacingOccurrences(
            of: #""buffers": ["#,
            with: #""buffers": [{"byteLength": 36, "uri": "http://example.com/x.bin"}, "#
        ).replacingOccurrences(of: #""buffer": 0"#, with: #""buffer": 1"#)
        let document = try Loader().load(bytes: Array(unused.utf8), name: "x.gltf")
        #expect(document.diagnostics.contains { $0.code == "NON_RELATIVE_URI" && $0.severity == .warning })
        #expect(Loader().inspect(bytes: Array(unused.utf8), name: "x.gltf").isValid)
        let used = unused.replacingOccurrences(of: #""buffer": 1"#, with: #""buffer": 0"#)
        let error = #expect(throws: AvatariumError.self) {
            try Loader().load(bytes: Array(used.utf8), name: "x.gltf")
        }
        #expect(error?.context["pointer"] == "/buffers/0/uri")
    }

    @Test(arguments: [
        (#""weights": [0.5]"#, [Float(0.5), 0]), (#""weights": []"#, [0, 0]),
        (#""weights": [0.1, 0.2, 0.3]"#, [0.1, 0.2]),
    ])
    func `missing weights are zeros`(weights: String, wanted: [Float]) throws {
        let json = GLBBuilder.triangle(primitive: #", "targets": [{"POSITION": 0}, {"POSITION": 0}]"#)
        let text = json.json().replacingOccurrences(
            of: #"{"primitives""#, with: "{\(weights), \"primitives\"")
        let document = try Loader().load(
            bytes: GLBBuilder.glb(json: text, binary: json.binary), name: "x.glb")
        #expect(document.meshes[0].weights == wanted)
    }

    @Test func `targets on one primitive alone leave the others still`() throws {
        var builder = GLBBuilder.triangle()
        builder.add(
            "meshes",
            #"{"primitives": [{"attributes": {"POSITION": 0}}, {"attributes": {"POSITION": 0}, "targets": [{"POSITION": 0}, {}]}], "extras": {"targetNames": ["a", "b"]}}"#
        )
        builder.add("nodes", #"{"mesh": 1}"#)
        let mesh = try load(builder).meshes[1]
        #expect(mesh.primitives.map(\.targets) == [[[:], [:]], [["POSITION": 0], [:]]])
        #expect(mesh.weights == [0, 0] && mesh.targetNames == ["a", "b"])
    }

    @Test(arguments: [
        (#""targets": [{"POSITION": 0, "extra": {"name": "jawOpen"}}]"#, ["jawOpen"]),
        (#""targets": [{"POSITION": 0, "extras": {"targetName": "smile"}}]"#, ["smile"]),
        (#""targets": [{"POSITION": 0, "NORMAL": -1, "TANGENT": -1}]"#, []),
        (#""targets": [{"POSITION": 0}], "extras": {"targetNames": ["a", "b"]}"#, []),
    ])
    func `members of a target that are no attributes do not hinder`(primitive: String, names: [String]) throws
    {
        let document = try load(.triangle(primitive: ", " + primitive))
        #expect(document.meshes[0].primitives[0].targets == [["POSITION": 0]])
        #expect(document.meshes[0].targetNames == names)
    }

    @Test func `names of the wrong number are left out with a warning`() throws {
        let document = try load(
            .triangle(primitive: #", "targets": [{"POSITION": 0}], "extras": {"targetNames": ["a", "b"]}"#))
        let notes = document.diagnostics.filter { $0.code == "TARGET_NAMES_COUNT" }
        #expect(notes.map(\.pointer) == ["/meshes/0/primitives/0/extras/targetNames"])
    }
}

/// Files that are not models, or nearly so.
struct FileKindTests {
    @Test(arguments: [
        ("Kaydara FBX Binary  \u{0}\u{1A}\u{0}xxxxxx", "FBX"),
        ("version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        ("<!DOCTYPE html><html></html>", "HTML"), ("PK\u{3}\u{4}aaaaaaaaaaaaaaa", "ZIP"),
        ("BLENDER-v300aaaaaa", "Blender"),
        ("<?xml version=\"1.0\"?>\n<!-- x > y -->\n<COLLADA version=\"1.4\"/>", "COLLADA"),
        ("<?xml version=\"1.0\"?><!DOCTYPE X3D><X3D/>", "X3D"),
        ("<?xml version=\"1.0\"?><plist/>", "property list"),
        ("<svg xmlns=\"x\"/>", "SVG"),
        ("<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code></Error>", "storage"),
        ("<ns:thing/>         ", "'thing'"), ("MOC3aaaaaaaaaaaa", "Live2D"), ("FOR8aaaaaaaaaaaa", "Maya"),
        ("PK\u{3}\u{4}\u{14}aaaaaaaaaaaaaaaaaaaaa\u{6}\u{0}\u{0}\u{0}a.usdc", "USDZ"),
        ("PK\u{3}\u{4}\u{14}aaaaaaaaaaaaaaaaaaaaa\u{B}\u{0}\u{0}\u{0}3D/my.model", "3MF"),
        ("xof 0303txt 0032aaaa", "DirectX"), ("solid cube\nfacet normal", "STL"),
        ("# Blender\nv 1 2 3\nv 3 4 5\n", "OBJ"), ("%PDF-1.7 aaaaaaaaaaaaa", "PDF"), ("{\"a\": 1", "JSON"),
    ])
    func `the wrong kind of file is named`(text: String, word: String) throws {
        let error = #expect(throws: AvatariumError.self) {
            try Loader().load(bytes: Array(text.utf8), name: "model.glb")
        }
        #expect(error?.code == .avatarModelInvalid)
        #expect(error?.message.contains(word) == true, "\(String(describing: error))")
    }

    @Test func `a binary STL is known by its size`() {
        let bytes = [UInt8](repeating: 0x20, count: 80) + [2, 0, 0, 0] + [UInt8](repeating: 0, count: 100)
        let error = #expect(throws: AvatariumError.self) { try Loader().load(bytes: bytes, name: "a.glb") }
        #expect(error?.message.contains("STL") == true)
    }

    @Test func `a PNG is named`() {
        let bytes: [UInt8] =
            [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + [UInt8](repeating: 0, count: 20)
        let error = #expect(throws: AvatariumError.self) { try Loader().load(bytes: bytes, name: "a.vrm") }
        #expect(error?.message.contains("PNG") == true)
    }

    @Test(arguments: [[], [0], [0x67], [0x67, 0x6C, 0x54], [UInt8](repeating: 7, count: 11)] as [[UInt8]])
    func `fewer bytes than a header are an unexpected end of it`(bytes: [UInt8]) {
        let report = Loader().inspect(bytes: bytes, name: "a.glb")
        #expect(report.diagnostics.map(\.code) == ["GLB_UNEXPECTED_END_OF_HEADER"])
        #expect(report.diagnostics.first?.offset == bytes.count)
    }

    @Test func `a JSON chunk padded with NUL is read and said to be wrong`() throws {
        let builder = GLBBuilder.triangle()
        var bytes = GLBBuilder.glb(json: builder.json() + " ", binary: builder.binary)
        let length = Int(bytes[12]) | Int(bytes[13]) << 8 | Int(bytes[14]) << 16
        for i in (20..<20 + length).reversed() where bytes[i] == 0x20 {
            bytes[i] = 0
            if bytes[i - 1] != 0x20 { break }
        }
        let document = try Loader().load(bytes: bytes, name: "x.glb")
        #expect(document.meshes.count == 1)
        let report = Loader().inspect(bytes: bytes, name: "x.glb")
        #expect(!report.isValid && report.document != nil)
        #expect(report.diagnostics.contains { $0.code == "INVALID_JSON" && $0.message.contains("NUL") })
    }
}

/// Numbers, names and messages.
struct JSONValueTests {
    @Test func `a number that no float holds is out of range at its pointer`() throws {
        let builder = GLBBuilder.triangle()
        let text = builder.json().replacingOccurrences(
            of: #"{"mesh": 0}"#, with: #"{"mesh": 0, "translation": [0, 1e309, 0]}"#)
        let bytes = GLBBuilder.glb(json: text, binary: builder.binary)
        let error = #expect(throws: AvatariumError.self) { try Loader().load(bytes: bytes, name: "x.glb") }
        #expect(error?.context["rule"] == "VALUE_NOT_IN_RANGE")
        #expect(error?.context["pointer"] == "/nodes/0/translation/1")
        let codes = Loader().inspect(bytes: bytes, name: "x.glb").diagnostics.filter { $0.severity == .error }
        #expect(codes.map(\.code) == ["VALUE_NOT_IN_RANGE"])
    }

    @Test func `a material's factor that no float holds is clamped`() throws {
        var builder = GLBBuilder.triangle(primitive: #", "material": 0"#)
        builder.add("materials", #"{"alphaCutoff": -1e309, "emissiveFactor": [1e309, 0, 0]}"#)
        let material = try Loader().load(bytes: builder.build(), name: "x.glb").materials[0]
        #expect(material.alphaCutoff == 0 && material.emissiveFactor.x > 1e20)
    }

    @Test func `names of a file reach no message raw or whole`() throws {
        let name = "\u{1B}[31m" + String(repeating: "x", count: 5000)
        let escaped = name.replacingOccurrences(of: "\u{1B}", with: "\\u001b")
        var builder = GLBBuilder.triangle(attributes: ", \"\(escaped)\": 99")
        builder.asset = #"{"version": "2.0", "generator": "\#(escaped)"}"#
        builder.members = [#""extensionsUsed": ["\#(escaped)"], "extensionsRequired": ["\#(escaped)"]"#]
        let report = Loader().inspect(bytes: builder.build(), name: "x.glb")
        for text in report.diagnostics.map(\.description) + [report.error?.description ?? ""] {
            #expect(!text.contains("\u{1B}") && text.count < 2000)
        }
    }

    @Test func `long names are cut`() throws {
        var builder = GLBBuilder.triangle()
        builder.add("nodes", "{\"name\": \"\(String(repeating: "é", count: 4000))\"}")
        let document = try Loader().load(bytes: builder.build(), name: "x.glb")
        #expect(document.nodes[1].name?.utf8.count == 1024)
        #expect(document.diagnostics.contains { $0.code == "NAME_TOO_LONG" && $0.pointer == "/nodes/1/name" })
    }
}

/// Values out of range of what is drawn all the same, and words that only describe.
struct OutOfRangeTests {
    private func light(_ members: String) throws -> (light: Light?, codes: [String]) {
        var builder = GLBBuilder.triangle()
        builder.members.append(#""extensionsUsed": ["KHR_lights_punctual"]"#)
        builder.members.append(
            #""extensions": {"KHR_lights_punctual": {"lights": [{"type": "spot", \#(members)}]}}"#)
        let document = try Loader().load(bytes: builder.build(), name: "x.glb")
        return (document.lights.first, document.diagnostics.filter { $0.severity == .error }.map(\.code))
    }

    @Test func `a light's values out of range are clamped and said`() throws {
        let dark = try light(#""intensity": -5, "spot": {}"#)
        #expect(dark.light?.intensity == 0 && dark.codes == ["VALUE_NOT_IN_RANGE"])
        #expect(try light(#""intensity": 1e39, "spot": {}"#).light.map { $0.intensity > 1e20 } == true)
        for range in ["0", "-3"] {
            #expect(try light(#""spot": {}, "range": \#(range)"#).light?.range == nil)
        }
        let color = try light(#""spot": {}, "color": [2, 0.5, -1]"#)
        #expect(
            color.light?.color == [2, 0.5, 0] && color.codes == ["VALUE_NOT_IN_RANGE", "VALUE_NOT_IN_RANGE"])
    }

    @Test(arguments: [
        (#""spot": {"innerConeAngle": 1, "outerConeAngle": 0.5}"#, 0.5),
        (#""spot": {"outerConeAngle": 3}"#, 1.5708),
        (#""intensity": 1"#, 0.7854),
    ])
    func `a spot light's angles make a cone`(members: String, outer: Float) throws {
        let (light, codes) = try light(members)
        guard case .spot(let inner, let found)? = light?.kind else {
            Issue.record("no spot light")
            return
        }
        #expect(abs(found - outer) < 1e-3 && inner < found && inner >= 0)
        #expect(!codes.isEmpty)
    }

    @Test func `a rotation is made one, a name and bounds need not be right`() throws {
        let builder = GLBBuilder.triangle()
        for (old, new) in [
            (#"{"mesh": 0}"#, #"{"mesh": 0, "rotation": [0, 0, 0, 1.0000002]}"#),
            (#"{"mesh": 0}"#, #"{"mesh": 0, "rotation": [0, 3, 0, 0]}"#),
            (#"{"mesh": 0}"#, #"{"mesh": 0, "name": 5}"#), (#""min": ["#, #""min": [7, "#),
        ] {
            let text = builder.json().replacingOccurrences(of: old, with: new)
            #expect(text != builder.json())
            let document = try Loader().load(
                bytes: GLBBuilder.glb(json: text, binary: builder.binary), name: "x.glb")
            #expect(document.diagnostics.contains { $0.severity == .error })
            let rotation = document.nodes[0].rotation.vector
            #expect(abs((rotation * rotation).sum() - 1) < 1e-6)
            #expect(document.nodes[0].name == nil)
        }
    }
}

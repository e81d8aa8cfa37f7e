import AvatariumCore
import Foundation
import GLTF
import Testing

/// The errors of glTF-Validator's ISSUES.md that Khronos' own cases do not show, each in the smallest model that
/// has it, with the JSON pointer that the official validator gives.
struct ErrorVocabularyTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        var code: String
        var pointer: String
        var json: String
        var testDescription: String { code }
    }

    @Test(arguments: samples) func reportsTheErrorAtItsPlace(_ sample: Sample) {
        let text = #"{"asset": {"version": "2.0"}, \#(sample.json)}"#
        let report = Loader().inspect(bytes: Array(text.utf8), name: "sample.gltf")
        let found = report.diagnostics.filter { $0.severity == .error }.map { "\($0.code) \($0.pointer)" }
        #expect(found.contains("\(sample.code) \(sample.pointer)"), "found \(found)")
    }

    /// A buffer of these bytes, and a view of all of it with `more` members.
    private static func data(_ bytes: [UInt8], _ more: String = "") -> String {
        let text = Data(bytes).base64EncodedString()
        return """
            "buffers": [{"byteLength": \(bytes.count), "uri": "data:application/octet-stream;base64,\(text)"}],
            "bufferViews": [{"buffer": 0, "byteLength": \(bytes.count)\(more)}]
            """
    }

    private static func floats(_ values: [Float], _ more: String = "") -> String {
        data(
            values.flatMap { v in (0..<4).map { UInt8(truncatingIfNeeded: v.bitPattern >> ($0 * 8)) } }, more)
    }

    private static func accessors(_ items: String...) -> String {
        "\"accessors\": [\(items.map { "{\($0)}" }.joined(separator: ", "))]"
    }

    private static func float(_ type: String, _ count: Int, _ more: String = "") -> String {
        #""bufferView": 0, "componentType": 5126, "type": "\#(type)", "count": \#(count)\#(more)"#
    }

    private static func bytes(_ type: String, _ count: Int, _ more: String = "") -> String {
        #""bufferView": 0, "componentType": 5121, "type": "\#(type)", "count": \#(count)\#(more)"#
    }

    private static func primitive(_ members: String) -> String {
        #""meshes": [{"primitives": [{\#(members)}]}], "nodes": [{"mesh": 0}], "scenes": [{"nodes": [0]}]"#
    }

    private static func clip(_ sampler: String, path: String = "translation", node: String = "{}") -> String {
        """
        "animations": [{"samplers": [{\(sampler)}], "channels": [{"sampler": 0, "target": {"node": 0,
        "path": "\(path)"}}]}], "nodes": [\(node)]
        """
    }

    private static let zeros = floats([Float](repeating: 0, count: 48))
    private static let position = float("VEC3", 3, #", "min": [0, 0, 0], "max": [0, 0, 0]"#)
    private static let mesh = "/meshes/0/primitives/0"

    private static func skinned(joints: [UInt8], weights: [Float], nodes: String = "{}") -> String {
        let weightBytes = weights.flatMap { w in
            (0..<4).map { UInt8(truncatingIfNeeded: w.bitPattern >> ($0 * 8)) }
        }
        let all = [UInt8](repeating: 0, count: 12) + joints + weightBytes
        return """
            "buffers": [{"byteLength": \(all.count),
            "uri": "data:application/octet-stream;base64,\(Data(all).base64EncodedString())"}],
            "bufferViews": [{"buffer": 0, "byteLength": 12}, {"buffer": 0, "byteOffset": 12, "byteLength": 4},
            {"buffer": 0, "byteOffset": 16, "byteLength": 16}],
            "accessors": [{"bufferView": 0, "componentType": 5126, "type": "VEC3", "count": 1, "min": [0, 0, 0],
            "max": [0, 0, 0]}, {"bufferView": 1, "componentType": 5121, "type": "VEC4", "count": 1},
            {"bufferView": 2, "componentType": 5126, "type": "VEC4", "count": 1}],
            "meshes": [{"primitives": [{"mode": 0, "attributes": {"POSITION": 0, "JOINTS_0": 1, "WEIGHTS_0": 2}}]}],
            "skins": [{"joints": [1]}], "nodes": [{"mesh": 0, "skin": 0}, \(nodes)], "scenes": [{"nodes": [0, 1]}]
            """
    }

    private static func sparse(_ indices: [UInt8], count: Int = 3) -> String {
        data(indices + [UInt8](repeating: 0, count: 16 - indices.count)) + ", "
            + accessors(
                """
                "componentType": 5121, "type": "SCALAR", "count": 3, "sparse": {"count": \(count), "indices":
                {"bufferView": 0, "componentType": 5121}, "values": {"bufferView": 0, "byteOffset": 8}}
                """)
    }

    static let samples: [Sample] = [
        Sample(
            code: "ARRAY_LENGTH_NOT_IN_LIST", pointer: "/nodes/0/translation",
            json: #""nodes": [{"translation": [1, 2]}]"#),
        Sample(code: "INVALID_INDEX", pointer: "/scene", json: #""scene": -1, "scenes": [{}]"#),
        Sample(
            code: "ACCESSOR_OFFSET_ALIGNMENT", pointer: "/accessors/0/byteOffset",
            json: zeros + "," + accessors(float("SCALAR", 1, #", "byteOffset": 2"#))),
        Sample(
            code: "ACCESSOR_TOTAL_OFFSET_ALIGNMENT", pointer: "/accessors/0",
            json: data([UInt8](repeating: 0, count: 16), #", "byteOffset": 0"#)
                .replacingOccurrences(
                    of: #""byteLength": 16, "byteOffset": 0"#, with: #""byteLength": 8, "byteOffset": 2"#)
                + "," + accessors(float("SCALAR", 1))),
        Sample(
            code: "ACCESSOR_SPARSE_COUNT_OUT_OF_RANGE", pointer: "/accessors/0/sparse/count",
            json: sparse([0, 1, 2, 3], count: 4)),
        Sample(
            code: "ACCESSOR_SPARSE_INDEX_OOB", pointer: "/accessors/0/sparse",
            json: sparse([0, 1, 9])),
        Sample(
            code: "ACCESSOR_SPARSE_INDICES_NON_INCREASING", pointer: "/accessors/0/sparse",
            json: sparse([0, 2, 1])),
        Sample(
            code: "BUFFER_VIEW_INVALID_BYTE_STRIDE", pointer: "/bufferViews/0/byteStride",
            json: data([UInt8](repeating: 0, count: 16), #", "byteStride": 4, "target": 34963"#)),
        Sample(
            code: "INVALID_GL_VALUE", pointer: "/accessors/0/min",
            json: zeros + "," + accessors(bytes("SCALAR", 1, #", "min": [256], "max": [0]"#))),
        Sample(
            code: "MESH_PRIMITIVE_INDEXED_SEMANTIC_CONTINUITY", pointer: mesh + "/attributes",
            json: zeros + "," + accessors(position, float("VEC2", 3)) + ","
                + primitive(#""attributes": {"POSITION": 0, "TEXCOORD_1": 1}"#)),
        Sample(
            code: "MESH_PRIMITIVE_INVALID_ATTRIBUTE", pointer: mesh + "/attributes/FOO",
            json: zeros + "," + accessors(position) + ","
                + primitive(#""attributes": {"POSITION": 0, "FOO": 0}"#)),
        Sample(
            code: "MESH_PRIMITIVE_JOINTS_WEIGHTS_MISMATCH", pointer: mesh + "/attributes",
            json: zeros + "," + accessors(position, bytes("VEC4", 3)) + ","
                + primitive(#""attributes": {"POSITION": 0, "JOINTS_0": 1}"#)),
        Sample(
            code: "ROTATION_NON_UNIT", pointer: "/nodes/0/rotation",
            json: #""nodes": [{"rotation": [0, 0, 0, 0.5]}]"#),
        Sample(
            code: "SKIN_SKELETON_INVALID", pointer: "/skins/0/skeleton",
            json: #""nodes": [{"children": [1]}, {}, {}], "skins": [{"joints": [0, 1], "skeleton": 2}]"#),
        Sample(
            code: "ACCESSOR_SMALL_BYTESTRIDE", pointer: "/accessors/0",
            json: floats([Float](repeating: 0, count: 12), #", "byteStride": 8"#) + ","
                + accessors(float("VEC3", 1))),
        Sample(
            code: "ACCESSOR_USAGE_OVERRIDE", pointer: mesh + "/indices",
            json: zeros + "," + accessors(position) + ","
                + primitive(#""attributes": {"POSITION": 0}, "indices": 0"#)),
        Sample(
            code: "ANIMATION_CHANNEL_TARGET_NODE_MATRIX", pointer: "/animations/0/channels/0/target",
            json: zeros + ","
                + accessors(float("SCALAR", 1, #", "min": [0], "max": [0]"#), float("VEC3", 1)) + ","
                + clip(
                    #""input": 0, "output": 1"#, node: #"{"matrix": [2,0,0,0,0,2,0,0,0,0,2,0,0,0,0,1]}"#)),
        Sample(
            code: "ANIMATION_CHANNEL_TARGET_NODE_WEIGHTS_NO_MORPHS",
            pointer: "/animations/0/channels/0/target",
            json: zeros + ","
                + accessors(float("SCALAR", 1, #", "min": [0], "max": [0]"#), float("SCALAR", 1)) + ","
                + clip(#""input": 0, "output": 1"#, path: "weights")),
        Sample(
            code: "ANIMATION_SAMPLER_OUTPUT_ACCESSOR_INVALID_COUNT",
            pointer: "/animations/0/channels/0/sampler",
            json: zeros + ","
                + accessors(float("SCALAR", 1, #", "min": [0], "max": [0]"#), float("VEC3", 2)) + ","
                + clip(#""input": 0, "output": 1"#)),
        Sample(
            code: "ANIMATION_SAMPLER_ACCESSOR_WITH_BYTESTRIDE", pointer: "/animations/0/samplers/0/input",
            json: floats([Float](repeating: 0, count: 12), #", "byteStride": 12"#) + ","
                + accessors(float("SCALAR", 1, #", "min": [0], "max": [0]"#), float("VEC3", 1)) + ","
                + clip(#""input": 0, "output": 1"#)),
        Sample(
            code: "ACCESSOR_ANIMATION_INPUT_NEGATIVE", pointer: "/animations/0/samplers/0/input",
            json: floats([-1, 0, 0]) + ","
                + accessors(float("SCALAR", 1, #", "min": [-1], "max": [-1]"#), float("VEC3", 1)) + ","
                + clip(#""input": 0, "output": 1"#)),
        Sample(
            code: "ACCESSOR_ANIMATION_INPUT_NON_INCREASING", pointer: "/animations/0/samplers/0/input",
            json: floats([1, 1, 0, 0, 0, 0]) + ","
                + accessors(float("SCALAR", 2, #", "min": [1], "max": [1]"#), float("VEC3", 2)) + ","
                + clip(#""input": 0, "output": 1"#)),
        Sample(
            code: "BUFFER_VIEW_TARGET_OVERRIDE", pointer: mesh + "/attributes/POSITION",
            json: floats([Float](repeating: 0, count: 48), #", "target": 34963"#) + ","
                + accessors(position) + "," + primitive(#""attributes": {"POSITION": 0}"#)),
        Sample(
            code: "INVALID_IBM_ACCESSOR_COUNT", pointer: "/skins/0/inverseBindMatrices",
            json: zeros + "," + accessors(float("MAT4", 1))
                + #","nodes": [{"children": [1]}, {}], "skins": [{"joints": [0, 1], "inverseBindMatrices": 0}]"#
        ),
        Sample(
            code: "ACCESSOR_INVALID_IBM", pointer: "/skins/0/inverseBindMatrices",
            json: zeros + "," + accessors(float("MAT4", 1))
                + #","nodes": [{}], "skins": [{"joints": [0], "inverseBindMatrices": 0}]"#),
        Sample(
            code: "MESH_PRIMITIVE_ACCESSOR_WITHOUT_BYTESTRIDE", pointer: mesh + "/attributes/NORMAL",
            json: zeros + "," + accessors(position, float("VEC3", 3, #", "byteOffset": 36"#)) + ","
                + primitive(#""attributes": {"POSITION": 0, "NORMAL": 1}"#)),
        Sample(
            code: "MESH_PRIMITIVE_ATTRIBUTES_ACCESSOR_INVALID_FORMAT", pointer: mesh + "/attributes/POSITION",
            json: zeros + "," + accessors(float("VEC2", 3, #", "min": [0, 0], "max": [0, 0]"#)) + ","
                + primitive(#""attributes": {"POSITION": 0}"#)),
        Sample(
            code: "MESH_PRIMITIVE_INDICES_ACCESSOR_INVALID_FORMAT", pointer: mesh + "/indices",
            json: zeros + "," + accessors(position, float("SCALAR", 3)) + ","
                + primitive(#""attributes": {"POSITION": 0}, "indices": 1"#)),
        Sample(
            code: "MESH_PRIMITIVE_MORPH_TARGET_NO_BASE_ACCESSOR", pointer: mesh + "/targets/0/NORMAL",
            json: zeros + "," + accessors(position) + ","
                + primitive(#""attributes": {"POSITION": 0}, "targets": [{"NORMAL": 0}]"#)),
        Sample(
            code: "MESH_PRIMITIVE_UNEQUAL_ACCESSOR_COUNT", pointer: mesh + "/attributes/NORMAL",
            json: zeros + "," + accessors(position, float("VEC3", 2)) + ","
                + primitive(#""attributes": {"POSITION": 0, "NORMAL": 1}"#)),
        Sample(
            code: "TEXTURE_INVALID_IMAGE_MIME_TYPE", pointer: "/textures/0/source",
            json: """
                "extensionsUsed": ["EXT_texture_webp"], \(zeros), "images": [{"bufferView": 0, "mimeType":
                "image/webp"}], "textures": [{"source": 0}]
                """),
        Sample(
            code: "ACCESSOR_INVALID_SIGN", pointer: mesh + "/attributes/TANGENT",
            json: floats([0, 0, 0, 0, 0, 1, 1, 0, 0, 0.5]) + ","
                + accessors(
                    float("VEC3", 1, #", "min": [0, 0, 0], "max": [0, 0, 0]"#),
                    float("VEC3", 1, #", "byteOffset": 12"#), float("VEC4", 1, #", "byteOffset": 24"#)) + ","
                + primitive(#""mode": 0, "attributes": {"POSITION": 0, "NORMAL": 1, "TANGENT": 2}"#)),
        Sample(
            code: "ACCESSOR_VECTOR3_NON_UNIT", pointer: mesh + "/attributes/NORMAL",
            json: zeros + "," + accessors(position, float("VEC3", 3)) + ","
                + primitive(#""attributes": {"POSITION": 0, "NORMAL": 1}"#)),
        Sample(
            code: "ACCESSOR_JOINTS_INDEX_OOB", pointer: mesh + "/attributes/JOINTS_0",
            json: skinned(joints: [3, 0, 0, 0], weights: [1, 0, 0, 0])),
        Sample(
            code: "ACCESSOR_JOINTS_INDEX_DUPLICATE", pointer: mesh + "/attributes/JOINTS_0",
            json: skinned(joints: [0, 0, 0, 0], weights: [0.5, 0.5, 0, 0])),
        Sample(
            code: "ACCESSOR_WEIGHTS_NEGATIVE", pointer: mesh + "/attributes/WEIGHTS_0",
            json: skinned(joints: [0, 0, 0, 0], weights: [-1, 0, 0, 0])),
        Sample(
            code: "ACCESSOR_WEIGHTS_NON_NORMALIZED", pointer: mesh + "/attributes/WEIGHTS_0",
            json: skinned(joints: [0, 0, 0, 0], weights: [0.5, 0, 0, 0])),
        Sample(
            code: "BUFFER_BYTE_LENGTH_MISMATCH", pointer: "/buffers/0",
            json: #""buffers": [{"byteLength": 9, "uri": "data:application/octet-stream;base64,AAAA"}]"#),
        Sample(
            code: "IMAGE_DATA_INVALID", pointer: "/images/0",
            json: data([
                0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 9, 0x49, 0x48, 0x44, 0x52, 0, 0, 0,
                0,
            ])
                + #","images": [{"bufferView": 0, "mimeType": "image/png"}]"#),
        Sample(
            code: "NON_REQUIRED_EXTENSION", pointer: "/extensionsUsed/0",
            json: #""extensionsUsed": ["KHR_mesh_quantization"]"#),
        Sample(
            code: "ASSET_MIN_VERSION_GREATER_THAN_VERSION", pointer: "/asset/minVersion",
            json: #""asset": {"version": "2.0", "minVersion": "2.1"}"#),
    ]

    @Test func reportsTheErrorsOfContainers() {
        func word(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
        let json = Array(#"{"asset": {"version": "2.0"}}"#.utf8) + [0x20, 0x20, 0x20]
        func glb(_ chunks: [UInt8]) -> [UInt8] {
            Array("glTF".utf8) + word(2) + word(12 + chunks.count) + chunks
        }
        func codes(_ bytes: [UInt8]) -> [String] {
            Loader().inspect(bytes: bytes, name: "a.glb").diagnostics.map(\.code)
        }
        let good = word(json.count) + Array("JSON".utf8) + json
        #expect(codes(glb(word(0) + Array("JSON".utf8))).contains("GLB_EMPTY_CHUNK"))
        #expect(
            codes(glb(word(json.count - 1) + Array("JSON".utf8) + json.dropLast())).contains(
                "GLB_CHUNK_LENGTH_UNALIGNED"))
        #expect(codes(glb(good + [1, 2, 3, 4])).contains("GLB_UNEXPECTED_END_OF_CHUNK_HEADER"))
        let empty =
            Array(#"{"asset": {"version": "2.0"}, "buffers": [{"byteLength": 4}]}"#.utf8) + [
                0x20, 0x20, 0x20,
            ]
        let bare = empty.dropLast(empty.count % 4)
        #expect(codes(glb(word(bare.count) + Array("JSON".utf8) + bare)).contains("BUFFER_MISSING_GLB_DATA"))
        #expect(codes(glb(good + word(0) + Array("BIN\0".utf8))).contains("GLB_EMPTY_BIN_CHUNK"))
    }
}

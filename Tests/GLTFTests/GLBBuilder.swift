import AvatariumCore

/// Builds GLB and glTF models in code: every fixture of these tests is a few calls on this, so that a test
/// shows the whole of the file it talks about.
struct GLBBuilder {
    /// JSON text of each element of a root array, by the array's name.
    private var arrays: [(name: String, items: [String])] = []
    private(set) var binary: [UInt8] = []
    /// Further root members, as JSON text (`"extensionsUsed": ["VRM"]`).
    var members: [String] = []
    /// Bytes of a second buffer, EXT_meshopt_compression's fallback, that has none of its own.
    var fallbackLength = 0
    var asset = #"{"version": "2.0"}"#

    /// Adds `json` to the root array `name` and returns its index.
    @discardableResult
    mutating func add(_ name: String, _ json: String) -> Int {
        if let at = arrays.firstIndex(where: { $0.name == name }) {
            arrays[at].items.append(json)
            return arrays[at].items.count - 1
        }
        arrays.append((name, [json]))
        return 0
    }

    /// A buffer view of these bytes, at the next multiple of four; `more` is JSON (`, "byteStride": 8`).
    mutating func addView(_ bytes: [UInt8], _ more: String = "") -> Int {
        let offset = addBytes(bytes)
        return add(
            "bufferViews",
            #"{"buffer": 0, "byteOffset": \#(offset), "byteLength": \#(bytes.count)\#(more)}"#)
    }

    /// Puts bytes into the buffer at the next multiple of four and returns where.
    mutating func addBytes(_ bytes: [UInt8]) -> Int {
        while binary.count % 4 != 0 { binary.append(0) }
        defer { binary += bytes }
        return binary.count
    }

    /// An accessor of floats, with its bounds.
    mutating func addFloats(_ values: [Float], type: String, components: Int) -> Int {
        let view = addView(bytes(of: values))
        func bound(_ better: (Float, Float) -> Float) -> String {
            let all = (0..<components).map { c in
                stride(from: c, to: values.count, by: components).map { values[$0] }.reduce(values[c], better)
            }
            return "[\(all.map { "\($0)" }.joined(separator: ", "))]"
        }
        return add(
            "accessors",
            #"{"bufferView": \#(view), "componentType": 5126, "count": \#(values.count / components), "#
                + #""type": "\#(type)", "min": \#(bound(min)), "max": \#(bound(max))}"#)
    }

    /// An accessor of 16-bit index scalars.
    mutating func addIndices(_ values: [UInt16]) -> Int {
        let view = addView(bytes(of: values))
        return add(
            "accessors",
            #"{"bufferView": \#(view), "componentType": 5123, "count": \#(values.count), "type": "SCALAR"}"#)
    }

    /// The JSON text, the buffer being the GLB's own chunk unless `uri` names it.
    func json(uri: String? = nil) -> String {
        var out = [#""asset": \#(asset)"#] + members
        if !binary.isEmpty || uri != nil {
            let name = uri.map { #", "uri": "\#($0)""# } ?? ""
            let fallback =
                fallbackLength == 0
                ? ""
                : #", {"byteLength": \#(fallbackLength), "extensions": {"#
                    + #""EXT_meshopt_compression": {"fallback": true}}}"#
            out.append(#""buffers": [{"byteLength": \#(binary.count)\#(name)}\#(fallback)]"#)
        }
        out += arrays.map { "\"\($0.name)\": [\($0.items.joined(separator: ", "))]" }
        return "{\(out.joined(separator: ", "))}"
    }

    /// The GLB file.
    func build() -> [UInt8] { Self.glb(json: json(), binary: binary) }

    /// A GLB of this JSON and binary chunk (left out when empty), padded as the specification asks.
    static func glb(json: String, binary: [UInt8] = []) -> [UInt8] {
        var text = Array(json.utf8)
        while text.count % 4 != 0 { text.append(0x20) }
        var body = word(text.count) + Array("JSON".utf8) + text
        if !binary.isEmpty {
            let padding = [UInt8](repeating: 0, count: (4 - binary.count % 4) % 4)
            body += word(binary.count + padding.count) + Array("BIN\0".utf8) + binary + padding
        }
        return Array("glTF".utf8) + word(2) + word(12 + body.count) + body
    }

    static func word(_ value: Int) -> [UInt8] {
        [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    func bytes<T>(of values: [T]) -> [UInt8] { values.withUnsafeBytes(Array.init) }

    /// One triangle in the XY plane, in a scene; `attributes` is JSON added to the primitive's attributes,
    /// `primitive` to the primitive itself.
    static func triangle(
        attributes: String = "", primitive: String = "", prepare: (inout GLBBuilder) -> Void = { _ in }
    ) -> GLBBuilder {
        var builder = GLBBuilder()
        let positions = builder.addFloats([0, 0, 0, 1, 0, 0, 0, 1, 0], type: "VEC3", components: 3)
        prepare(&builder)
        builder.add(
            "meshes",
            #"{"primitives": [{"attributes": {"POSITION": \#(positions)\#(attributes)}\#(primitive)}]}"#)
        builder.add("nodes", #"{"mesh": 0}"#)
        builder.add("scenes", #"{"nodes": [0]}"#)
        return builder
    }
}

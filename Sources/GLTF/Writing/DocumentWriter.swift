import AvatariumCore

/// Writes a loaded document as one GLB: the original JSON, with all binary data laid out afresh. Geometry compression
/// (meshopt, Draco) and sparse accessors are resolved, files and data URIs are embedded.
struct DocumentWriter {
    private let document: Document
    private var root: JSONObject
    private var views: [JSON] = []
    private var accessors: [JSON] = []
    private var nodes: [JSON]
    private var binary: [UInt8] = []

    /// Extensions that only describe how the binary data was stored.
    private static let storage: Set<String> = [
        "EXT_meshopt_compression", "KHR_meshopt_compression", "KHR_draco_mesh_compression",
    ]

    init(_ document: Document) {
        self.document = document
        root = document.json.object ?? JSONObject()
        nodes = root["nodes"]?.array ?? []
        let vertexData = DocumentWriter.vertexAccessors(document)
        let old = root["accessors"]?.array ?? []
        for (index, accessor) in document.accessors.enumerated() {
            let json = old.indices.contains(index) ? old[index].object ?? JSONObject() : JSONObject()
            // An accessor without a view is all zeros.
            let view =
                accessor.bytes.contains { $0 != 0 }
                ? addView(accessor, isVertexData: vertexData.contains(index)) : nil
            accessors.append(
                .object(
                    json.replacing(
                        view.map { ["bufferView": .integer($0)] } ?? [:],
                        removing: view == nil
                            ? ["bufferView", "byteOffset", "sparse"] : ["byteOffset", "sparse"])))
        }
    }

    /// Accessors of vertex attributes, whose elements must start on multiples of four bytes.
    private static func vertexAccessors(_ document: Document) -> Set<Int> {
        var found: Set<Int> = []
        for primitive in document.meshes.flatMap(\.primitives) {
            found.formUnion(primitive.attributes.values)
            for target in primitive.targets { found.formUnion(target.values) }
        }
        return found
    }

    private mutating func addView(_ accessor: Accessor, isVertexData: Bool) -> Int {
        let size = accessor.elementType.componentCount * accessor.componentType.size
        let stride = isVertexData ? (size + 3) / 4 * 4 : size
        let start = binary.count
        if stride == size {
            binary += accessor.bytes
        } else {
            binary.reserveCapacity(binary.count + accessor.count * stride)
            for i in 0..<accessor.count {
                binary += accessor.bytes[(i * size)..<((i + 1) * size)]
                binary += [UInt8](repeating: 0, count: stride - size)
            }
        }
        var view = JSONObject()
        view.set("buffer", .integer(0))
        view.set("byteOffset", .integer(start))
        view.set("byteLength", .integer(binary.count - start))
        if isVertexData { view.set("byteStride", .integer(stride)) }
        align()
        views.append(.object(view))
        return views.count - 1
    }

    private mutating func addView(_ bytes: [UInt8]) -> Int {
        views.append(
            .members([
                "buffer": .integer(0), "byteOffset": .integer(binary.count),
                "byteLength": .integer(bytes.count),
            ]))
        binary += bytes
        align()
        return views.count - 1
    }

    private mutating func align() {
        while binary.count % 4 != 0 { binary.append(0) }
    }

    /// Adds an accessor of floats; `bounded` writes its least and greatest value.
    mutating func addAccessor(_ values: [Float], type: String, width: Int, bounded: Bool = false) -> Int {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(values.count * 4)
        for value in values {
            let bits = value.bitPattern
            bytes += [
                UInt8(truncatingIfNeeded: bits), UInt8(truncatingIfNeeded: bits >> 8),
                UInt8(truncatingIfNeeded: bits >> 16), UInt8(truncatingIfNeeded: bits >> 24),
            ]
        }
        var json = JSONObject()
        json.set("bufferView", .integer(addView(bytes)))
        json.set("componentType", .integer(Accessor.ComponentType.float.rawValue))
        json.set("count", .integer(values.count / width))
        json.set("type", .string(type))
        if bounded, let least = values.min(), let most = values.max() {
            json.set("min", .numbers([least]))
            json.set("max", .numbers([most]))
        }
        accessors.append(.object(json))
        return accessors.count - 1
    }

    /// Writes a node's transform in parts: a `matrix` cannot be animated.
    mutating func writeTransform(
        _ node: Int, _ parts: (translation: SIMD3<Float>, rotation: Quaternion, scale: SIMD3<Float>)
    ) {
        guard nodes.indices.contains(node), let json = nodes[node].object, json["matrix"] != nil else {
            return
        }
        let (t, r, s) = (parts.translation, parts.rotation.vector, parts.scale)
        nodes[node] = .object(
            json.replacing(
                [
                    "translation": .numbers([t.x, t.y, t.z]), "rotation": .numbers([r.x, r.y, r.z, r.w]),
                    "scale": .numbers([s.x, s.y, s.z]),
                ], removing: ["matrix"]))
    }

    /// Puts an animation before the file's own.
    mutating func addAnimation(_ animation: JSON) {
        root.replace("animations", .array([animation] + (root["animations"]?.array ?? [])))
    }

    /// The whole file.
    mutating func glb() -> [UInt8] {
        let images = (root["images"]?.array ?? []).enumerated().map { index, json -> JSON in
            guard document.images.indices.contains(index), !document.images[index].bytes.isEmpty else {
                return json
            }
            let image = document.images[index]
            var changes: [String: JSON] = ["bufferView": .integer(addView(image.bytes))]
            changes["mimeType"] = image.mimeType.map { .string($0) } ?? json["mimeType"]
            return .object((json.object ?? JSONObject()).replacing(changes, removing: ["uri"]))
        }
        if !images.isEmpty { root.replace("images", .array(images)) }
        root.replace("nodes", .array(nodes))
        root.replace("accessors", .array(accessors))
        root.replace("bufferViews", .array(views))
        root.replace("buffers", .array([.members(["byteLength": .integer(binary.count)])]))
        removeStorageExtensions()
        var text = JSON.object(root).encoded()
        while text.count % 4 != 0 { text.append(UInt8(ascii: " ")) }
        var file: [UInt8] = []
        func word(_ value: Int) {
            for shift in [0, 8, 16, 24] { file.append(UInt8(truncatingIfNeeded: value >> shift)) }
        }
        file.reserveCapacity(text.count + binary.count + 28)
        word(0x4654_6C67)
        word(2)
        word(12 + 8 + text.count + 8 + binary.count)
        word(text.count)
        word(0x4E4F_534A)
        file += text
        word(binary.count)
        word(0x004E_4942)
        file += binary
        return file
    }

    private mutating func removeStorageExtensions() {
        for key in ["extensionsUsed", "extensionsRequired"] {
            guard let names = root[key]?.array else { continue }
            let kept = names.filter { !DocumentWriter.storage.contains($0.string ?? "") }
            root = kept.isEmpty ? root.replacing(removing: [key]) : root.replacing([key: .array(kept)])
        }
        let meshes = (root["meshes"]?.array ?? []).map { mesh -> JSON in
            guard let object = mesh.object, let primitives = mesh["primitives"]?.array else { return mesh }
            let kept = primitives.map { primitive -> JSON in
                guard let extensions = primitive["extensions"]?.object, let object = primitive.object else {
                    return primitive
                }
                let rest = extensions.replacing(removing: DocumentWriter.storage)
                return .object(
                    rest.isEmpty
                        ? object.replacing(removing: ["extensions"])
                        : object.replacing(["extensions": .object(rest)]))
            }
            return .object(object.replacing(["primitives": .array(kept)]))
        }
        if !meshes.isEmpty { root.replace("meshes", .array(meshes)) }
    }
}

extension JSONObject {
    fileprivate mutating func replace(_ key: String, _ value: JSON) { self = replacing([key: value]) }
}

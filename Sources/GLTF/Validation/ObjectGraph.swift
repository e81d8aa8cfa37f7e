import AvatariumCore

/// What the objects of a document say of each other, with whatever is malformed left out: the schema check has
/// reported that already.
struct ObjectGraph {
    struct Accessor {
        var bufferView: Int?
        var byteOffset: Int?
        var component: Int?
        var count: Int?
        var type: String?
        var isNormalized = false
        var min: [Double]?
        var max: [Double]?
        var sparse: Sparse?

        var components: Int { type.flatMap { AccessorFormat.componentCounts[$0] } ?? 0 }
        var componentSize: Int { component.map(AccessorFormat.componentSize) ?? 0 }
        var format: AccessorFormat {
            AccessorFormat(type: type ?? "", component: component ?? -1, isNormalized: isNormalized)
        }
        /// Nil unless type and component type are known.
        var layout: ElementLayout? {
            guard let component, let type, let c = GLTF.Accessor.ComponentType(rawValue: component),
                let t = GLTF.Accessor.ElementType(rawValue: type)
            else { return nil }
            return ElementLayout(component: c, type: t)
        }
    }

    struct Sparse {
        var count: Int
        var indices: SparsePart
        var values: SparsePart
    }

    struct SparsePart {
        var bufferView: Int?
        var byteOffset: Int?
        var component: Int?
    }

    struct BufferView {
        var buffer: Int?
        var byteOffset: Int?
        var byteLength: Int?
        var byteStride: Int?
        var target: Int?
        var isCompressed = false
    }

    struct Primitive {
        /// In file order; the index is nil where it is not a valid one.
        var attributes: [(semantic: String, accessor: Int?)] = []
        /// Referenced accessors by name, where the names are indices.
        var accessors: [String: Int] = [:]
        var indices: Int?
        var material: Int?
        var mode: Int?
        var targets: [[(semantic: String, accessor: Int?)]]?
        var semantics = AttributeSemantics()
        var json: JSON = .null
    }

    struct Mesh {
        var primitives: [Primitive]?
        var hasWeights = false
    }

    struct Node {
        var json: JSON = .null
        var camera: Int?
        var children: [Int?] = []
        var mesh: Int?
        var skin: Int?
        var parent: Int?
        /// Scenes that show it.
        var scenes: Set<Int> = []
        var isJoint = false
    }

    struct Skin {
        var joints: [Int?]?
        var skeleton: Int?
        var inverseBindMatrices: Int?
        /// Nodes that all joints hang from, nearest first.
        var commonRoots: [Int] = []
    }

    struct Material {
        /// The texture coordinate set of each texture reference, by its pointer.
        var texCoords: [(pointer: String, set: Int)] = []
        var needsTangents = false
        var hasNormalTexture = false
    }

    var accessors: [Accessor?] = []
    var bufferViews: [BufferView?] = []
    /// Byte lengths.
    var buffers: [Int??] = []
    var meshes: [Mesh?] = []
    var nodes: [Node?] = []
    var skins: [Skin?] = []
    var materials: [Material?] = []
    /// Objects that something refers to, by collection.
    var used: [String: Set<Int>] = [:]

    init() {}

    init(_ root: JSON, extensionsKnown: Set<String>) {
        func items<T>(_ name: String, _ make: (JSON) -> T) -> [T?] {
            (root[name]?.array ?? []).map { $0.object == nil ? nil : make($0) }
        }
        accessors = items("accessors", Accessor.init)
        bufferViews = items("bufferViews", BufferView.init)
        buffers = items("buffers") { $0.integer("byteLength", min: 1) }
        meshes = items("meshes", Mesh.init)
        nodes = items("nodes", Node.init)
        skins = items("skins", Skin.init)
        materials = items("materials") { _ in Material() }
    }

    mutating func markUsed(_ collection: String, _ index: Int) { used[collection, default: []].insert(index) }
}

extension JSON {
    /// Quiet readings: nil for what is not there or not well formed.
    func index(_ key: String) -> Int? { self[key]?.int.flatMap { $0 >= 0 ? $0 : nil } }

    func integer(_ key: String, min: Int = 0, max: Int = .max) -> Int? {
        self[key]?.int.flatMap { (min...max).contains($0) ? $0 : nil }
    }

    func indexList(_ key: String) -> [Int?]? {
        guard let array = self[key]?.array, !array.isEmpty else { return nil }
        return array.map { $0.int.flatMap { $0 >= 0 ? $0 : nil } }
    }

    /// Numbers of that count, within bounds.
    func numberList(_ key: String, count: Int) -> [Double]? {
        guard let array = self[key]?.array, array.count == count else { return nil }
        let numbers = array.compactMap(\.double)
        return numbers.count == count ? numbers : nil
    }
}

extension ObjectGraph.Accessor {
    init(_ json: JSON) {
        bufferView = json.index("bufferView")
        byteOffset = bufferView == nil || json["byteOffset"] == nil ? 0 : json.integer("byteOffset")
        component = json.integer("componentType").flatMap { Schema.componentTypes.contains($0) ? $0 : nil }
        count = json.integer("count", min: 1)
        type = json["type"]?.string
        isNormalized = json["normalized"]?.bool ?? false
        min = bound(json, "min")
        max = bound(json, "max")
        guard let inner = json["sparse"], let count = inner.integer("count", min: 1),
            let indices = inner["indices"], indices.object != nil, let values = inner["values"],
            values.object != nil
        else { return }
        sparse = ObjectGraph.Sparse(
            count: count, indices: ObjectGraph.SparsePart(indices), values: ObjectGraph.SparsePart(values))
    }

    private func bound(_ json: JSON, _ key: String) -> [Double]? {
        guard let component, components > 0, let numbers = json.numberList(key, count: components) else {
            return nil
        }
        if component == AccessorFormat.float { return numbers.map { Double(Float($0)) } }
        let range = AccessorFormat.range(of: component)
        return numbers.allSatisfy { $0.rounded() == $0 && range.contains($0) } ? numbers : nil
    }
}

extension AccessorFormat {
    /// The values that an integer component type can hold.
    static func range(of component: Int) -> ClosedRange<Double> {
        switch component {
        case byte: -128...127
        case unsignedByte: 0...255
        case short: -32768...32767
        case unsignedShort: 0...65535
        default: 0...4_294_967_295
        }
    }
}

extension ObjectGraph.SparsePart {
    init(_ json: JSON) {
        bufferView = json.index("bufferView")
        byteOffset = json["byteOffset"] == nil ? 0 : json.integer("byteOffset")
        component = json.integer("componentType").flatMap { [5121, 5123, 5125].contains($0) ? $0 : nil }
    }
}

extension ObjectGraph.BufferView {
    init(_ json: JSON) {
        buffer = json.index("buffer")
        byteOffset = json["byteOffset"] == nil ? 0 : json.integer("byteOffset")
        byteLength = json.integer("byteLength", min: 1)
        byteStride = json.integer("byteStride", min: 4, max: 252)
        target = json.integer("target").flatMap { [34962, 34963].contains($0) ? $0 : nil }
        isCompressed = json["extensions"]?["EXT_meshopt_compression"] != nil
    }
}

extension ObjectGraph.Mesh {
    init(_ json: JSON) {
        hasWeights = !(json["weights"]?.array ?? []).isEmpty
        guard let items = json["primitives"]?.array, !items.isEmpty,
            items.allSatisfy({ $0.object != nil })
        else { return }
        primitives = items.map(ObjectGraph.Primitive.init)
    }
}

extension ObjectGraph.Primitive {
    init(_ json: JSON) {
        func references(_ json: JSON) -> [(semantic: String, accessor: Int?)] {
            (json.object?.keys ?? []).map { ($0, json.index($0)) }
        }
        self.json = json
        attributes = json["attributes"].map(references) ?? []
        for (semantic, accessor) in attributes { accessors[semantic] = accessor }
        indices = json.index("indices")
        material = json.index("material")
        mode = json["mode"] == nil ? 4 : json.integer("mode", max: 6)
        semantics = AttributeSemantics(attributes.map(\.semantic))
        guard let items = json["targets"]?.array, !items.isEmpty,
            items.allSatisfy({ !($0.object?.isEmpty ?? true) })
        else { return }
        targets = items.map(references)
    }
}

extension ObjectGraph.Node {
    init(_ json: JSON) {
        self.json = json
        camera = json.index("camera")
        children = json.indexList("children") ?? []
        mesh = json.index("mesh")
        skin = json.index("skin")
    }

    /// Whether it has a transform other than the identity.
    var isTransformed: Bool {
        func differs(_ key: String, _ identity: [Double]) -> Bool {
            json.numberList(key, count: identity.count).map { $0 != identity } ?? false
        }
        return differs("matrix", [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])
            || differs("translation", [0, 0, 0]) || differs("rotation", [0, 0, 0, 1])
            || differs("scale", [1, 1, 1])
    }
}

extension ObjectGraph.Skin {
    init(_ json: JSON) {
        joints = json.indexList("joints")
        skeleton = json.index("skeleton")
        inverseBindMatrices = json.index("inverseBindMatrices")
    }
}

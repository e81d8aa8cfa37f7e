import AvatariumCore

/// Puts a new GLB together out of parts of others: what is reached from the nodes is copied once, nothing else is.
struct AvatarAssembler {
    private struct Origin: Hashable {
        var file: Int
        var kind: String
        var index: Int
    }
    private var files: [GLBFile] = []
    private var lists: [String: [JSON]] = [:]
    private var copied: [Origin: Int] = [:]
    private var binary: [UInt8] = []
    private let base: GLBFile
    /// Meshes that take the place of the base's, by the name of their node; nil removes the node.
    private var replacements: [String: (file: Int, mesh: Int)?] = [:]
    private var additions: [(name: String, file: Int, mesh: Int)] = []
    private var images: [String: (file: Int, image: Int)] = [:]
    private var factors: [String: [Float]] = [:]

    init(base: GLBFile) {
        self.base = base
        files = [base]
    }

    /// Gives all materials of a name a base colour, linear RGBA.
    mutating func tint(_ material: String, _ factor: [Float]) { factors[material] = factor }

    /// Takes the mesh of a node from another file, in place of the base's own or as a new node.
    mutating func adopt(_ name: String, from donor: GLBFile) {
        guard let node = donor.index("nodes", named: name), let mesh = donor.all("nodes")[node]["mesh"]?.int
        else { return }
        files.append(donor)
        let file = files.count - 1
        if base.index("nodes", named: name) != nil {
            replacements[name] = (file, mesh)
        } else {
            additions.append((name, file, mesh))
        }
    }

    mutating func remove(_ name: String) { replacements.updateValue(nil, forKey: name) }

    /// Takes an image from another file in place of the base's own of the same name.
    mutating func adoptImage(_ name: String, from donor: GLBFile) {
        guard let image = donor.index("images", named: name) else { return }
        files.append(donor)
        images[name] = (files.count - 1, image)
    }

    /// The finished file.
    mutating func assembled(asset: JSON) -> GLBFile {
        let nodes = base.all("nodes")
        // Nodes keep their order; those that go are skipped.
        var places: [Int: Int] = [:]
        for (index, node) in nodes.enumerated() {
            if let name = node["name"]?.string, let change = replacements[name], change == nil { continue }
            places[index] = places.count
        }
        var json = JSONObject()
        json.set("asset", asset)
        var root = base.json.replacing([:], removing: [])
        let skinned = nodes.compactMap { $0["skin"] }.first
        var made: [JSON] = []
        for (index, node) in nodes.enumerated() where places[index] != nil {
            var object = node.object ?? JSONObject()
            if let mesh = node["mesh"]?.int {
                let source = (node["name"]?.string).flatMap { replacements[$0] ?? nil } ?? (0, mesh)
                object = object.replacing(["mesh": .integer(copy("meshes", source.1, of: source.0))])
            }
            if let children = node["children"]?.array {
                var kept = children.compactMap { $0.int.flatMap { places[$0] } }.map(JSON.integer)
                if node["name"]?.string == "Armature" {
                    kept += additions.indices.map { .integer(places.count + $0) }
                }
                object = object.replacing(["children": .array(kept)])
            }
            made.append(.object(object))
        }
        for addition in additions {
            var object = JSONObject()
            object.set("name", .string(addition.name))
            object.set("mesh", .integer(copy("meshes", addition.mesh, of: addition.file)))
            if let skinned { object.set("skin", skinned) }
            made.append(.object(object))
        }
        root.replace("nodes", .array(made))
        for kind in ["skins", "animations"] {
            lists[kind] = base.all(kind).map { remapped($0, file: 0, places) }
        }
        for key in ["scene", "scenes", "extensionsUsed"] {
            if let value = root[key] {
                json.set(key, key == "scenes" ? remapped(value, file: 0, places) : value)
            }
        }
        json.set("nodes", .array(made))
        if let extensions = root["extensions"] { json.set("extensions", vrm(extensions, places)) }
        for kind in [
            "meshes", "skins", "animations", "materials", "textures", "samplers", "images", "accessors",
            "bufferViews",
        ] {
            if let list = lists[kind], !list.isEmpty { json.set(kind, .array(list)) }
        }
        while binary.count % 4 != 0 { binary.append(0) }
        json.set("buffers", .array([.members(["byteLength": .integer(binary.count)])]))
        return GLBFile(json: json, binary: binary)
    }

    /// Which kind of thing a member of each name points to.
    private static let references: [String: String] = [
        "bufferView": "bufferViews", "inverseBindMatrices": "accessors", "indices": "accessors",
        "input": "accessors",
        "output": "accessors", "material": "materials", "source": "images", "NORMAL": "accessors",
        "POSITION": "accessors",
        "TEXCOORD_0": "accessors", "COLOR_0": "accessors", "JOINTS_0": "accessors", "WEIGHTS_0": "accessors",
    ]

    /// The copy's index of one thing of a file, made if it is not yet.
    private mutating func copy(_ kind: String, _ index: Int, of file: Int) -> Int {
        let origin = Origin(file: file, kind: kind, index: index)
        if let known = copied[origin] { return known }
        guard files.indices.contains(file), files[file].all(kind).indices.contains(index) else { return 0 }
        let thing = files[file].all(kind)[index]
        var value: JSON
        if kind == "images", let name = thing["name"]?.string, let other = images[name], other.file != file {
            let swapped = copy("images", other.image, of: other.file)
            copied[origin] = swapped
            return swapped
        }
        if kind == "bufferViews" {
            value = copyView(thing, of: file)
        } else {
            value = remapped(thing, file: file, [:])
        }
        if kind == "materials", let name = thing["name"]?.string, let factor = factors[name],
            let pbr = value["pbrMetallicRoughness"]?.object, let object = value.object
        {
            value = .object(
                object.replacing([
                    "pbrMetallicRoughness": .object(pbr.replacing(["baseColorFactor": .numbers(factor)]))
                ]))
        }
        // The same material from two files is one.
        if ["materials", "samplers"].contains(kind), let same = lists[kind]?.firstIndex(of: value) {
            copied[origin] = same
            return same
        }
        lists[kind, default: []].append(value)
        let place = lists[kind, default: []].count - 1
        copied[origin] = place
        return place
    }

    private mutating func copyView(_ view: JSON, of file: Int) -> JSON {
        let start = view["byteOffset"]?.int ?? 0
        let count = view["byteLength"]?.int ?? 0
        let data = files[file].binary
        while binary.count % 4 != 0 { binary.append(0) }
        let at = binary.count
        if start >= 0, count >= 0, start <= data.count, count <= data.count - start {
            binary += data[start..<(start + count)]
        }
        return .object((view.object ?? JSONObject()).replacing(["byteOffset": .integer(at)]))
    }

    /// A thing with everything that it points to copied, and pointers to nodes moved to their new places.
    private mutating func remapped(_ value: JSON, file: Int, _ places: [Int: Int], under key: String = "")
        -> JSON
    {
        switch value {
        case .array(let items):
            // `joints` and a scene's `nodes` are lists of nodes.
            if ["joints", "nodes"].contains(key) {
                return .array(items.compactMap { $0.int.flatMap { places[$0] }.map(JSON.integer) })
            }
            var out: [JSON] = []
            for item in items { out.append(remapped(item, file: file, places, under: key)) }
            return .array(out)
        case .object(let object):
            var out = JSONObject()
            for name in object.keys {
                guard let member = object[name] else { continue }
                if let index = member.int, name == "node" || name == "skeleton" {
                    out.set(name, .integer(places[index] ?? 0))
                } else if let index = member.int, name == "sampler" {
                    // A channel's sampler is its animation's own; a texture's is the file's.
                    out.set(name, .integer(key == "channels" ? index : copy("samplers", index, of: file)))
                } else if let index = member.int, name == "index" {
                    // Only textures are pointed to like this.
                    out.set(name, .integer(copy("textures", index, of: file)))
                } else if let index = member.int, let kind = Self.references[name] {
                    out.set(name, .integer(copy(kind, index, of: file)))
                } else {
                    out.set(name, remapped(member, file: file, places, under: name))
                }
            }
            return .object(out)
        default: return value
        }
    }

    /// VRM's extension, whose binds name nodes.
    private func vrm(_ value: JSON, _ places: [Int: Int]) -> JSON {
        switch value {
        case .array(let items):
            // A bind of a node that is gone goes with it.
            return .array(
                items.filter { $0["node"]?.int.map { places[$0] != nil } ?? true }.map { vrm($0, places) })
        case .object(let object):
            var out = JSONObject()
            for name in object.keys {
                guard let member = object[name] else { continue }
                if name == "node", let index = member.int {
                    out.set(name, .integer(places[index] ?? 0))
                } else {
                    out.set(name, vrm(member, places))
                }
            }
            return .object(out)
        default: return value
        }
    }
}

extension JSONObject {
    fileprivate mutating func replace(_ key: String, _ value: JSON) { self = replacing([key: value]) }
}

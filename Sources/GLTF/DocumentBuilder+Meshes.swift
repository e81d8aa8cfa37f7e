import AvatariumCore

extension DocumentBuilder {
    mutating func readMeshes() throws {
        document.variants =
            try root.extensionNamed("KHR_materials_variants")?.objects("variants").map {
                try $0.string("name") ?? ""
            } ?? []
        var vertices = 0
        for cursor in try root.objects("meshes") {
            var mesh = Mesh()
            mesh.name = try cursor.string("name")
            for primitive in try cursor.objects("primitives") {
                let read = try readPrimitive(primitive)
                if let position = read.attributes["POSITION"] {
                    vertices += document.accessors[position].count
                }
                guard vertices <= limits.vertices else {
                    throw invalid(
                        "ACCESSOR_TOO_LONG", primitive.pointer,
                        "the model has more than \(limits.vertices) vertices")
                }
                mesh.primitives.append(read)
            }
            guard let first = mesh.primitives.first else {
                throw invalid("EMPTY_ENTITY", cursor.at("primitives"), "a mesh needs primitives")
            }
            for (i, primitive) in mesh.primitives.enumerated()
            where primitive.targets.count != first.targets.count {
                throw invalid(
                    "MESH_PRIMITIVES_UNEQUAL_TARGETS_COUNT", "\(cursor.pointer)/primitives/\(i)/targets",
                    "all primitives of a mesh need the same number of morph targets")
            }
            mesh.weights =
                try weights(cursor, count: first.targets.count, rule: "MESH_INVALID_WEIGHTS_COUNT")
                ?? [Float](repeating: 0, count: first.targets.count)
            mesh.targetNames = targetNames(cursor)
            document.meshes.append(mesh)
        }
    }

    /// A few bytes can ask for a large mesh many times: in many nodes, or as each of many morph targets.
    func checkDrawnVertices() throws {
        var vertices = 0
        var morphVertices = 0
        var draws = 0
        for (index, node) in document.nodes.enumerated() {
            guard let mesh = node.mesh else { continue }
            for primitive in document.meshes[mesh].primitives {
                var count = primitive.attributes["POSITION"].map { document.accessors[$0].count } ?? 0
                if let indices = primitive.indices, primitive.attributes["NORMAL"] == nil {
                    // Flat faces have vertices of their own.
                    count = max(count, document.accessors[indices].count)
                }
                draws += 1
                vertices += count
                morphVertices += count * primitive.targets.count
            }
            guard draws <= limits.draws else {
                throw invalid(
                    "TOO_MANY_DRAWS", "/nodes/\(index)/mesh",
                    "the model draws more than \(limits.draws) primitives with this node; join meshes of one material"
                )
            }
            guard vertices <= limits.vertices, morphVertices <= limits.morphVertices else {
                let isBase = vertices > limits.vertices
                throw invalid(
                    "ACCESSOR_TOO_LONG", "/nodes/\(index)/mesh",
                    "the model draws more than \(isBase ? limits.vertices : limits.morphVertices) vertices"
                        + (isBase ? "" : " of morph targets") + " with this node")
            }
        }
    }

    /// The `weights` of a mesh or node: as many as the mesh has targets.
    func weights(_ cursor: Cursor, count: Int, rule: String) throws -> [Float]? {
        guard let weights = try cursor.floats("weights") else { return nil }
        guard weights.count == count else {
            throw invalid(
                rule, cursor.at("weights"), "\(weights.count) weights for \(count) morph targets")
        }
        return weights
    }

    private func targetNames(_ mesh: Cursor) -> [String] {
        let places = [mesh.json["extras"], mesh.json["primitives"]?[0]?["extras"]]
        for names in places.compactMap({ $0?["targetNames"]?.array }) {
            return names.map { $0.string ?? "" }
        }
        // Some exporters name the accessors instead.
        let targets = mesh.json["primitives"]?[0]?["targets"]?.array ?? []
        return targets.map { target in
            target["POSITION"]?.int.flatMap { root["accessors"]?.json[$0]?["name"]?.string } ?? ""
        }
    }

    private mutating func readPrimitive(_ cursor: Cursor) throws -> Primitive {
        var primitive = Primitive()
        if let mode = try cursor.int("mode") {
            guard let known = Primitive.Mode(rawValue: mode) else {
                throw invalid("VALUE_NOT_IN_LIST", cursor.at("mode"), "\(mode) is no drawing mode")
            }
            primitive.mode = known
        }
        primitive.material = try cursor.index("material", below: document.materials.count)
        guard let attributes = cursor["attributes"] else { throw cursor.undefined("attributes") }
        primitive.attributes = try readAttributes(attributes)
        let counts = Set(primitive.attributes.values.map { document.accessors[$0].count })
        guard counts.count <= 1 else {
            throw invalid(
                "MESH_PRIMITIVE_UNEQUAL_ACCESSOR_COUNT", attributes.pointer,
                "all attributes need the same count")
        }
        let vertexCount = counts.first ?? 0
        for target in try cursor.objects("targets") {
            let read = try readAttributes(target)
            for (semantic, accessor) in read where document.accessors[accessor].count != vertexCount {
                throw invalid(
                    "MESH_PRIMITIVE_MORPH_TARGET_INVALID_ATTRIBUTE_COUNT", target.at(semantic),
                    "has \(document.accessors[accessor].count) elements for \(vertexCount) vertices")
            }
            primitive.targets.append(read)
        }
        primitive.indices = try cursor.index("indices", below: document.accessors.count)
        if let indices = primitive.indices {
            try checkIndices(indices, vertexCount, cursor)
        }
        for mapping in try cursor.extensionNamed("KHR_materials_variants")?.objects("mappings") ?? [] {
            let material = try mapping.requiredIndex("material", below: document.materials.count)
            for variant in try mapping.indices("variants", below: document.variants.count) {
                primitive.variantMaterials[variant] = material
            }
        }
        return primitive
    }

    private func readAttributes(_ cursor: Cursor) throws -> [String: Int] {
        guard let object = cursor.json.object else {
            throw invalid("TYPE_MISMATCH", cursor.pointer, "must be an object")
        }
        var out: [String: Int] = [:]
        // Attributes of the file's own, which start with an underscore, are nobody's here.
        for semantic in object.keys where !semantic.hasPrefix("_") {
            let index = try cursor.requiredIndex(semantic, below: document.accessors.count)
            try checkFormat(semantic, document.accessors[index], cursor.at(semantic))
            out[semantic] = index
        }
        return out
    }

    /// The vector size that each semantic must have; how many components is all that drawing depends on.
    private func checkFormat(_ semantic: String, _ accessor: Accessor, _ pointer: String) throws {
        let allowed: [Accessor.ElementType]
        switch semantic.prefix(while: { $0 != "_" }) {
        case "POSITION", "NORMAL": allowed = [.vec3]
        case "TANGENT": allowed = [.vec4, .vec3]
        case "TEXCOORD": allowed = [.vec2]
        case "COLOR": allowed = [.vec3, .vec4]
        case "JOINTS", "WEIGHTS": allowed = [.vec4]
        default: return
        }
        guard allowed.contains(accessor.elementType) else {
            throw invalid(
                "MESH_PRIMITIVE_ATTRIBUTES_ACCESSOR_INVALID_FORMAT", pointer,
                "\(accessor.elementType.rawValue) is not possible for \(semantic)")
        }
    }

    private mutating func checkIndices(_ index: Int, _ vertexCount: Int, _ primitive: Cursor) throws {
        let accessor = document.accessors[index]
        guard accessor.elementType == .scalar,
            [.unsignedByte, .unsignedShort, .unsignedInt].contains(accessor.componentType)
        else {
            throw invalid(
                "MESH_PRIMITIVE_INDICES_ACCESSOR_INVALID_FORMAT", primitive.at("indices"),
                "indices must be unsigned integer scalars")
        }
        guard let largest = largestInteger(index), largest >= vertexCount else { return }
        throw invalid(
            "ACCESSOR_INDEX_OOB", primitive.at("indices"),
            "index \(largest) is not below the number of vertices, \(vertexCount)")
    }

    private mutating func largestInteger(_ index: Int) -> Int? {
        if let known = largestIntegers[index] { return known }
        let largest = document.accessors[index].largestInteger()
        largestIntegers[index] = largest
        return largest
    }

    /// Joint indices of every skinned mesh against its skin; call once nodes and skins are read.
    mutating func checkJointIndices() throws {
        struct Use: Hashable {
            var accessor: Int
            var skin: Int
        }
        var seen: Set<Use> = []
        for node in document.nodes {
            guard let mesh = node.mesh, let skin = node.skin else { continue }
            for (i, primitive) in document.meshes[mesh].primitives.enumerated() {
                for (semantic, accessor) in primitive.attributes where semantic.hasPrefix("JOINTS_") {
                    guard seen.insert(Use(accessor: accessor, skin: skin)).inserted,
                        let largest = largestInteger(accessor),
                        largest >= document.skins[skin].joints.count
                    else { continue }
                    throw invalid(
                        "ACCESSOR_JOINTS_INDEX_OOB", "/meshes/\(mesh)/primitives/\(i)/attributes/\(semantic)",
                        "joint \(largest) is not below skin \(skin)'s \(document.skins[skin].joints.count)")
                }
            }
        }
    }
}

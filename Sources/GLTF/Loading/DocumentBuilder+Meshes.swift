import AvatariumCore

extension DocumentBuilder {
    mutating func readMeshes() throws {
        document.variants =
            try root.extensionNamed("KHR_materials_variants")?.objects("variants").map {
                try $0.string("name") ?? ""
            } ?? []
        var vertices = 0
        for cursor in try root.elements("meshes") {
            let mesh = try read(cursor, or: Mesh()) { try $0.readMesh(cursor, vertices: &vertices) }
            document.meshes.append(mesh)
        }
    }

    /// - Parameter vertices: How many all meshes so far have.
    private mutating func readMesh(_ cursor: JSONCursor, vertices: inout Int) throws -> Mesh {
        var mesh = Mesh()
        mesh.name = try name(cursor)
        for primitive in try cursor.objects("primitives") {
            let read = try readPrimitive(primitive)
            if let position = read.attributes["POSITION"] {
                vertices += document.accessors[position].count
            }
            guard vertices <= limits.vertices else {
                throw invalid(
                    .accessorTooLong, primitive.pointer,
                    "the model has more than \(limits.vertices) vertices")
            }
            mesh.primitives.append(read)
        }
        guard !mesh.primitives.isEmpty else {
            throw invalid(.emptyEntity, cursor.pointer(to: "primitives"), "a mesh needs primitives")
        }
        // Old UniVRM wrote targets on one primitive only: the others do not move.
        let count = mesh.primitives.map(\.targets.count).max() ?? 0
        for i in mesh.primitives.indices {
            let missing = count - mesh.primitives[i].targets.count
            mesh.primitives[i].targets += [[String: Int]](repeating: [:], count: missing)
        }
        mesh.weights = try weights(cursor, count: count) ?? [Float](repeating: 0, count: count)
        mesh.targetNames = targetNames(cursor, count: count)
        return mesh
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
                    .tooManyDraws, "/nodes/\(index)/mesh",
                    "the model draws more than \(limits.draws) primitives with this node; join meshes of one material"
                )
            }
            guard vertices <= limits.vertices, morphVertices <= limits.morphVertices else {
                let isBase = vertices > limits.vertices
                throw invalid(
                    .accessorTooLong, "/nodes/\(index)/mesh",
                    "the model draws more than \(isBase ? limits.vertices : limits.morphVertices) vertices"
                        + (isBase ? "" : " of morph targets") + " with this node")
            }
        }
    }

    /// The `weights` of a mesh or node: as many as the mesh has targets. Missing ones are 0, and those of no target
    /// are left out.
    func weights(_ cursor: JSONCursor, count: Int) throws -> [Float]? {
        guard let weights = try cursor.floats("weights") else { return nil }
        return weights.prefix(count) + [Float](repeating: 0, count: max(0, count - weights.count))
    }

    /// The names of the morph targets, wherever exporters put them; empty where there are none.
    private mutating func targetNames(_ mesh: JSONCursor, count: Int) -> [String] {
        let primitives = mesh["primitives"]?.elements ?? []
        // Those of the mesh, else of the first primitive that has any.
        for place in [mesh] + primitives {
            guard let names = place["extras"]?["targetNames"], let list = names.value.array else { continue }
            if list.count == count { return list.map { bounded($0.string ?? "") } }
            note(
                GLTFIssue.targetNamesCount.diagnostic(
                    at: names.pointer,
                    "\(list.count) names for \(count) morph targets; the names are ignored, so targets are "
                        + "known by their numbers"))
        }
        // Early UniVRM named each target, and some exporters name the accessors.
        let targets = primitives.map { $0.value["targets"]?.array ?? [] }.max { $0.count < $1.count } ?? []
        let names = targets.map { target in
            let own = [target["extra"], target["extras"]].lazy.compactMap { $0 }.compactMap {
                ($0["name"] ?? $0["targetName"])?.string
            }.first
            return own ?? target["POSITION"]?.int.flatMap { root["accessors"]?.value[$0]?["name"]?.string }
                ?? ""
        }
        return names.allSatisfy(\.isEmpty) ? [] : names.map(bounded)
    }

    private func bounded(_ name: String) -> String {
        name.utf8.count <= limits.nameBytes
            ? name : String(decoding: name.utf8.prefix(limits.nameBytes), as: UTF8.self)
    }

    private mutating func readPrimitive(_ cursor: JSONCursor) throws -> Primitive {
        var primitive = Primitive()
        if let mode = try cursor.int("mode") {
            guard let known = Primitive.Mode(rawValue: mode) else {
                throw invalid(.valueNotInList, cursor.pointer(to: "mode"), "\(mode) is not a drawing mode")
            }
            primitive.mode = known
        }
        primitive.material = try cursor.index("material", below: document.materials.count)
        guard let attributes = cursor["attributes"] else { throw cursor.undefined("attributes") }
        primitive.attributes = try readAttributes(attributes)
        let counts = Set(primitive.attributes.values.map { document.accessors[$0].count })
        guard counts.count <= 1 else {
            throw invalid(
                .meshPrimitiveUnequalAccessorCount, attributes.pointer,
                "all attributes need the same count")
        }
        let vertexCount = counts.first ?? 0
        for target in try cursor.objects("targets") {
            let read = try readAttributes(target)
            for (semantic, accessor) in read where document.accessors[accessor].count != vertexCount {
                throw invalid(
                    .meshPrimitiveMorphTargetInvalidAttributeCount, target.pointer(to: semantic),
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

    private func readAttributes(_ cursor: JSONCursor) throws -> [String: Int] {
        guard let object = cursor.value.object else {
            throw invalid(.typeMismatch, cursor.pointer, "must be an object")
        }
        var out: [String: Int] = [:]
        // Attributes of the file's own, which start with an underscore, are nobody's here.
        for semantic in object.keys where !semantic.hasPrefix("_") {
            if AttributeSemantics.isSpare(semantic), (cursor.value[semantic]?.int).map({ $0 < 0 }) ?? true {
                continue
            }
            let index = try cursor.requiredIndex(semantic, below: document.accessors.count)
            try checkFormat(semantic, document.accessors[index], cursor.pointer(to: semantic))
            out[semantic] = index
        }
        return out
    }

    /// Rendering reads two sets of texture coordinates. Where the materials use no more than two, whichever they are,
    /// these become sets 0 and 1.
    mutating func reduceTextureCoordinateSets() {
        let used = Set(document.materials.flatMap(\.textures).map(\.texCoord))
        guard let largest = used.max(), largest > 1 else { return }
        let kept = used.sorted().prefix(2)
        document.textureCoordinateSets = Array(kept)
        if used.count > kept.count {
            note(
                GLTFIssue.texcoordSetIgnored.diagnostic(
                    at: "/materials",
                    "the materials use \(used.count) sets of texture coordinates; only the sets "
                        + "\(kept.map(String.init).joined(separator: " and ")) are drawn, and textures of others use the last"
                ))
        }
        var materials = document.materials
        for i in materials.indices { materials[i].mapTextures { document.inKeptSets($0) } }
        document.materials = materials
        for m in document.meshes.indices {
            for p in document.meshes[m].primitives.indices {
                let old = document.meshes[m].primitives[p].attributes
                for n in 0..<2 { document.meshes[m].primitives[p].attributes["TEXCOORD_\(n)"] = nil }
                for (n, set) in kept.enumerated() {
                    document.meshes[m].primitives[p].attributes["TEXCOORD_\(n)"] = old["TEXCOORD_\(set)"]
                }
            }
        }
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
                .meshPrimitiveAttributesAccessorInvalidFormat, pointer,
                "\(accessor.elementType.rawValue) is not possible for \(semantic)")
        }
    }

    private mutating func checkIndices(_ index: Int, _ vertexCount: Int, _ primitive: JSONCursor) throws {
        let accessor = document.accessors[index]
        guard accessor.elementType == .scalar,
            [.unsignedByte, .unsignedShort, .unsignedInt].contains(accessor.componentType)
        else {
            throw invalid(
                .meshPrimitiveIndicesAccessorInvalidFormat, primitive.pointer(to: "indices"),
                "indices must be unsigned integer scalars")
        }
        guard let largest = largestInteger(index), largest >= vertexCount else { return }
        throw invalid(
            .accessorIndexOob, primitive.pointer(to: "indices"),
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
                        .accessorJointsIndexOob, "/meshes/\(mesh)/primitives/\(i)/attributes/\(semantic)",
                        "joint \(largest) is not below skin \(skin)'s \(document.skins[skin].joints.count)")
                }
            }
        }
    }
}

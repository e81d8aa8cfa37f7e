import AvatariumCore

extension DocumentBuilder {
    mutating func readNodes() throws {
        let cursors = try root.objects("nodes")
        guard cursors.count <= limits.nodes else {
            throw invalid(.valueNotInRange, "/nodes", "more than \(limits.nodes) nodes")
        }
        let skinCount = count("skins")
        for cursor in cursors {
            var node = Node()
            node.name = try name(cursor)
            node.children = try cursor.indices("children", below: cursors.count)
            node.mesh = try cursor.index("mesh", below: document.meshes.count)
            node.skin = try cursor.index("skin", below: skinCount)
            // The camera is not used, so a reference to one that does not exist is no error.
            node.camera = try? cursor.index("camera", below: document.cameras.count)
            node.light =
                try cursor.extensionNamed("KHR_lights_punctual")?
                .index("light", below: document.lights.count)
            if cursor.has("weights") {
                let targets = node.mesh.map { document.meshes[$0].weights.count } ?? 0
                node.weights = try weights(cursor, count: targets) ?? []
            }
            node.isVisible = try cursor.extensionNamed("KHR_node_visibility")?.bool("visible") ?? true
            try readTransform(cursor, into: &node)
            document.nodes.append(node)
        }
        try linkParents()
    }

    private func readTransform(_ cursor: JSONCursor, into node: inout Node) throws {
        node.translation = try cursor.vector3("translation") ?? .zero
        node.rotation = try cursor.vector4("rotation").map { Quaternion($0).normalized } ?? .identity
        node.scale = try cursor.vector3("scale") ?? SIMD3(repeating: 1)
        if let matrix = try cursor.floats("matrix", count: 16) {
            let value = Matrix4(columnMajor: matrix)
            node.matrix = value
            (node.translation, node.rotation, node.scale) = value.decomposed()
        }
    }

    /// Sets parents, and proves that the nodes are a forest: no two parents, no loop.
    private mutating func linkParents() throws {
        for i in document.nodes.indices {
            for (k, child) in document.nodes[i].children.enumerated() {
                guard child != i else {
                    throw invalid(.nodeLoop, "/nodes/\(i)/children/\(k)", "the node is its own child")
                }
                guard document.nodes[child].parent == nil else {
                    throw invalid(
                        .nodeParentOverride, "/nodes/\(i)/children/\(k)",
                        "node \(child) already has a parent")
                }
                document.nodes[child].parent = i
            }
        }
        // With one parent each, whatever the roots do not reach lies on or under a loop.
        var pending = document.nodes.indices.filter { document.nodes[$0].parent == nil }
        var reached = [Bool](repeating: false, count: document.nodes.count)
        while let node = pending.popLast() {
            reached[node] = true
            pending.append(contentsOf: document.nodes[node].children)
        }
        if let lost = reached.firstIndex(of: false) {
            throw invalid(.nodeLoop, "/nodes/\(lost)", "the node is part of a loop")
        }
    }

    mutating func readScenes() throws {
        // Other scenes than this one are not drawn.
        let scenes = try root.elements("scenes")
        guard let scene = scenes.isEmpty ? nil : try root.index("scene", below: scenes.count) ?? 0 else {
            document.sceneRoots = document.nodes.indices.filter { document.nodes[$0].parent == nil }
            return
        }
        var seen: Set<Int> = []
        let roots = try scenes[scene].indices("nodes", below: document.nodes.count).filter {
            seen.insert($0).inserted
        }
        for (i, node) in roots.enumerated() where document.nodes[node].parent != nil {
            throw invalid(
                .sceneNonRootNode, "/scenes/\(scene)/nodes/\(i)", "node \(node) is not a root")
        }
        document.sceneRoots = roots
    }

    mutating func readSkins() throws {
        try readAll("skins", into: \.skins, or: Skin()) { try $0.readSkin($1) }
    }

    private mutating func readSkin(_ cursor: JSONCursor) throws -> Skin {
        var skin = Skin()
        skin.name = try name(cursor)
        skin.joints = try cursor.indices("joints", below: document.nodes.count)
        skin.skeleton = try cursor.index("skeleton", below: document.nodes.count)
        skin.inverseBindMatrices = [Matrix4](repeating: .identity, count: skin.joints.count)
        if let index = try cursor.index("inverseBindMatrices", below: document.accessors.count) {
            let accessor = document.accessors[index]
            guard accessor.elementType == .mat4, accessor.componentType == .float else {
                throw invalid(
                    .skinIbmInvalidFormat, cursor.pointer(to: "inverseBindMatrices"),
                    "must be MAT4 of floats")
            }
            guard accessor.count >= skin.joints.count else {
                throw invalid(
                    .invalidIbmAccessorCount, cursor.pointer(to: "inverseBindMatrices"),
                    "\(accessor.count) matrices for \(skin.joints.count) joints")
            }
            try spend(accessor.count * 64, cursor.pointer(to: "inverseBindMatrices"))
            let values = accessor.floats()
            for joint in skin.joints.indices {
                skin.inverseBindMatrices[joint] = Matrix4(
                    columnMajor: Array(values[joint * 16..<joint * 16 + 16]))
            }
        }
        return skin
    }

    /// EXT_mesh_gpu_instancing: a node of its own below the node for each copy of its mesh.
    mutating func readInstances() throws {
        for (index, cursor) in (root["nodes"]?.elements ?? []).enumerated() {
            guard let instancing = cursor.extensionNamed("EXT_mesh_gpu_instancing"),
                let mesh = document.nodes[index].mesh, let attributes = instancing["attributes"]
            else { continue }
            func floats(_ name: String, _ type: Accessor.ElementType) throws -> [Float] {
                guard let accessor = try attributes.index(name, below: document.accessors.count) else {
                    return []
                }
                guard document.accessors[accessor].elementType == type else {
                    throw invalid(
                        .meshPrimitiveAttributesAccessorInvalidFormat, attributes.pointer(to: name),
                        "must be \(type.rawValue)")
                }
                return document.accessors[accessor].floats()
            }
            let translations = try floats("TRANSLATION", .vec3)
            let rotations = try floats("ROTATION", .vec4)
            let scales = try floats("SCALE", .vec3)
            let counts = Set([translations.count / 3, rotations.count / 4, scales.count / 3]).subtracting([0])
            guard let count = counts.first else { continue }
            guard counts.count == 1 else {
                throw invalid(
                    .meshPrimitiveUnequalAccessorCount, attributes.pointer,
                    "translations, rotations and scales need the same count")
            }
            guard count <= limits.draws, document.nodes.count + count <= limits.nodes else {
                throw invalid(
                    .tooManyDraws, attributes.pointer,
                    "\(count) copies of the mesh exceed the limits of nodes or of drawn primitives")
            }
            let weights = document.nodes[index].weights
            document.nodes[index].mesh = nil
            for i in 0..<count {
                var copy = Node()
                copy.mesh = mesh
                copy.parent = index
                copy.weights = weights
                func vector(_ values: [Float], _ fallback: SIMD3<Float>) -> SIMD3<Float> {
                    values.isEmpty ? fallback : SIMD3(values[i * 3], values[i * 3 + 1], values[i * 3 + 2])
                }
                copy.translation = vector(translations, .zero)
                copy.scale = vector(scales, SIMD3(repeating: 1))
                if !rotations.isEmpty {
                    copy.rotation =
                        Quaternion(
                            x: rotations[i * 4], y: rotations[i * 4 + 1], z: rotations[i * 4 + 2],
                            w: rotations[i * 4 + 3]
                        ).normalized
                }
                document.nodes[index].children.append(document.nodes.count)
                document.nodes.append(copy)
            }
        }
    }
}

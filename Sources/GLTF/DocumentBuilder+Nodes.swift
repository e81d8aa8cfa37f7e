import AvatariumCore

extension DocumentBuilder {
    mutating func readNodes() throws {
        let cursors = try root.objects("nodes")
        guard cursors.count <= limits.nodes else {
            throw invalid("VALUE_NOT_IN_RANGE", "/nodes", "more than \(limits.nodes) nodes")
        }
        let skinCount = count("skins")
        for cursor in cursors {
            var node = Node()
            node.name = try cursor.string("name")
            node.children = try cursor.indices("children", below: cursors.count)
            node.mesh = try cursor.index("mesh", below: document.meshes.count)
            node.skin = try cursor.index("skin", below: skinCount)
            node.camera = try cursor.index("camera", below: document.cameras.count)
            node.light =
                try cursor.extensionNamed("KHR_lights_punctual")?
                .index("light", below: document.lights.count)
            if cursor.has("weights") {
                let targets = node.mesh.map { document.meshes[$0].weights.count } ?? 0
                node.weights =
                    try weights(cursor, count: targets, rule: "NODE_WEIGHTS_INVALID") ?? []
            }
            try readTransform(cursor, into: &node)
            document.nodes.append(node)
        }
        try linkParents()
    }

    private func readTransform(_ cursor: Cursor, into node: inout Node) throws {
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
                    throw invalid("NODE_LOOP", "/nodes/\(i)/children/\(k)", "the node is its own child")
                }
                guard document.nodes[child].parent == nil else {
                    throw invalid(
                        "NODE_PARENT_OVERRIDE", "/nodes/\(i)/children/\(k)",
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
            throw invalid("NODE_LOOP", "/nodes/\(lost)", "the node is part of a loop")
        }
    }

    mutating func readScenes() throws {
        let scenes = try root.objects("scenes")
        let roots = try scenes.map { scene in
            var seen: Set<Int> = []
            return try scene.indices("nodes", below: document.nodes.count).filter { seen.insert($0).inserted }
        }
        for (s, nodes) in roots.enumerated() {
            for (i, node) in nodes.enumerated() where document.nodes[node].parent != nil {
                throw invalid(
                    "SCENE_NON_ROOT_NODE", "/scenes/\(s)/nodes/\(i)", "node \(node) is not a root")
            }
        }
        if let scene = try root.index("scene", below: scenes.count) {
            document.sceneRoots = roots[scene]
        } else {
            document.sceneRoots =
                roots.first ?? document.nodes.indices.filter { document.nodes[$0].parent == nil }
        }
    }

    mutating func readSkins() throws {
        for cursor in try root.objects("skins") {
            var skin = Skin()
            skin.name = try cursor.string("name")
            skin.joints = try cursor.indices("joints", below: document.nodes.count)
            skin.skeleton = try cursor.index("skeleton", below: document.nodes.count)
            skin.inverseBindMatrices = [Matrix4](repeating: .identity, count: skin.joints.count)
            if let index = try cursor.index("inverseBindMatrices", below: document.accessors.count) {
                let accessor = document.accessors[index]
                guard accessor.elementType == .mat4, accessor.componentType == .float else {
                    throw invalid(
                        "SKIN_IBM_INVALID_FORMAT", cursor.at("inverseBindMatrices"),
                        "must be MAT4 of floats")
                }
                guard accessor.count >= skin.joints.count else {
                    throw invalid(
                        "INVALID_IBM_ACCESSOR_COUNT", cursor.at("inverseBindMatrices"),
                        "\(accessor.count) matrices for \(skin.joints.count) joints")
                }
                try spend(accessor.count * 64, cursor.at("inverseBindMatrices"))
                let values = accessor.floats()
                for joint in skin.joints.indices {
                    skin.inverseBindMatrices[joint] = Matrix4(
                        columnMajor: Array(values[joint * 16..<joint * 16 + 16]))
                }
            }
            document.skins.append(skin)
        }
    }
}

import AvatariumCore

/// Nodes, skins, scenes and the tree that they form.
extension Validator {
    func linkNodes() {
        for i in graph.nodes.indices {
            guard let node = graph.nodes[i] else { continue }
            within("nodes", i) {
                resolve(node.json, "camera", in: "cameras") { exists("cameras", $0) }
                let skin = resolve(node.json, "skin", in: "skins") { exists("skins", $0) }
                if let mesh = resolve(node.json, "mesh", in: "meshes", exists: { exists("meshes", $0) }) {
                    checkMeshUse(node, mesh, hasSkin: skin != nil)
                }
                linkLight(node.json)
                within("children") {
                    linkNodes(node.children, parented: .nodeParentOverride, "already has a parent") {
                        graph.nodes[$0]?.parent = i
                    }
                }
            }
        }
    }

    private func checkMeshUse(_ node: ObjectGraph.Node, _ index: Int, hasSkin: Bool) {
        guard let primitives = graph.meshes[index]?.primitives, let first = primitives.first else { return }
        let weights = node.json["weights"]?.array.flatMap { $0.isEmpty ? nil : $0.count }
        if let weights {
            if weights != first.targets?.count {
                report(
                    .nodeWeightsInvalid, "weights",
                    "\(weights) weights for \(first.targets?.count ?? 0) morph targets")
            }
        } else {
            graph.markUsed("meshWeights", index)
        }
        let isSkinned = primitives.map { ($0.semantics.counts["JOINTS"] ?? 0) > 0 }
        if hasSkin, !isSkinned.contains(true) {
            report(.nodeSkinWithNonSkinnedMesh)
        }
        if !hasSkin, isSkinned.contains(true) {
            report(.nodeSkinnedMeshWithoutSkin)
        }
    }

    private func linkLight(_ json: JSON) {
        let name = "KHR_lights_punctual"
        guard extensionsKnown.contains(name), let light = json["extensions"]?[name] else { return }
        within("extensions") {
            within(name) {
                guard let declared = root["extensions"]?[name], declared.object != nil else {
                    return report(.unsatisfiedDependency, nil, "'/extensions/\(name)' must be defined too")
                }
                resolve(light, "light", in: "lights") { declared["lights"]?[$0]?.object != nil }
            }
        }
    }

    func linkSkin(_ i: Int, _ json: JSON, _ usage: UsageTracker) {
        guard let skin = graph.skins[i] else { return }
        var roots: [Int]?
        within("joints") {
            for (k, joint) in (skin.joints ?? []).enumerated() {
                guard let joint else { continue }
                guard exists("nodes", joint) else {
                    report(.unresolvedReference, String(k), "\(joint) refers to nothing")
                    continue
                }
                graph.markUsed("nodes", joint)
                graph.nodes[joint]?.isJoint = true
                let chain = ancestors(of: joint)
                if let known = roots {
                    let common = Set(chain)
                    roots = known.filter(common.contains)
                } else {
                    roots = chain
                }
            }
        }
        graph.skins[i]?.commonRoots = roots ?? []
        if skin.joints != nil, roots?.isEmpty ?? true {
            report(.skinNoCommonRoot, "joints")
        }
        if let accessor = useAccessor(
            json, "inverseBindMatrices", .inverseBindMatrices, .inverseBindMatrices, usage)
        {
            if stride(of: accessor) != nil {
                report(.skinIbmAccessorWithBytestride, "inverseBindMatrices")
            }
            if !AccessorFormat.inverseBindMatrices.contains(accessor.format) {
                report(.skinIbmInvalidFormat, "inverseBindMatrices")
            }
            if let joints = skin.joints?.count, accessor.count ?? 0 < joints {
                report(
                    .invalidIbmAccessorCount, "inverseBindMatrices",
                    "\(accessor.count ?? 0) matrices for \(joints) joints")
            }
        }
        if let skeleton = skin.skeleton {
            if !exists("nodes", skeleton) {
                report(.unresolvedReference, "skeleton", "\(skeleton) refers to nothing")
            } else if !(roots ?? []).contains(skeleton) {
                report(.skinSkeletonInvalid, "skeleton")
            }
        }
    }

    /// The node and what it hangs from, nearest first. All such walks together are bounded.
    private func ancestors(of node: Int) -> [Int] {
        var out: [Int] = []
        var seen: Set<Int> = []
        var next: Int? = node
        while let at = next, walkBudget > 0, seen.insert(at).inserted {
            walkBudget -= 1
            out.append(at)
            next = graph.nodes[at]?.parent
        }
        return out
    }

    func linkScenes() {
        resolve(root, "scene", in: "scenes") { exists("scenes", $0) }
        each("scenes") { i, scene in
            within("nodes") {
                linkNodes(scene.indexList("nodes") ?? [], parented: .sceneNonRootNode, "has a parent") {
                    mark($0, scene: i)
                }
            }
        }
    }

    /// Follows a list of references to nodes.
    /// - Parameters:
    ///   - issue: What is reported of a node that has a parent, with its text.
    ///   - link: Called with each node that exists.
    private func linkNodes(
        _ nodes: [Int?], parented issue: GLTFIssue, _ text: String, _ link: (Int) -> Void
    ) {
        for (k, node) in nodes.enumerated() {
            guard let node else { continue }
            guard exists("nodes", node) else {
                report(.unresolvedReference, String(k), "\(node) refers to nothing")
                continue
            }
            graph.markUsed("nodes", node)
            if graph.nodes[node]?.parent != nil { report(issue, String(k), "node \(node) \(text)") }
            link(node)
        }
    }

    private func mark(_ node: Int, scene: Int) {
        var pending = [node]
        while let at = pending.popLast(), walkBudget > 0 {
            walkBudget -= 1
            guard graph.nodes[at]?.scenes.insert(scene).inserted ?? false else { continue }
            for child in graph.nodes[at]?.children ?? [] {
                if let child, exists("nodes", child) { pending.append(child) }
            }
        }
    }

    func checkHierarchy() {
        let loops = nodesOnLoops()
        for (i, node) in graph.nodes.enumerated() {
            guard let node else { continue }
            within("nodes") {
                let isBare = ["children", "mesh", "camera", "extensions", "extras"].allSatisfy {
                    node.json[$0] == nil
                }
                if !node.isJoint, isBare { report(.nodeEmpty, String(i)) }
                if loops.contains(i) { report(.nodeLoop, String(i), "is part of a loop") }
                if let skin = node.skin, graph.skins.indices.contains(skin) {
                    checkSkinnedNode(i, node, graph.skins[skin])
                }
            }
        }
    }

    private func checkSkinnedNode(_ i: Int, _ node: ObjectGraph.Node, _ skin: ObjectGraph.Skin?) {
        if node.isTransformed {
            report(.nodeSkinnedMeshLocalTransforms, String(i))
        }
        let parents = ancestors(of: i).dropFirst()
        if !parents.isEmpty {
            if parents.contains(where: { graph.nodes[$0]?.isTransformed ?? false }) {
                report(
                    .nodeSkinnedMeshParentTransforms, String(i))
            }
            report(.nodeSkinnedMeshNonRoot, String(i))
        }
        guard let top = skin?.commonRoots.first(where: { graph.nodes[$0]?.parent == nil }),
            let scenes = graph.nodes[top]?.scenes
        else { return }
        if !node.scenes.isSubset(of: scenes) {
            report(.nodeSkinNoScene, String(i))
        }
    }

    /// The nodes that lead to themselves, by following parents; each is walked once.
    private func nodesOnLoops() -> Set<Int> {
        var state = [Int](repeating: 0, count: graph.nodes.count)
        var out: Set<Int> = []
        for start in graph.nodes.indices where state[start] == 0 {
            var trail: [Int] = []
            var next: Int? = start
            while let at = next, state[at] == 0 {
                state[at] = start + 1
                trail.append(at)
                next = graph.nodes[at]?.parent
            }
            // A walk that runs into its own trail has closed a loop there.
            if let at = next, state[at] == start + 1, let first = trail.firstIndex(of: at) {
                out.formUnion(trail[first...])
            }
        }
        return out
    }

    func checkUnused() {
        for name in [
            "accessors", "buffers", "bufferViews", "cameras", "images", "materials", "meshes", "nodes",
            "samplers", "skins", "textures",
        ] {
            for (i, item) in (root[name]?.array ?? []).enumerated() where item.object != nil {
                guard !(graph.used[name]?.contains(i) ?? false) else { continue }
                within(name) { report(.unusedObject, String(i)) }
            }
        }
        for (name, list) in [("KHR_lights_punctual", "lights"), ("KHR_materials_variants", "variants")]
        where extensionsKnown.contains(name) {
            for i in (root["extensions"]?[name]?[list]?.array ?? []).indices
            where !(graph.used[list]?.contains(i) ?? false) {
                report(
                    .unusedObject, pointer: "/extensions/\(name)/\(list)/\(i)")
            }
        }
        for (i, mesh) in graph.meshes.enumerated() where mesh?.hasWeights ?? false {
            guard graph.used["meshes"]?.contains(i) ?? false,
                !(graph.used["meshWeights"]?.contains(i) ?? false)
            else { continue }
            within("meshes", i) { report(.unusedMeshWeights, "weights") }
        }
    }
}

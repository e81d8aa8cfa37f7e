import AvatariumCore
import GLTF

/// Reads the `VRM` extension of VRM 0.x into the model of 1.0, as UniVRM's migration does.
struct VRM0Reader {
    let document: Document

    /// Thumbs moved up one joint in 1.0.
    private static let movedBones: [String: HumanBone] = [
        "leftThumbProximal": .leftThumbMetacarpal, "leftThumbIntermediate": .leftThumbProximal,
        "rightThumbProximal": .rightThumbMetacarpal, "rightThumbIntermediate": .rightThumbProximal,
    ]

    func read(_ vrm: JSONCursor, into model: inout AvatarModel) {
        // 0.x avatars look along -Z.
        model.facing = Quaternion(x: 0, y: 1, z: 0, w: 0)
        for bone in vrm["humanoid"]?.list("humanBones") ?? [] {
            guard let name = bone.string("bone"),
                let node = bone.index("node", below: document.nodes.count)
            else {
                model.note("VRM_INVALID_REFERENCE", bone.pointer, "the bone does not refer to a node")
                continue
            }
            guard let human = VRM0Reader.movedBones[name] ?? HumanBone(rawValue: name) else {
                model.noteUnknownBone(name, bone.pointer(to: "bone"))
                continue
            }
            model.humanoid[human] = node
        }
        readExpressions(vrm, &model)
        if let firstPerson = vrm["firstPerson"] {
            model.lookAt = lookAt(firstPerson)
            hideFirstPersonMeshes(firstPerson, &model)
        }
        readSprings(vrm["secondaryAnimation"], &model)
        readMaterials(vrm, &model)
    }

    private func hideFirstPersonMeshes(_ json: JSONCursor, _ model: inout AvatarModel) {
        let meshes = Set(
            json.list("meshAnnotations").filter { $0.string("firstPersonFlag") == "FirstPersonOnly" }
                .compactMap { $0.index("mesh", below: document.meshes.count) })
        guard !meshes.isEmpty else { return }
        for node in document.nodes.indices where document.nodes[node].mesh.map(meshes.contains) ?? false {
            model.document.nodes[node].hidesMesh = true
        }
    }

    private func readExpressions(_ vrm: JSONCursor, _ model: inout AvatarModel) {
        var nodesOfMesh: [Int: [Int]] = [:]
        for (node, value) in document.nodes.enumerated() {
            if let mesh = value.mesh { nodesOfMesh[mesh, default: []].append(node) }
        }
        var materials: [String: Int] = [:]
        for (i, material) in document.materials.enumerated() {
            if let name = material.name, materials[name] == nil { materials[name] = i }
        }
        var budget = BindBudget(document.limits)
        for (i, group) in (vrm["blendShapeMaster"]?.list("blendShapeGroups") ?? []).enumerated()
        where budget.takeExpression(group, &model) {
            let presetName = group.string("presetName")
            let preset = presetName.flatMap(ExpressionPreset.init(vrm0:))
            let own = group.string("name")
            let name = preset?.rawValue ?? own ?? "expression \(i)"
            var expression = Expression(name: name, role: preset)
            // 0.x had no preset for it, and everybody made one.
            if preset == nil, name.lowercased() == "surprised" {
                expression = Expression(name: "surprised", role: .surprised)
            }
            expression.aliases = [own, preset == nil ? nil : presetName].compactMap { $0 }
            expression.isBinary = group.bool("isBinary") ?? false
            for bind in group.list("binds") {
                guard let mesh = bind.index("mesh", below: document.meshes.count),
                    let target = bind.index("index", below: ShapeCatalog.targetCount(document.meshes[mesh]))
                else {
                    model.note(
                        "VRM_INVALID_REFERENCE", bind.pointer,
                        "the bind does not refer to a morph target of a mesh")
                    continue
                }
                let scale = (bind.number("weight") ?? 0) / 100
                for node in nodesOfMesh[mesh] ?? [] {
                    guard budget.take(bind, &model) else { break }
                    expression.morphs.append(MorphTarget(node: node, target: target, scale: scale))
                }
            }
            for value in group.list("materialValues") where budget.take(value, &model) {
                if !bindMaterial(value, materials, &expression) {
                    model.note(
                        "VRM_INVALID_REFERENCE", value.pointer,
                        "the bind does not refer to a known property of a material")
                }
            }
            model.expressions.append(expression)
        }
    }

    private func bindMaterial(
        _ json: JSONCursor, _ materials: [String: Int], _ expression: inout Expression
    ) -> Bool {
        let value = json.numbers("targetValue")
        guard let property = json.string("propertyName"),
            let material = json.string("materialName").flatMap({ materials[$0] }), value.count >= 4
        else { return false }
        let color = SIMD4(
            SRGB.decoded(value[0]), SRGB.decoded(value[1]), SRGB.decoded(value[2]), value[3])
        let kind: Expression.ColorKind
        switch property {
        case "_Color": kind = .color
        case "_EmissionColor": kind = .emissionColor
        case "_ShadeColor": kind = .shadeColor
        case "_RimColor": kind = .rimColor
        case "_OutlineColor": kind = .outlineColor
        case "_MainTex_ST", "_MainTex_ST_S", "_MainTex_ST_T":
            // Unity's texture origin is at the bottom left.
            var bind = Expression.TextureTransformBind(
                material: material, scale: SIMD2(value[0], value[1]),
                offset: SIMD2(value[2], 1 - value[1] - value[3]))
            bind.changesU = property != "_MainTex_ST_T"
            bind.changesV = property != "_MainTex_ST_S"
            expression.textureTransforms.append(bind)
            return true
        default: return false
        }
        expression.colors.append(Expression.ColorBind(material: material, kind: kind, target: color))
        return true
    }

    private func lookAt(_ json: JSONCursor) -> LookAt {
        let isExpression = json.string("lookAtTypeName") == "BlendShape"
        var lookAt = LookAt(kind: isExpression ? .expression : .bone)
        lookAt.updateRanges { name, range in
            let map = json["lookAt" + name]
            range.inputMaxValue = map?.number("xRange") ?? range.inputMaxValue
            range.outputScale = map?.number("yRange") ?? range.outputScale
            // Weights run to 1; exporters leave degrees of the bone form here.
            if isExpression { range.outputScale = min(range.outputScale, 1) }
        }
        return lookAt
    }
}

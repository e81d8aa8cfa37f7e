import AvatariumCore
import GLTF

/// Reads the `VRM` extension of VRM 0.x into the model of 1.0, as UniVRM's migration does.
struct VRM0Reader {
    let document: Document

    /// Presets whose names changed in 1.0.
    private static let presets: [String: String] = [
        "neutral": "neutral", "a": "aa", "i": "ih", "u": "ou", "e": "ee", "o": "oh", "blink": "blink",
        "blink_l": "blinkLeft", "blink_r": "blinkRight", "joy": "happy", "angry": "angry", "sorrow": "sad",
        "fun": "relaxed", "lookup": "lookUp", "lookdown": "lookDown", "lookleft": "lookLeft",
        "lookright": "lookRight",
    ]

    /// Thumbs moved up one joint in 1.0.
    private static let bones: [String: String] = [
        "leftThumbProximal": "leftThumbMetacarpal", "leftThumbIntermediate": "leftThumbProximal",
        "rightThumbProximal": "rightThumbMetacarpal", "rightThumbIntermediate": "rightThumbProximal",
    ]

    func read(_ vrm: JSON, into model: inout AvatarModel) {
        // 0.x avatars look along -Z.
        model.facing = Quaternion(x: 0, y: 1, z: 0, w: 0)
        for (i, bone) in (vrm["humanoid"]?["humanBones"]?.array ?? []).enumerated() {
            guard let name = bone["bone"]?.string,
                let node = bone.index("node", below: document.nodes.count)
            else {
                model.note(
                    "VRM_INVALID_REFERENCE", "/extensions/VRM/humanoid/humanBones/\(i)",
                    "the bone names no node")
                continue
            }
            model.humanoid[VRM0Reader.bones[name] ?? name] = node
        }
        readExpressions(vrm, &model)
        if let firstPerson = vrm["firstPerson"] { model.lookAt = lookAt(firstPerson) }
        readSprings(vrm["secondaryAnimation"], &model)
        readMaterials(vrm, &model)
    }

    private func readExpressions(_ vrm: JSON, _ model: inout AvatarModel) {
        var nodesOfMesh: [Int: [Int]] = [:]
        for (node, value) in document.nodes.enumerated() {
            if let mesh = value.mesh { nodesOfMesh[mesh, default: []].append(node) }
        }
        var bindCount = 0
        for (i, group) in (vrm["blendShapeMaster"]?["blendShapeGroups"]?.array ?? []).enumerated() {
            let pointer = "/extensions/VRM/blendShapeMaster/blendShapeGroups/\(i)"
            let preset = group["presetName"]?.string.flatMap { VRM0Reader.presets[$0.lowercased()] }
            var name = preset ?? group["name"]?.string ?? "expression \(i)"
            // 0.x had no preset for it, and everybody made one.
            if preset == nil, name.lowercased() == "surprised" { name = "surprised" }
            var expression = Expression(name: name, isPreset: preset != nil || name == "surprised")
            expression.isBinary = group["isBinary"]?.bool ?? false
            for (j, bind) in (group["binds"]?.array ?? []).enumerated() {
                guard let mesh = bind.index("mesh", below: document.meshes.count),
                    let target = bind.index("index", below: ShapeCatalog.targetCount(document.meshes[mesh]))
                else {
                    model.note(
                        "VRM_INVALID_REFERENCE", "\(pointer)/binds/\(j)",
                        "the bind names no morph target of a mesh")
                    continue
                }
                let scale = (bind.number("weight") ?? 0) / 100
                for node in nodesOfMesh[mesh] ?? [] where bindCount < AvatarLimits.morphTargets {
                    bindCount += 1
                    expression.morphs.append(MorphTarget(node: node, target: target, scale: scale))
                }
            }
            for (j, value) in (group["materialValues"]?.array ?? []).enumerated() {
                if !bindMaterial(value, &expression) {
                    model.note(
                        "VRM_INVALID_REFERENCE", "\(pointer)/materialValues/\(j)",
                        "the bind names no property of a material that is known")
                }
            }
            model.expressions.append(expression)
        }
    }

    private func bindMaterial(_ json: JSON, _ expression: inout Expression) -> Bool {
        let value = json.numbers("targetValue")
        guard let name = json["materialName"]?.string, let property = json["propertyName"]?.string,
            let material = document.materials.firstIndex(where: { $0.name == name }), value.count >= 4
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
            let s = property != "_MainTex_ST_T"
            let t = property != "_MainTex_ST_S"
            expression.textureTransforms.append(
                Expression.TextureTransformBind(
                    material: material, scale: SIMD2(s ? value[0] : 1, t ? value[1] : 1),
                    offset: SIMD2(s ? value[2] : 0, t ? 1 - value[1] - value[3] : 0)))
            return true
        default: return false
        }
        expression.colors.append(Expression.ColorBind(material: material, kind: kind, target: color))
        return true
    }

    private func lookAt(_ json: JSON) -> LookAt {
        func range(_ key: String) -> LookAt.RangeMap {
            LookAt.RangeMap(
                inputMaxValue: json[key]?.number("xRange") ?? 90,
                outputScale: json[key]?.number("yRange") ?? 10)
        }
        let isExpression = json["lookAtTypeName"]?.string == "BlendShape"
        // Unity's axes: its Z points the other way.
        let offset = json.xyz("firstPersonBoneOffset")
        var lookAt = LookAt(
            kind: isExpression ? .expression : .bone,
            offsetFromHeadBone: SIMD3(offset.x, offset.y, -offset.z),
            horizontalInner: range("lookAtHorizontalInner"), horizontalOuter: range("lookAtHorizontalOuter"),
            verticalDown: range("lookAtVerticalDown"), verticalUp: range("lookAtVerticalUp"))
        if isExpression {
            // Weights run to 1; exporters leave degrees of the bone form here.
            lookAt.horizontalInner.outputScale = min(lookAt.horizontalInner.outputScale, 1)
            lookAt.horizontalOuter.outputScale = min(lookAt.horizontalOuter.outputScale, 1)
            lookAt.verticalDown.outputScale = min(lookAt.verticalDown.outputScale, 1)
            lookAt.verticalUp.outputScale = min(lookAt.verticalUp.outputScale, 1)
        }
        return lookAt
    }
}

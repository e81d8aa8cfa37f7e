import AvatariumCore
import GLTF

/// Reads `VRMC_vrm` 1.0 with `VRMC_springBone`, `VRMC_node_constraint` and `VRMC_materials_mtoon`
/// (vrm-c/vrm-specification, 1.0). Defective references are reported and left out, never fatal.
struct VRM1Reader {
    let document: Document

    static let presets: Set<String> = [
        "happy", "angry", "sad", "relaxed", "surprised", "aa", "ih", "ou", "ee", "oh", "blink", "blinkLeft",
        "blinkRight", "lookUp", "lookDown", "lookLeft", "lookRight", "neutral",
    ]

    func read(_ vrm: JSON, _ extensions: JSON?, into model: inout AvatarModel) {
        let root = "/extensions/VRMC_vrm"
        if let bones = vrm["humanoid"]?["humanBones"]?.object {
            for name in bones.keys {
                guard let node = bones[name]?.index("node", below: document.nodes.count) else {
                    model.note(
                        "VRM_INVALID_REFERENCE", "\(root)/humanoid/humanBones/\(JSON.pointerToken(name))",
                        "the bone \(name) names no node")
                    continue
                }
                model.humanoid[name] = node
            }
        }
        for (group, isPreset) in [("preset", true), ("custom", false)] {
            guard let table = vrm["expressions"]?[group]?.object else { continue }
            for name in table.keys {
                guard let json = table[name] else { continue }
                let pointer = "\(root)/expressions/\(group)/\(JSON.pointerToken(name))"
                model.expressions.append(expression(name, isPreset, json, pointer, &model))
            }
        }
        if let lookAt = vrm["lookAt"] { model.lookAt = self.lookAt(lookAt) }
        if let springs = extensions?["VRMC_springBone"] { readSprings(springs, &model) }
        readConstraints(&model)
        readToon(&model)
    }

    private func expression(
        _ name: String, _ isPreset: Bool, _ json: JSON, _ pointer: String, _ model: inout AvatarModel
    ) -> Expression {
        var expression = Expression(name: name, isPreset: isPreset && VRM1Reader.presets.contains(name))
        expression.isBinary = json["isBinary"]?.bool ?? false
        func rule(_ key: String) -> Expression.Override {
            json[key]?.string.flatMap(Expression.Override.init(rawValue:)) ?? .none
        }
        expression.overrideBlink = rule("overrideBlink")
        expression.overrideLookAt = rule("overrideLookAt")
        expression.overrideMouth = rule("overrideMouth")
        for (i, bind) in (json["morphTargetBinds"]?.array ?? []).enumerated() {
            guard let node = bind.index("node", below: document.nodes.count),
                let mesh = document.nodes[node].mesh,
                let target = bind.index("index", below: ShapeCatalog.targetCount(document.meshes[mesh]))
            else {
                model.note(
                    "VRM_INVALID_REFERENCE", "\(pointer)/morphTargetBinds/\(i)",
                    "the bind names no morph target of a node with a mesh")
                continue
            }
            expression.morphs.append(
                MorphTarget(node: node, target: target, scale: bind.number("weight") ?? 0))
        }
        for (i, bind) in (json["materialColorBinds"]?.array ?? []).enumerated() {
            let value = bind.numbers("targetValue")
            guard let material = bind.index("material", below: document.materials.count), value.count == 4,
                let kind = bind["type"]?.string.flatMap(Expression.ColorKind.init(rawValue:))
            else {
                model.note(
                    "VRM_INVALID_REFERENCE", "\(pointer)/materialColorBinds/\(i)",
                    "the bind names no colour of a material")
                continue
            }
            let target = SIMD4(value[0], value[1], value[2], value[3])
            expression.colors.append(Expression.ColorBind(material: material, kind: kind, target: target))
        }
        for (i, bind) in (json["textureTransformBinds"]?.array ?? []).enumerated() {
            guard let material = bind.index("material", below: document.materials.count) else {
                model.note(
                    "VRM_INVALID_REFERENCE", "\(pointer)/textureTransformBinds/\(i)",
                    "the bind names no material")
                continue
            }
            let scale = bind.numbers("scale")
            let offset = bind.numbers("offset")
            expression.textureTransforms.append(
                Expression.TextureTransformBind(
                    material: material,
                    scale: scale.count == 2 ? SIMD2(scale[0], scale[1]) : SIMD2(1, 1),
                    offset: offset.count == 2 ? SIMD2(offset[0], offset[1]) : .zero))
        }
        return expression
    }

    private func lookAt(_ json: JSON) -> LookAt {
        func range(_ key: String) -> LookAt.RangeMap {
            LookAt.RangeMap(
                inputMaxValue: json[key]?.number("inputMaxValue") ?? 90,
                outputScale: json[key]?.number("outputScale") ?? 10)
        }
        return LookAt(
            kind: json["type"]?.string == "expression" ? .expression : .bone,
            offsetFromHeadBone: json.vector3("offsetFromHeadBone") ?? .zero,
            horizontalInner: range("rangeMapHorizontalInner"),
            horizontalOuter: range("rangeMapHorizontalOuter"),
            verticalDown: range("rangeMapVerticalDown"), verticalUp: range("rangeMapVerticalUp"))
    }
}

extension AvatarModel {
    /// Notes a defect of the avatar's own extensions.
    mutating func note(_ code: String, _ pointer: String, _ message: String) {
        diagnostics.append(Diagnostic(.warning, code, pointer: pointer, message))
    }
}

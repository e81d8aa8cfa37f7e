import AvatariumCore
import GLTF

/// Reads `VRMC_vrm` 1.0 with `VRMC_springBone`, `VRMC_node_constraint` and `VRMC_materials_mtoon`
/// (vrm-c/vrm-specification, 1.0). Defective references are reported and left out, never fatal.
struct VRM1Reader {
    let document: Document

    func read(_ vrm: JSONCursor, into model: inout AvatarModel) {
        for (name, bone) in vrm["humanoid"]?["humanBones"]?.members ?? [] {
            guard let human = HumanBone(rawValue: name) else {
                model.noteUnknownBone(name, bone.pointer)
                continue
            }
            guard let node = bone.index("node", below: document.nodes.count) else {
                model.note(
                    "VRM_INVALID_REFERENCE", bone.pointer,
                    "the bone \(human.rawValue) does not refer to a node")
                continue
            }
            model.humanoid[human] = node
        }
        readExpressions(vrm["expressions"], &model)
        if let lookAt = vrm["lookAt"] { model.lookAt = self.lookAt(lookAt) }
        for annotation in vrm["firstPerson"]?.list("meshAnnotations") ?? []
        where annotation.string("type") == "firstPersonOnly" {
            guard let node = annotation.index("node", below: document.nodes.count) else { continue }
            model.document.nodes[node].hidesMesh = true
        }
        if let springs = document.cursor["extensions"]?["VRMC_springBone"] { readSprings(springs, &model) }
        readConstraints(&model)
        readToon(&model)
    }

    private func readExpressions(_ json: JSONCursor?, _ model: inout AvatarModel) {
        var budget = BindBudget(document.limits)
        for (name, item) in json?["preset"]?.members ?? [] where budget.takeExpression(item, &model) {
            let preset = ExpressionPreset(rawValue: name)
            if preset == nil {
                model.note(
                    "VRM_UNKNOWN_PRESET", item.pointer,
                    "'\(name.quotedForMessage())' is not a preset of VRM 1.0; it is read as a custom expression"
                )
            }
            model.expressions.append(
                expression(Expression(name: name, role: preset), item, &budget, &model))
        }
        for (name, item) in json?["custom"]?.members ?? [] where budget.takeExpression(item, &model) {
            model.expressions.append(
                expression(Expression(name: name, role: nil), item, &budget, &model))
        }
    }

    private func expression(
        _ named: Expression, _ json: JSONCursor, _ budget: inout BindBudget, _ model: inout AvatarModel
    ) -> Expression {
        var expression = named
        expression.isBinary = json.bool("isBinary") ?? false
        func rule(_ key: String) -> Expression.Override {
            json.string(key).flatMap(Expression.Override.init(rawValue:)) ?? .none
        }
        expression.overrideBlink = rule("overrideBlink")
        expression.overrideLookAt = rule("overrideLookAt")
        expression.overrideMouth = rule("overrideMouth")
        for bind in json.list("morphTargetBinds") where budget.take(bind, &model) {
            guard let node = bind.index("node", below: document.nodes.count),
                let mesh = document.nodes[node].mesh,
                let target = bind.index("index", below: ShapeCatalog.targetCount(document.meshes[mesh]))
            else {
                model.note(
                    "VRM_INVALID_REFERENCE", bind.pointer,
                    "the bind does not refer to a morph target of a node with a mesh")
                continue
            }
            expression.morphs.append(
                MorphTarget(node: node, target: target, scale: bind.number("weight") ?? 0))
        }
        for bind in json.list("materialColorBinds") where budget.take(bind, &model) {
            let value = bind.numbers("targetValue")
            guard let material = bind.index("material", below: document.materials.count), value.count == 4,
                let kind = bind.string("type").flatMap(Expression.ColorKind.init(rawValue:))
            else {
                model.note(
                    "VRM_INVALID_REFERENCE", bind.pointer,
                    "the bind does not refer to a colour of a material")
                continue
            }
            let target = SIMD4(value[0], value[1], value[2], value[3])
            expression.colors.append(Expression.ColorBind(material: material, kind: kind, target: target))
        }
        for bind in json.list("textureTransformBinds") where budget.take(bind, &model) {
            guard let material = bind.index("material", below: document.materials.count) else {
                model.note("VRM_INVALID_REFERENCE", bind.pointer, "the bind does not refer to a material")
                continue
            }
            expression.textureTransforms.append(
                Expression.TextureTransformBind(
                    material: material, scale: bind.vector2("scale") ?? SIMD2(1, 1),
                    offset: bind.vector2("offset") ?? .zero))
        }
        return expression
    }

    private func lookAt(_ json: JSONCursor) -> LookAt {
        var lookAt = LookAt(kind: json.string("type") == "expression" ? .expression : .bone)
        lookAt.updateRanges { name, range in
            let map = json["rangeMap" + name]
            range.inputMaxValue = map?.number("inputMaxValue") ?? range.inputMaxValue
            range.outputScale = map?.number("outputScale") ?? range.outputScale
        }
        return lookAt
    }
}

/// How many expressions and binds an avatar may still have.
struct BindBudget {
    private let limits: LoadLimits
    private var expressions: Int
    private var binds: Int
    private var isReported = false

    init(_ limits: LoadLimits) {
        self.limits = limits
        expressions = limits.expressions
        binds = limits.morphTargets
    }

    /// Takes one expression; false, with one notice in all, where there are too many.
    mutating func takeExpression(_ place: JSONCursor, _ model: inout AvatarModel) -> Bool {
        expressions -= 1
        return expressions >= 0
            || refuse(
                "expressions beyond the limit of \(limits.expressions)", place, &model)
    }

    /// Takes one bind; false, with one notice in all, where there are too many.
    mutating func take(_ place: JSONCursor, _ model: inout AvatarModel) -> Bool {
        binds -= 1
        return binds >= 0 || refuse("binds beyond the limit of \(limits.morphTargets)", place, &model)
    }

    private mutating func refuse(_ what: String, _ place: JSONCursor, _ model: inout AvatarModel) -> Bool {
        if !isReported { model.note("AVATAR_LIMIT_EXCEEDED", place.pointer, "\(what) are ignored") }
        isReported = true
        return false
    }
}

extension AvatarModel {
    /// Notes a defect of the avatar's own extensions; no more of them than `LoadLimits.diagnostics`.
    mutating func note(_ code: String, _ pointer: String, _ message: @autoclosure () -> String) {
        guard noteCount < document.limits.diagnostics else { return }
        noteCount += 1
        diagnostics.append(Diagnostic(.warning, code, pointer: pointer, message()))
    }

    mutating func noteUnknownBone(_ name: String, _ pointer: String) {
        func remedy() -> String {
            let near = NearMatches.of(name.lowercased(), in: HumanBone.allCases.map(\.rawValue)).first
            return near.map { "did you mean \($0)?" } ?? "it is ignored"
        }
        note(
            "VRM_UNKNOWN_BONE", pointer,
            "'\(name.quotedForMessage())' is not a bone of VRM's humanoid; \(remedy())")
    }
}

import AvatariumCore
import GLTF

/// Turns a glTF document into an `AvatarModel`: VRM 1.0 where it says so, VRM 0.x, else plain glTF whose face
/// and bones are recognised by their names.
public enum AvatarReader {
    /// - Parameter mapping: a hand-written table that replaces what is recognised, shape by shape.
    /// - Throws: `AvatariumError` E024 when the document holds no geometry.
    public static func read(_ document: Document, mapping: FaceMapping? = nil) throws -> AvatarModel {
        guard document.hasMeshNode else { throw document.noGeometry }
        var model = AvatarModel(document: document)
        model.diagnostics = document.diagnostics
        model.face = FaceShapeMap.recognise(
            in: document, mapping: mapping, diagnostics: &model.diagnostics)
        let extensions = document.cursor["extensions"]
        if let vrm = extensions?["VRMC_vrm"] {
            model.dialect = .vrm1
            VRM1Reader(document: document).read(vrm, into: &model)
        } else if let vrm = extensions?["VRM"] {
            model.dialect = .vrm0
            VRM0Reader(document: document).read(vrm, into: &model)
        }
        adoptNamedPresets(&model)
        let named = BoneNames.recognise(in: document)
        let finder = HeadFinder(document, face: model.face, expressions: model.expressions)
        if model.humanoid[.head] == nil {
            model.humanoid = named
            finder.settle(&model.humanoid)
        } else if model.humanoid[.jaw] == nil, let jaw = named[.jaw] {
            model.humanoid[.jaw] = jaw
        }
        finder.dropIdleJaw(&model.humanoid)
        adoptPerfectSync(&model, mapping)
        // A model without a face or bones is not an avatar.
        if !model.face.byName.isEmpty || !model.humanoid.isEmpty || mapping?.materials.isEmpty == false {
            model.faceParts = FaceParts(
                document, humanoid: model.humanoid, mapping: mapping, diagnostics: &model.diagnostics)
        }
        report(&model)
        return model
    }

    /// Many files leave the presets out, or say `unknown`: an expression whose name means one is that one, where no
    /// other is. A single letter means a vowel only beside others.
    private static func adoptNamedPresets(_ model: inout AvatarModel) {
        var taken = Set(model.expressions.filter { !$0.bindsNothing }.compactMap(\.role))
        let named = model.expressions.map { expression -> ExpressionPreset? in
            guard expression.role == nil, !expression.bindsNothing else { return nil }
            return ([expression.name] + expression.aliases).lazy.compactMap(ExpressionPreset.init(named:))
                .first
        }
        let vowels = Set(named.compactMap { $0 }.filter(ExpressionPreset.vowels.contains))
        for (i, preset) in named.enumerated() {
            guard let preset, !ExpressionPreset.vowels.contains(preset) || vowels.count >= 3,
                taken.insert(preset).inserted
            else { continue }
            model.expressions[i].role = preset
        }
    }

    /// VRM files made for face tracking carry ARKit's shapes as custom expressions ("perfect sync"): their binds
    /// serve where no morph target has the name itself.
    private static func adoptPerfectSync(_ model: inout AvatarModel, _ mapping: FaceMapping?) {
        for expression in model.expressions where !expression.isPreset && !expression.morphs.isEmpty {
            guard let meaning = ShapeNames.meaning(of: expression.name), meaning.rank == .exact else {
                continue
            }
            for (shape, scale) in meaning.arkit
            where model.face.arkit[shape] == nil && mapping?.shapes[shape.name] == nil {
                model.face.arkit[shape] = expression.morphs.map {
                    MorphTarget(node: $0.node, target: $0.target, scale: $0.scale * scale)
                }
            }
        }
    }

    private static func report(_ model: inout AvatarModel) {
        if model.dialect != .gltf, !model.expressions.isEmpty, model.expressions.allSatisfy(\.bindsNothing) {
            let count = model.expressions.count
            model.note(
                "VRM_EXPRESSIONS_EMPTY",
                model.dialect == .vrm1
                    ? "/extensions/VRMC_vrm/expressions" : "/extensions/VRM/blendShapeMaster",
                "none of the \(count) expressions binds anything; morph targets are "
                    + "recognised by their names instead")
        }
        reportStillParts(&model)
        reportDefaultWeights(&model)
        reportLights(&model)
        reportLying(&model)
    }

    /// Says what will not move.
    private static func reportStillParts(_ model: inout AvatarModel) {
        let drives = { (preset: ExpressionPreset) in
            model.expressions.contains { $0.role == preset && !$0.bindsNothing }
        }
        let hasFace = !model.face.arkit.isEmpty || !model.face.visemes.isEmpty
        // Shapes of brows and lids alone open no mouth.
        let opens = model.face.arkit[.jawOpen] != nil || model.face.visemes.keys.contains { $0 != .sil }
        if !opens, !ExpressionPreset.vowels.contains(where: drives), model.humanoid[.jaw] == nil {
            model.note(
                "AVATAR_NO_FACE_SHAPES", "/meshes",
                "the model has no jaw bone, and no mouth shape or expression that is recognised: the mouth "
                    + "will not move; name its morph targets after ARKit's shapes or the visemes, or give a "
                    + "face mapping"
            )
        }
        // A head of loose meshes turns as a whole, and a thing without skin or face has none.
        let needsNone = model.document.skins.isEmpty && (hasFace || model.dialect == .gltf)
        guard model.humanoid[.head] == nil, !needsNone else { return }
        model.note(
            "AVATAR_NO_HEAD_BONE", "/nodes",
            "no bone is recognised as the head: nods, gaze and idle movement of the head will not show"
                + (hasFace ? "" : ", and the cameras face and bust show the whole model")
                + "; name the head's bone 'Head'")
    }

    /// Performances start from a neutral face.
    private static func reportDefaultWeights(_ model: inout AvatarModel) {
        let document = model.document
        var places: Set<Int> = []
        for target in (Array(model.face.arkit.values) + Array(model.face.visemes.values)).joined() {
            let node = document.nodes[target.node]
            let weights =
                node.weights.isEmpty ? node.mesh.map { document.meshes[$0].weights } ?? [] : node.weights
            if weights.indices.contains(target.target), weights[target.target] != 0 {
                places.insert(target.node)
            }
        }
        for node in places.sorted() {
            model.diagnostics.append(
                Diagnostic(
                    .information, "AVATAR_DEFAULT_WEIGHTS", pointer: "/nodes/\(node)",
                    "the file's default weights of face shapes are not used in clips, which start from a "
                        + "neutral face; `still --no-idle` shows them"))
        }
    }

    /// Irradiance, in lux, from which a white surface is far beyond white at exposure 1.
    private static let blindingLux: Float = 12

    /// Warns of lights that leave nothing but white: Blender writes watts of its lamps as candela.
    private static func reportLights(_ model: inout AvatarModel) {
        let document = model.document
        let lit = document.sceneNodes.compactMap { node in document.nodes[node].light.map { (node, $0) } }
        guard !lit.isEmpty else { return }
        let places = document.drawnMeshNodes.map { document.restPosition(of: $0.node) }
        guard !places.isEmpty else { return }
        let middle = places.reduce(SIMD3<Float>.zero, +) / Float(places.count)
        for (node, index) in lit {
            let light = document.lights[index]
            var lux = light.intensity * light.color.max()
            if case .directional = light.kind {
            } else {
                let away = document.restPosition(of: node) - middle
                lux /= max((away * away).sum(), 0.25)
            }
            guard lux > blindingLux else { continue }
            model.note(
                "LIGHT_SATURATES", "/nodes/\(node)",
                "this light gives the model about \(Int(min(lux, 1e9))) lux, which is white at exposure 1; lower its "
                    + "intensity (Blender: export with the lighting mode Unitless)"
                    + (lux < 300 ? " or set --exposure to about \(suggested(3 / lux))" : ""))
        }
    }

    /// One significant digit.
    private static func suggested(_ exposure: Float) -> Double {
        var scale = 1.0
        while Double(exposure) * scale < 1, scale < 1e6 { scale *= 10 }
        return (Double(exposure) * scale).rounded() / scale
    }

    /// Warns about a model whose up axis is not glTF's +Y, which loads lying down.
    private static func reportLying(_ model: inout AvatarModel) {
        guard let head = model.humanoid[.head], let hips = model.humanoid[.hips] else { return }
        func isUpright(_ way: SIMD3<Float>) -> Bool { way.y >= (way * way).sum().squareRoot() / 2 }
        let places = [head, hips].map(model.document.restPosition(of:))
        let spine = places[0] - places[1]
        // Within sixty degrees, or on its legs, as an animal.
        guard !isUpright(spine) else { return }
        for leg in [HumanBone.leftFoot, .rightFoot, .leftLowerLeg, .rightLowerLeg] {
            if let foot = model.humanoid[leg], isUpright(places[1] - model.document.restPosition(of: foot)) {
                return
            }
        }
        let axes = [("x", spine.x), ("y", spine.y), ("z", spine.z)]
        let main = axes.max { abs($0.1) < abs($1.1) } ?? axes[0]
        model.note(
            "AVATAR_NOT_UPRIGHT", "/nodes/\(head)",
            "the avatar's hip-to-head axis points along \(main.1 < 0 ? "-" : "+")\(main.0), but glTF's up "
                + "axis is +y: it is drawn lying down; export it with +y up, or rotate its root node")
    }
}

extension Expression {
    /// Whether the expression changes nothing at all.
    public var bindsNothing: Bool { morphs.isEmpty && colors.isEmpty && textureTransforms.isEmpty }
}

extension Document {
    /// Whether there is anything that could be drawn.
    public var hasMeshNode: Bool { nodes.contains { $0.mesh != nil } }
}

extension Document {
    /// Where the origin of a node lies in the scene at rest.
    fileprivate func restPosition(of node: Int) -> SIMD3<Float> {
        var matrix = nodes[node].localMatrix
        var parent = nodes[node].parent
        while let above = parent {
            matrix = nodes[above].localMatrix * matrix
            parent = nodes[above].parent
        }
        return SIMD3(matrix.columns.3.x, matrix.columns.3.y, matrix.columns.3.z)
    }
}

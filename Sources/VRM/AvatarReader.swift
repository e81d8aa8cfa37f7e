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
        let extensions = document.json["extensions"]
        if let vrm = extensions?["VRMC_vrm"] {
            model.dialect = "VRM 1.0"
            VRM1Reader(document: document).read(vrm, extensions, into: &model)
        } else if let vrm = extensions?["VRM"] {
            model.dialect = "VRM 0.x"
            VRM0Reader(document: document).read(vrm, into: &model)
        }
        let named = BoneNames.recognise(in: document)
        if model.humanoid["head"] == nil {
            model.humanoid = named
        } else if model.humanoid["jaw"] == nil, let jaw = named["jaw"] {
            model.humanoid["jaw"] = jaw
        }
        adoptPerfectSync(&model, mapping)
        model.enforceLimits()
        report(&model)
        return model
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
        let drives = { (name: String) in
            model.expressions.contains { $0.name == name && !$0.bindsNothing }
        }
        let mouth = ["aa", "ih", "ou", "ee", "oh"].contains(where: drives)
        if model.dialect != "glTF", !model.expressions.isEmpty,
            model.expressions.allSatisfy(\.bindsNothing)
        {
            model.diagnostics.append(
                Diagnostic(
                    .warning, "VRM_EXPRESSIONS_EMPTY",
                    pointer: model.dialect == "VRM 1.0"
                        ? "/extensions/VRMC_vrm/expressions" : "/extensions/VRM/blendShapeMaster",
                    "none of the \(model.expressions.count) expressions binds anything; morph targets are "
                        + "recognised by their names instead"))
        }
        if model.face.arkit.isEmpty, model.face.visemes.isEmpty, !mouth, model.humanoid["jaw"] == nil {
            model.diagnostics.append(
                Diagnostic(
                    .warning, "AVATAR_NO_FACE_SHAPES", pointer: "/meshes",
                    "the model has no face shape that is recognised and no jaw bone: the mouth will stay "
                        + "still; export it with ARKit or viseme morph targets, or give a face mapping"))
        }
        reportLying(&model)
    }

    /// glTF's up is +Y; exporters that think otherwise lay their people on their backs.
    private static func reportLying(_ model: inout AvatarModel) {
        guard let head = model.humanoid["head"], let hips = model.humanoid["hips"] else { return }
        func isUpright(_ way: SIMD3<Float>) -> Bool { way.y >= (way * way).sum().squareRoot() / 2 }
        let places = [head, hips].map(model.document.restPosition(of:))
        let spine = places[0] - places[1]
        // Within sixty degrees, or on its legs, as an animal.
        guard !isUpright(spine) else { return }
        for leg in ["leftFoot", "rightFoot", "leftLowerLeg", "rightLowerLeg"] {
            if let foot = model.humanoid[leg], isUpright(places[1] - model.document.restPosition(of: foot)) {
                return
            }
        }
        let axes = [("x", spine.x), ("y", spine.y), ("z", spine.z)]
        let main = axes.max { abs($0.1) < abs($1.1) } ?? axes[0]
        model.diagnostics.append(
            Diagnostic(
                .warning, "AVATAR_NOT_UPRIGHT", pointer: "/nodes/\(head)",
                "from its hips to its head the avatar points along \(main.1 < 0 ? "-" : "+")\(main.0), where glTF's up "
                    + "is +y: it is drawn lying; export it with y up, or turn its root node"))
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

import AvatariumCore

/// The rules of meshes, primitives and nodes by themselves.
extension Validator {
    func checkMesh(_ json: JSON) {
        guard let primitives = ObjectGraph.Mesh(json).primitives else { return }
        let targets = primitives.map { $0.targets?.count ?? 0 }
        for (i, primitive) in primitives.enumerated() where targets[i] != targets[0] {
            within("primitives", i) {
                report(
                    .meshPrimitivesUnequalTargetsCount, primitive.targets != nil ? "targets" : nil)
            }
        }
        if let weights = json["weights"]?.array, !weights.isEmpty, weights.count != targets[0] {
            report(
                .meshInvalidWeightsCount, "weights",
                "\(weights.count) weights for \(targets[0]) morph targets")
        }
    }

    func checkPrimitive(_ json: JSON) {
        if let value = json["attributes"] {
            if value.object == nil {
                report(.typeMismatch, "attributes", "must be an object")
            } else if value.object?.isEmpty ?? true {
                report(.emptyEntity, "attributes")
            } else {
                within("attributes") { checkAttributes(value) }
            }
        } else {
            report(.undefinedProperty, nil, "'attributes' must be defined")
        }
        guard let value = json["targets"] else { return }
        guard let items = value.array else { return report(.typeMismatch, "targets", "must be an array") }
        guard !items.isEmpty else { return report(.emptyEntity, "targets") }
        within("targets") {
            for (i, item) in items.enumerated() { checkTarget(item, i) }
        }
    }

    private func checkAttributes(_ json: JSON) {
        let semantics = AttributeSemantics(json.object?.keys ?? [])
        for name in semantics.invalid {
            report(
                .meshPrimitiveInvalidAttribute, name,
                "is not an attribute of glTF; custom attributes start with _")
        }
        checkReferences(json)
        if !semantics.names.contains("POSITION") {
            report(.meshPrimitiveNoPosition)
        }
        if semantics.names.contains("TANGENT"), !semantics.names.contains("NORMAL") {
            report(.meshPrimitiveTangentWithoutNormal, "TANGENT")
        }
        for name in semantics.broken {
            report(
                .meshPrimitiveIndexedSemanticContinuity, nil, "\(name) must be numbered 0, 1, 2 ...")
        }
        if !semantics.jointsMatchWeights {
            report(.meshPrimitiveJointsWeightsMismatch)
        }
    }

    private func checkReferences(_ json: JSON) {
        for name in json.object?.keys ?? [] where json.index(name) == nil {
            report(.invalidIndex, name)
        }
    }

    private func checkTarget(_ item: JSON, _ i: Int) {
        guard let object = item.object else {
            return report(.arrayTypeMismatch, nil, "its elements must be objects")
        }
        guard !object.isEmpty else { return report(.emptyEntity, String(i)) }
        within(String(i)) {
            for name in object.keys where !name.hasPrefix("_") {
                if ["POSITION", "NORMAL", "TANGENT"].contains(name) { continue }
                if let split = AttributeSemantics.split(name), ["COLOR", "TEXCOORD"].contains(split.semantic)
                {
                    continue
                }
                report(.meshPrimitiveInvalidAttribute, name, "cannot be morphed")
            }
            checkReferences(item)
        }
    }

    func checkNode(_ json: JSON) {
        if json.index("mesh") == nil {
            if json.index("skin") != nil {
                report(.unsatisfiedDependency, "skin", "'mesh' must be defined too")
            }
            if !(json["weights"]?.array ?? []).isEmpty {
                report(.unsatisfiedDependency, "weights", "'mesh' must be defined too")
            }
        }
        let rotation = json.numberList("rotation", count: 4)
        if let rotation, rotation.allSatisfy({ abs($0) <= 1 }) {
            let length = rotation.reduce(0) { $0 + $1 * $1 }.squareRoot()
            if abs(1 - length) > Self.quaternionTolerance {
                report(.rotationNonUnit, "rotation", "its length is \(length), not 1")
            }
        }
        guard let matrix = json.numberList("matrix", count: 16) else { return }
        let hasParts =
            rotation != nil || json.numberList("translation", count: 3) != nil
            || json.numberList("scale", count: 3) != nil
        if hasParts { report(.nodeMatrixTrs, "matrix") }
        if matrix == [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] {
            report(.nodeMatrixDefault, "matrix")
        } else if !Self.isDecomposable(matrix) {
            report(.nodeMatrixNonTrs, "matrix")
        }
    }

    /// Slightly more than the error of 8-bit quantisation.
    static let quaternionTolerance = 0.00769
    static let vectorTolerance = 0.00674

    /// Whether an affine matrix has orthogonal axes: shear makes it no product of the three.
    private static func isDecomposable(_ m: [Double]) -> Bool {
        guard m[3] == 0, m[7] == 0, m[11] == 0, m[15] == 1 else { return false }
        let axes = [Array(m[0..<3]), Array(m[4..<7]), Array(m[8..<11])]
        let lengths = axes.map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }
        guard lengths.allSatisfy({ $0 > 0 }) else { return false }
        for (a, b) in [(0, 1), (1, 2), (2, 0)] {
            let product = (0..<3).reduce(0) { $0 + axes[a][$1] * axes[b][$1] }
            if abs(product) > 0.0001 * lengths[a] * lengths[b] { return false }
        }
        return true
    }
}

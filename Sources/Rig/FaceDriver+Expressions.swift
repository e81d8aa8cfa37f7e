import AvatariumCore
import GLTF
import VRM

extension FaceDriver {
    func addEmotions(
        _ frame: FaceFrame, _ overrides: PoseOverrides, _ expressions: inout [Float]
    ) {
        if !hasUpperFace {
            for (emotion, weight) in frame.emotions.enumerated() where weight > 0 {
                if let i = emotionExpressions[emotion] { expressions[i] += weight }
            }
        }
        guard let name = overrides.expression else { return }
        let named = index(named: name) ?? Emotion(named: name).flatMap { emotionExpressions[$0.rawValue] }
        if let named { expressions[named] = overrides.expressionWeight }
    }

    func addBlink(_ shapes: [Float], _ expressions: inout [Float]) {
        let left = shapes[ARKitShape.eyeBlinkLeft.rawValue]
        let right = shapes[ARKitShape.eyeBlinkRight.rawValue]
        func binds(_ preset: ExpressionPreset) -> Int? {
            presetIndex[preset].flatMap { model.expressions[$0].bindsNothing ? nil : $0 }
        }
        if abs(left - right) < 0.05 || binds(.blinkLeft) == nil || binds(.blinkRight) == nil,
            let both = binds(.blink)
        {
            expressions[both] += (left + right) / 2
        } else {
            if let i = binds(.blinkLeft) { expressions[i] += left }
            if let i = binds(.blinkRight) { expressions[i] += right }
        }
    }

    func addLook(_ gaze: SIMD2<Float>, _ expressions: inout [Float]) {
        guard let lookAt = model.lookAt else { return }
        let degrees = gaze * (180 / .pi)
        func add(_ preset: ExpressionPreset, _ range: LookAt.RangeMap, _ angle: Float) {
            guard angle > 0, let i = presetIndex[preset] else { return }
            expressions[i] += range.output(angle)
        }
        add(.lookDown, lookAt.verticalDown, degrees.x)
        add(.lookUp, lookAt.verticalUp, -degrees.x)
        add(.lookLeft, lookAt.horizontalOuter, degrees.y)
        add(.lookRight, lookAt.horizontalOuter, -degrees.y)
    }

    /// What is left of blinking, looking and speaking beside the active expressions.
    func overrideFactors(_ weights: [Float]) -> OverrideFactors {
        var factors = OverrideFactors()
        for (expression, weight) in zip(model.expressions, weights) where weight > 0 {
            factors.add(expression, expression.output(weight))
        }
        return factors
    }

    /// An expression that is binary and overridden at all does not show (VRMC_vrm 1.0, "Interaction between
    /// override and isBinary").
    func shownWeight(_ expression: Expression, _ weight: Float, _ factors: OverrideFactors) -> Float {
        let factor = OverrideFactors.Kind(expression).map { factors[$0] } ?? 1
        return expression.isBinary && factor < 1 ? 0 : expression.output(weight) * factor
    }

    func addNamed(_ overrides: PoseOverrides, _ expressions: inout [Float]) {
        for (name, weight) in overrides.weights where model.face.byName[name] == nil {
            if let i = index(named: name) { expressions[i] = weight }
        }
    }

    /// Weights set by hand replace everything else on their targets.
    func setNamed(_ overrides: PoseOverrides, _ weights: inout [[Float]]) {
        for (name, weight) in overrides.weights.sorted(by: { $0.key < $1.key }) {
            var targets = model.face.byName[name] ?? []
            if targets.isEmpty, let shape = ARKitShape(name: name) { targets = arkit[shape.rawValue] }
            if targets.isEmpty, name.hasPrefix("viseme_"),
                let viseme = OculusViseme(name: String(name.dropFirst(7)))
            {
                targets = visemes[viseme.rawValue]
            }
            for target in targets where weights[target.node].indices.contains(target.target) {
                weights[target.node][target.target] = weight * target.scale
            }
        }
    }

    /// Adds the expressions' binds by the weights to show. What of an emotion is the speaking mouth's own target leaves it to speech;
    /// what moves the lips with the rest of the face steps back.
    func apply(
        _ expressions: [Float], speech: Float, to weights: inout [[Float]]
    ) -> [Int: MaterialOverride] {
        var blend = MaterialBlend(model)
        for (i, weight) in expressions.enumerated() where weight > 0 {
            let expression = model.expressions[i]
            let yields = speech > 0 && emotionExpressions.contains(i)
            for target in expression.morphs {
                var share: Float = 1
                if yields {
                    let isMouth = mouthTargets.contains(MorphTarget(node: target.node, target: target.target))
                    share -= speech * (isMouth ? 1 : lipGapCorrector?.lipGap.moves(target) ?? false ? 0.7 : 0)
                }
                add([target], weight * share, to: &weights)
            }
            blend.add(expression, weight)
        }
        return blend.overrides
    }
}

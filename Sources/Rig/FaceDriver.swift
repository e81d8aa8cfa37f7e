import AvatariumCore
import GLTF
import VRM

/// Turns a `FaceFrame` into morph weights, expression weights and material changes of one avatar.
struct FaceDriver: Sendable {
    let mouth: MouthDriver
    /// Whether the upper face has ARKit shapes of its own, so that emotions come through them.
    let hasUpperFace: Bool
    private let model: AvatarModel
    private let arkit: [[MorphTarget]]
    private let visemes: [[MorphTarget]]
    private let expressionIndex: [String: Int]
    private let emotionExpressions: [Int?]

    init(_ model: AvatarModel) {
        self.model = model
        mouth = MouthDriver(model)
        arkit = ARKitShape.allCases.map { model.face.arkit[$0] ?? [] }
        visemes = OculusViseme.allCases.map { model.face.visemes[$0] ?? [] }
        var index: [String: Int] = [:]
        for (i, expression) in model.expressions.enumerated() where index[expression.name] == nil {
            index[expression.name] = i
        }
        expressionIndex = index
        emotionExpressions = Emotion.allCases.map { emotion in
            let names: [String]
            switch emotion {
            case .disgusted: names = ["disgusted", "disgust", "Disgusted", "angry"]
            case .afraid: names = ["afraid", "fear", "Fear", "surprised", "sad"]
            default: names = [emotion.name]
            }
            return names.lazy.compactMap { index[$0] }.first { !model.expressions[$0].bindsNothing }
        }
        let upper = model.face.arkit.keys.filter { $0.name.hasPrefix("brow") || $0.name.hasPrefix("cheekSq") }
        hasUpperFace = upper.count >= 2
    }

    /// Whether both eyes can be closed by shapes.
    private var blinksByShapes: Bool {
        !arkit[ARKitShape.eyeBlinkLeft.rawValue].isEmpty
            && !arkit[ARKitShape.eyeBlinkRight.rawValue].isEmpty
    }

    /// Adds a frame's weights. `shapes` is the frame's own with gaze already in its `eyeLook` coefficients.
    func apply(
        _ frame: FaceFrame, shapes: [Float], gaze: SIMD2<Float>, _ overrides: PoseOverrides,
        to weights: inout [[Float]]
    ) -> (materials: [Int: MaterialOverride], gazeFactor: Float) {
        var expressions = [Float](repeating: 0, count: model.expressions.count)
        addEmotions(frame, overrides, &expressions)
        let (blinkFactor, lookFactor, mouthFactor) = overrideFactors(expressions)
        let visemeWeights = mouthVisemes(frame, overrides)

        for shape in ARKitShape.allCases where !shape.isMouth {
            var weight = shapes[shape.rawValue]
            if shape == .eyeBlinkLeft || shape == .eyeBlinkRight { weight *= blinkFactor }
            if shape.isEyeLook { weight *= lookFactor }
            add(arkit[shape.rawValue], weight, to: &weights)
        }
        if !blinksByShapes { addBlink(shapes, blinkFactor, &expressions) }
        if model.lookAt?.kind == .expression { addLook(gaze, lookFactor, &expressions) }

        switch mouth {
        case .arkit where overrides.viseme == nil || model.face.visemes.isEmpty:
            let spoken = overrides.viseme == nil ? shapes : VisemeShapes.shapes(visemes: visemeWeights)
            for shape in ARKitShape.allCases where shape.isMouth {
                add(arkit[shape.rawValue], spoken[shape.rawValue] * mouthFactor, to: &weights)
            }
        case .visemes, .arkit:
            for viseme in OculusViseme.allCases {
                add(visemes[viseme.rawValue], visemeWeights[viseme.rawValue] * mouthFactor, to: &weights)
            }
            addSmile(shapes, visemeWeights, to: &weights)
        case .vowels:
            let vowels = VowelMixture.weights(visemes: visemeWeights)
            for (name, weight) in zip(MouthDriver.vowelNames, vowels) {
                if let i = expressionIndex[name] { expressions[i] += weight * mouthFactor }
            }
        case .jawShape:
            let open = jawOpening(shapes, visemeWeights, overrides) * mouthFactor
            add(arkit[ARKitShape.jawOpen.rawValue], open, to: &weights)
        case .jawBone, .none: break
        }
        addNamed(overrides, &expressions)
        let materials = apply(expressions, to: &weights)
        setNamed(overrides, &weights)
        return (materials, lookFactor)
    }

    /// 0...1: how far the jaw is open and not closed again by the lips.
    func jawOpening(_ shapes: [Float], _ visemes: [Float], _ overrides: PoseOverrides) -> Float {
        if overrides.viseme != nil {
            let spoken = VisemeShapes.shapes(visemes: visemes)
            return max(0, spoken[ARKitShape.jawOpen.rawValue] - spoken[ARKitShape.mouthClose.rawValue])
        }
        return clamp(
            shapes[ARKitShape.jawOpen.rawValue] - shapes[ARKitShape.mouthClose.rawValue], 0, 1)
    }

    /// The visemes to show: the override's, the track's, or, for a track that has only ARKit curves, their
    /// nearest.
    func mouthVisemes(_ frame: FaceFrame, _ overrides: PoseOverrides) -> [Float] {
        if let viseme = overrides.viseme {
            var only = [Float](repeating: 0, count: OculusViseme.count)
            only[viseme.rawValue] = overrides.visemeWeight
            return only
        }
        return frame.visemes
    }

    private func add(_ targets: [MorphTarget], _ weight: Float, to weights: inout [[Float]]) {
        guard weight != 0 else { return }
        for target in targets where weights[target.node].indices.contains(target.target) {
            weights[target.node][target.target] += weight * target.scale
        }
    }

    /// On a mouth of visemes a smile may show where no sound is spoken.
    private func addSmile(_ shapes: [Float], _ visemes: [Float], to weights: inout [[Float]]) {
        let speech = min(1, visemes.dropFirst().reduce(0, +))
        for shape in [
            ARKitShape.mouthSmileLeft, .mouthSmileRight, .mouthFrownLeft, .mouthFrownRight,
        ] {
            add(arkit[shape.rawValue], shapes[shape.rawValue] * (1 - speech), to: &weights)
        }
    }

    private func addEmotions(
        _ frame: FaceFrame, _ overrides: PoseOverrides, _ expressions: inout [Float]
    ) {
        if !hasUpperFace {
            for (emotion, weight) in frame.emotions.enumerated() where weight > 0 {
                if let i = emotionExpressions[emotion] { expressions[i] += weight }
            }
        }
        guard let name = overrides.expression else { return }
        let named = expressionIndex[name] ?? Emotion(name: name).flatMap { emotionExpressions[$0.rawValue] }
        if let named { expressions[named] = overrides.expressionWeight }
    }

    private func addBlink(_ shapes: [Float], _ factor: Float, _ expressions: inout [Float]) {
        let left = shapes[ARKitShape.eyeBlinkLeft.rawValue] * factor
        let right = shapes[ARKitShape.eyeBlinkRight.rawValue] * factor
        func binds(_ name: String) -> Int? {
            expressionIndex[name].flatMap { model.expressions[$0].bindsNothing ? nil : $0 }
        }
        if abs(left - right) < 0.05 || binds("blinkLeft") == nil || binds("blinkRight") == nil,
            let both = binds("blink")
        {
            expressions[both] += (left + right) / 2
        } else {
            if let i = binds("blinkLeft") { expressions[i] += left }
            if let i = binds("blinkRight") { expressions[i] += right }
        }
    }

    private func addLook(_ gaze: SIMD2<Float>, _ factor: Float, _ expressions: inout [Float]) {
        guard let lookAt = model.lookAt else { return }
        let degrees = gaze * (180 / .pi)
        func add(_ name: String, _ range: LookAt.RangeMap, _ angle: Float) {
            guard angle > 0, let i = expressionIndex[name] else { return }
            expressions[i] += range.output(angle) * factor
        }
        add("lookDown", lookAt.verticalDown, degrees.x)
        add("lookUp", lookAt.verticalUp, -degrees.x)
        add("lookLeft", lookAt.horizontalOuter, degrees.y)
        add("lookRight", lookAt.horizontalOuter, -degrees.y)
    }

    /// What is left of blinking, looking and speaking beside the active expressions (VRMC_vrm 1.0, override).
    private func overrideFactors(_ weights: [Float]) -> (blink: Float, look: Float, mouth: Float) {
        var factors = SIMD3<Float>(repeating: 1)
        for (expression, weight) in zip(model.expressions, weights) where weight > 0 {
            let shown = shownWeight(expression, weight)
            let rules = [expression.overrideBlink, expression.overrideLookAt, expression.overrideMouth]
            for (k, rule) in rules.enumerated() {
                switch rule {
                case .none: break
                case .block: if shown > 0 { factors[k] = 0 }
                case .blend: factors[k] = max(0, factors[k] - shown)
                }
            }
        }
        return (factors.x, factors.y, factors.z)
    }

    private func shownWeight(_ expression: Expression, _ weight: Float) -> Float {
        expression.isBinary ? (weight > 0.5 ? 1 : 0) : clamp(weight, 0, 1)
    }

    private func addNamed(_ overrides: PoseOverrides, _ expressions: inout [Float]) {
        for (name, weight) in overrides.weights where model.face.byName[name] == nil {
            if let i = expressionIndex[name] { expressions[i] = weight }
        }
    }

    /// Weights set by hand replace everything else on their targets.
    private func setNamed(_ overrides: PoseOverrides, _ weights: inout [[Float]]) {
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

    private func apply(
        _ expressions: [Float], to weights: inout [[Float]]
    ) -> [Int: MaterialOverride] {
        var blend = MaterialBlend(model)
        for (expression, raw) in zip(model.expressions, expressions) where raw > 0 {
            let weight = shownWeight(expression, raw)
            add(expression.morphs, weight, to: &weights)
            blend.add(expression, weight)
        }
        return blend.overrides
    }
}

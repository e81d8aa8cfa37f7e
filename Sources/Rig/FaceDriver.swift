import AvatariumCore
import GLTF
import VRM

/// Turns a `FaceFrame` into morph weights, expression weights and material changes of one avatar.
struct FaceDriver: Sendable {
    let mouth: MouthDriver
    /// Whether the jaw's joint opens the mouth, alone or because shapes hardly do.
    let turnsJaw: Bool
    /// Whether the upper face has ARKit shapes of its own, so that emotions come through them.
    let hasUpperFace: Bool
    let model: AvatarModel
    let arkit: [[MorphTarget]]
    let visemes: [[MorphTarget]]
    let presetIndex: [ExpressionPreset: Int]
    private let namedIndex: [String: Int]
    let emotionExpressions: [Int?]
    let lipGapCorrector: LipGapCorrector?
    /// Targets that speech moves, with scale 1.
    let mouthTargets: Set<MorphTarget>

    init(_ model: AvatarModel, lipGap: LipGapModel?) {
        self.model = model
        (mouth, turnsJaw) = MouthDriver.choose(model, openings: lipGap?.openings ?? [:])
        lipGapCorrector = LipGapCorrector(model, lipGap)
        arkit = ARKitShape.allCases.map { model.face.arkit[$0] ?? [] }
        visemes = OculusViseme.allCases.map { model.face.visemes[$0] ?? [] }
        let presets = ExpressionPreset.allCases.compactMap { preset in
            model.expression(preset).map { (preset, $0) }
        }
        presetIndex = Dictionary(uniqueKeysWithValues: presets)
        namedIndex = Self.names(model)
        let index = namedIndex
        emotionExpressions = Emotion.allCases.map { emotion in
            let names: [String]
            switch emotion {
            case .disgusted: names = ["disgusted", "disgust", "angry"]
            case .afraid: names = ["afraid", "fear", "surprised", "sad"]
            case .happy, .sad, .angry, .surprised, .relaxed: names = [emotion.name]
            }
            return names.lazy.compactMap { index[$0] ?? index[$0.lowercased()] }.first {
                !model.expressions[$0].bindsNothing
            }
        }
        var spoken = model.face.visemes.values.flatMap { $0 }
        spoken += model.face.arkit.filter(\.key.isMouth).values.flatMap { $0 }
        spoken += ExpressionPreset.vowels.flatMap(model.morphs)
        mouthTargets = Set(spoken.map { MorphTarget(node: $0.node, target: $0.target) })
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
        clipExpressions: [String: Float], to weights: inout [[Float]]
    ) -> (materials: [Int: MaterialOverride], gazeFactor: Float) {
        let spoken = SpokenMouth(frame, shapes: shapes, overrides)
        var expressions = [Float](repeating: 0, count: model.expressions.count)
        for (name, weight) in clipExpressions {
            if let i = index(named: name) { expressions[i] += weight }
        }
        addEmotions(frame, overrides, &expressions)
        if !blinksByShapes { addBlink(shapes, &expressions) }
        if model.lookAt?.kind == .expression { addLook(gaze, &expressions) }
        if mouth == .vowels { addVowels(spoken, &expressions) }
        addNamed(overrides, &expressions)
        let factors = overrideFactors(expressions)

        for shape in ARKitShape.otherShapes {
            var weight = shapes[shape.rawValue]
            if shape == .eyeBlinkLeft || shape == .eyeBlinkRight { weight *= factors[.blink] }
            if shape.isEyeLook { weight *= factors[.lookAt] }
            add(arkit[shape.rawValue], weight, to: &weights)
        }
        addMouth(spoken, factor: factors[.mouth], overrides, to: &weights)
        for (i, expression) in model.expressions.enumerated() {
            expressions[i] = shownWeight(expression, expressions[i], factors)
        }
        let materials = apply(expressions, speech: spoken.speech, to: &weights)
        setNamed(overrides, &weights)
        return (materials, factors[.lookAt])
    }

    /// Adds `weight` of a shape to all its targets.
    func add(_ targets: [MorphTarget], _ weight: Float, to weights: inout [[Float]]) {
        guard weight != 0 else { return }
        for target in targets where weights[target.node].indices.contains(target.target) {
            weights[target.node][target.target] += weight * target.scale
        }
    }

    /// The expression that a user means, as `AvatarModel.expression(named:)` finds it.
    func index(named name: String) -> Int? { namedIndex[name] ?? namedIndex[name.lowercased()] }

    private static func names(_ model: AvatarModel) -> [String: Int] {
        var table: [String: Int] = [:]
        func add(_ names: (Expression) -> [String]) {
            for (i, expression) in model.expressions.enumerated() {
                for name in names(expression) where table[name] == nil { table[name] = i }
            }
        }
        add { [$0.name] }
        add { $0.aliases }
        add { [$0.role?.rawValue].compactMap { $0 } }
        add { [$0.name.lowercased()] }
        add { $0.aliases.map { $0.lowercased() } }
        return table
    }
}

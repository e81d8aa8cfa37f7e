import AvatariumCore
import VRM

/// What a frame's mouth says, in both languages: ARKit's and the visemes'.
struct SpokenMouth {
    var shapes: [Float]
    var visemes: [Float]
    /// The gap over neutral that is meant, in millimetres on the reference face.
    var wantedGap: Float
    /// 0 silent ... 1 speaking.
    var speech: Float

    init(_ frame: FaceFrame, shapes: [Float], _ overrides: PoseOverrides) {
        self.shapes = shapes
        visemes = frame.visemes
        wantedGap = 0
        speech = 0
        if let viseme = overrides.viseme {
            visemes = [Float](repeating: 0, count: OculusViseme.count)
            visemes[viseme.rawValue] = overrides.visemeWeight
            setMouth(VisemeShapes.shapes(visemes: visemes))
        } else {
            let hasShapes = ARKitShape.mouthShapes.contains { shapes[$0.rawValue] != 0 }
            let hasVisemes = visemes.dropFirst().contains { $0 != 0 }
            // A track may bring one of the two only.
            if hasShapes, !hasVisemes, visemes[OculusViseme.sil.rawValue] == 0 {
                visemes = VisemeShapes.visemes(shapes: shapes)
            } else if hasVisemes, !hasShapes {
                setMouth(VisemeShapes.shapes(visemes: visemes))
            }
        }
        wantedGap = ReferenceLips.gapOverNeutral(self.shapes)
        speech = min(1, visemes.dropFirst().reduce(0, +))
    }

    private mutating func setMouth(_ other: [Float]) {
        for shape in ARKitShape.mouthShapes { shapes[shape.rawValue] = other[shape.rawValue] }
    }

    /// 0...1: how far the jaw is open and not closed again by the lips.
    var jawOpening: Float {
        clamp(shapes[ARKitShape.jawOpen.rawValue] - shapes[ARKitShape.mouthClose.rawValue], 0, 1)
    }
}

extension FaceDriver {
    /// Lets the avatar's one speaking mouth say the frame.
    func addMouth(
        _ spoken: SpokenMouth, factor: Float, _ overrides: PoseOverrides, to weights: inout [[Float]]
    ) {
        // A viseme asked for by name shows the avatar's own shape where it has one.
        if let viseme = overrides.viseme, mouth == .arkit, !visemes[viseme.rawValue].isEmpty {
            add(visemes[viseme.rawValue], overrides.visemeWeight * factor, to: &weights)
            return
        }
        switch mouth {
        case .arkit:
            var shapes = spoken.shapes
            // The joint opens by what the lips leave of the jaw.
            if turnsJaw { shapes[ARKitShape.mouthClose.rawValue] = 0 }
            if let lipGapCorrector, !turnsJaw {
                lipGapCorrector.solve(
                    &shapes, speech: spoken.speech, others: weights[lipGapCorrector.lipGap.node])
            }
            for shape in ARKitShape.mouthShapes {
                add(arkit[shape.rawValue], shapes[shape.rawValue] * factor, to: &weights)
            }
        case .visemes:
            var mixed = spoken.visemes
            if let lipGapCorrector, overrides.viseme == nil, !turnsJaw {
                lipGapCorrector.solve(
                    visemes: &mixed, wanted: spoken.wantedGap, others: weights[lipGapCorrector.lipGap.node])
            }
            for viseme in OculusViseme.allCases {
                add(visemes[viseme.rawValue], mixed[viseme.rawValue] * factor, to: &weights)
            }
            addSmile(spoken, to: &weights)
        case .vowelShapes:
            let vowels = VowelMixture.weights(visemes: spoken.visemes)
            for (viseme, weight) in zip(MouthDriver.vowelVisemes, vowels) {
                add(visemes[viseme.rawValue], weight * factor, to: &weights)
            }
            addSmile(spoken, to: &weights)
        case .jawShape:
            add(arkit[ARKitShape.jawOpen.rawValue], spoken.jawOpening * factor, to: &weights)
        // Vowels are expressions, see `addVowels`.
        case .vowels, .jawBone, .none: break
        }
    }

    func addVowels(_ spoken: SpokenMouth, _ expressions: inout [Float]) {
        let vowels = VowelMixture.weights(visemes: spoken.visemes)
        for (preset, weight) in zip(ExpressionPreset.vowels, vowels) {
            if let i = presetIndex[preset] { expressions[i] += weight }
        }
    }

    /// On a mouth of visemes a smile may show where no sound is spoken.
    private func addSmile(_ spoken: SpokenMouth, to weights: inout [[Float]]) {
        for shape in [
            ARKitShape.mouthSmileLeft, .mouthSmileRight, .mouthFrownLeft, .mouthFrownRight,
        ] {
            add(arkit[shape.rawValue], spoken.shapes[shape.rawValue] * (1 - spoken.speech), to: &weights)
        }
    }
}

import AvatariumCore

/// The emotions of a performance over time: faded in and out, laid under the speech.
struct EmotionLayer: Sendable {
    private let cues: [EmotionCue]
    /// Seconds that a cue takes to reach its strength, and to leave it.
    private static let fade = 0.35

    init(cues: [EmotionCue]) {
        self.cues = cues.filter { $0.start.isFinite && $0.strength > 0 }
    }

    func strength(of emotion: Emotion, at time: Double) -> Float {
        var strength: Float = 0
        for cue in cues where cue.emotion == emotion {
            let rise = minimumJerk(Float((time - cue.start + Self.fade / 2) / Self.fade))
            let fall = cue.end.map { minimumJerk(Float(($0 + Self.fade / 2 - time) / Self.fade)) } ?? 1
            strength = max(strength, min(cue.strength, 1) * min(rise, fall))
        }
        return strength
    }

    func apply(to frame: inout FaceFrame, at time: Double) {
        guard !cues.isEmpty else { return }
        for emotion in Emotion.allCases {
            let strength = strength(of: emotion, at: time)
            guard strength > 0 else { continue }
            frame.emotions[emotion.rawValue] = strength
            for (shape, weight) in Self.shapes(of: emotion) { frame[shape] += weight * strength }
        }
    }

    /// Faces after the action units of Ekman and Friesen's EMFACS, as ARKit shapes.
    private static func shapes(of emotion: Emotion) -> [(ARKitShape, Float)] { faces[emotion.rawValue] }

    private static let faces: [[(ARKitShape, Float)]] = Emotion.allCases.map { emotion in
        let halves: [(ARKitShape, Float)]
        switch emotion {
        case .happy:
            halves = [(.mouthSmileLeft, 0.65), (.cheekSquintLeft, 0.55), (.eyeSquintLeft, 0.3)]
        case .sad:
            halves = [
                (.mouthFrownLeft, 0.55), (.eyeSquintLeft, 0.15), (.browInnerUp, 0.7),
                (.mouthShrugLower, 0.25), (.eyeLookDownLeft, 0.1),
            ]
        case .angry:
            halves = [
                (.browDownLeft, 0.8), (.eyeSquintLeft, 0.35), (.noseSneerLeft, 0.3),
                (.mouthPressLeft, 0.35), (.mouthFrownLeft, 0.15), (.jawForward, 0.15),
            ]
        case .surprised:
            halves = [
                (.browInnerUp, 0.7), (.browOuterUpLeft, 0.7), (.eyeWideLeft, 0.6), (.jawOpen, 0.18),
            ]
        case .disgusted:
            halves = [
                (.noseSneerLeft, 0.7), (.mouthUpperUpLeft, 0.3), (.browDownLeft, 0.4),
                (.eyeSquintLeft, 0.35), (.mouthFrownLeft, 0.25), (.mouthShrugLower, 0.2),
            ]
        case .afraid:
            halves = [
                (.browInnerUp, 0.8), (.browOuterUpLeft, 0.3), (.eyeWideLeft, 0.6),
                (.mouthStretchLeft, 0.4), (.mouthFrownLeft, 0.15), (.jawOpen, 0.06),
            ]
        case .relaxed:
            halves = [(.mouthSmileLeft, 0.2), (.eyeBlinkLeft, 0.15), (.cheekSquintLeft, 0.1)]
        }
        return halves.flatMap { shape, weight in
            shape.mirrored == shape ? [(shape, weight)] : [(shape, weight), (shape.mirrored, weight)]
        }
    }
}

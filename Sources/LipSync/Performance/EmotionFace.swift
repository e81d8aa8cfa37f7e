import AvatariumCore

/// The face of each emotion, after the action units of EMFACS (Ekman and Friesen 1983), as ARKit shapes.
enum EmotionFace {
    static func shapes(of emotion: Emotion) -> [(ARKitShape, Float)] { faces[emotion.rawValue] }

    /// Radians, positive down.
    static func headPitch(of emotion: Emotion) -> Float {
        let degrees: Float =
            switch emotion {
            case .happy: -1
            case .sad: 5
            case .angry: 2.5
            case .surprised: -2.5
            case .disgusted: -1.5
            case .afraid: -1.5
            case .relaxed: 0
            }
        return degrees * .pi / 180
    }

    /// Both sides alike; the action units are named beside them.
    private static let faces: [[(ARKitShape, Float)]] = Emotion.allCases.map { emotion in
        let halves: [(ARKitShape, Float)] =
            switch emotion {
            case .happy:  // 6 + 12
                [
                    (.mouthSmileLeft, 0.65), (.mouthDimpleLeft, 0.1), (.cheekSquintLeft, 0.6),
                    (.eyeSquintLeft, 0.3), (.browOuterUpLeft, 0.1),
                ]
            case .sad:  // 1 + 4 + 15 + 17
                [
                    (.browInnerUp, 0.75), (.browDownLeft, 0.15), (.mouthFrownLeft, 0.55),
                    (.mouthShrugLower, 0.25), (.eyeSquintLeft, 0.15), (.eyeBlinkLeft, 0.12),
                ]
            case .angry:  // 4 + 5 + 7 + 23
                [
                    (.browDownLeft, 0.85), (.eyeSquintLeft, 0.4), (.eyeWideLeft, 0.15),
                    (.noseSneerLeft, 0.3), (.mouthPressLeft, 0.35), (.mouthFrownLeft, 0.2),
                    (.jawForward, 0.15),
                ]
            case .surprised:  // 1 + 2 + 5 + 26
                [
                    (.browInnerUp, 0.75), (.browOuterUpLeft, 0.75), (.eyeWideLeft, 0.65), (.jawOpen, 0.18),
                ]
            case .disgusted:  // 9 + 10 + 16
                [
                    (.noseSneerLeft, 0.75), (.mouthUpperUpLeft, 0.3), (.browDownLeft, 0.4),
                    (.eyeSquintLeft, 0.4), (.mouthFrownLeft, 0.25), (.cheekSquintLeft, 0.25),
                ]
            case .afraid:  // 1 + 2 + 4 + 5 + 20
                [
                    (.browInnerUp, 0.85), (.browOuterUpLeft, 0.3), (.browDownLeft, 0.15),
                    (.eyeWideLeft, 0.65), (.mouthStretchLeft, 0.4), (.jawOpen, 0.06),
                ]
            case .relaxed:
                [(.mouthSmileLeft, 0.22), (.eyeBlinkLeft, 0.14), (.cheekSquintLeft, 0.1)]
            }
        return halves.flatMap { shape, weight in
            shape.mirrored == shape ? [(shape, weight)] : [(shape, weight), (shape.mirrored, weight)]
        }
    }
}

import AvatariumCore
import VRM

extension Emotion {
    /// Parses the name of an emotion, including those of VRM 0.x (`joy`, `fun`, `sorrow`).
    public init?(named name: String) {
        guard
            let emotion = Emotion(name: name)
                ?? ExpressionPreset(vrm0: name).flatMap({ Emotion(name: $0.rawValue) })
        else { return nil }
        self = emotion
    }
}

extension AvatarRig {
    /// Returns a warning if gestures of the hands are requested and the model has no visible hands.
    public func warning(forHands isAskedFor: Bool) -> Diagnostic? {
        guard isAskedFor, !hasHands else { return nil }
        return Diagnostic(
            .warning, "AVATAR_NO_HANDS", pointer: "/meshes",
            "the model has no visible hands: gestures such as [wave] are omitted, except those of the "
                + "shoulders and the head; choose an avatar with arms")
    }

    /// Returns a warning for each emotion that the model cannot show, because it has neither an expression for it
    /// nor ARKit shapes.
    public func warnings(for emotions: some Sequence<Emotion>) -> [Diagnostic] {
        // Those that blink and look colour no face.
        let shapes = model.face.arkit.keys.filter {
            !$0.name.hasPrefix("eyeBlink") && !$0.name.hasPrefix("eyeLook")
        }
        guard shapes.isEmpty else { return [] }
        return Set(emotions).filter { face.emotionExpressions[$0.rawValue] == nil }.sorted {
            $0.name < $1.name
        }
        .map { emotion in
            let known = Emotion.allCases.filter { face.emotionExpressions[$0.rawValue] != nil }.map(\.name)
            return Diagnostic(
                .warning, "AVATAR_EMOTION_NOT_SHOWN", pointer: "/meshes",
                "the model has no expression for '\(emotion.name)' and no ARKit shapes to build it from: "
                    + "its face does not "
                    + "change\(known.isEmpty ? "" : "; it can show " + known.joined(separator: ", "))"
            )
        }
    }
}

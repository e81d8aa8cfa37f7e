import AvatariumCore

/// The emotions of a performance over time, read forwards: faded in and out, laid under the speech.
struct EmotionLayer: Sendable {
    private let cues: [EmotionCue]
    private let headMotion: Float
    private var next = 0
    private var active: [EmotionCue] = []
    /// Seconds that a cue takes to reach its strength, and to leave it.
    static let fade = 0.4

    init(cues: [EmotionCue], headMotion: Float) {
        self.cues = cues.filter { $0.start.isFinite && $0.strength > 0 }.sorted { $0.start < $1.start }
        self.headMotion = clamp(headMotion, 0, 2)
    }

    /// Times must not go back.
    mutating func apply(to frame: inout FaceFrame, at time: Double) {
        while next < cues.count, cues[next].start - Self.fade / 2 <= time {
            active.append(cues[next])
            next += 1
        }
        active.removeAll { cue in cue.end.map { $0 + Self.fade / 2 < time } ?? false }
        guard !active.isEmpty else { return }
        for cue in active {
            let rise = minimumJerk(Float((time - cue.start + Self.fade / 2) / Self.fade))
            let fall = cue.end.map { minimumJerk(Float(($0 + Self.fade / 2 - time) / Self.fade)) } ?? 1
            let index = cue.emotion.rawValue
            frame.emotions[index] = max(frame.emotions[index], min(cue.strength, 1) * min(rise, fall))
        }
        // Emotions together are a mixture, not a sum.
        let total = frame.emotions.reduce(0, +)
        let share = total > 1 ? 1 / total : 1
        for emotion in Emotion.allCases {
            let strength = frame.emotions[emotion.rawValue] * share
            guard strength > 0 else { continue }
            frame.emotions[emotion.rawValue] = strength
            for (shape, weight) in EmotionFace.shapes(of: emotion) { frame[shape] += weight * strength }
            frame.headRotation.x += EmotionFace.headPitch(of: emotion) * strength * headMotion
        }
    }
}

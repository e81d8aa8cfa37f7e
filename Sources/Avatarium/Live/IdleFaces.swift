import AvatariumCore
import LipSync

/// How an avatar behaves that is not speaking.
package struct LiveMood: Sendable, Equatable {
    package var emotion: EmotionCue?
    /// Where it looks, degrees; nil is at the viewer, with looks aside.
    package var gaze: GazeCue?
    /// Whether the viewer is speaking: it looks at the viewer, nods, and blinks less.
    package var isListening = false

    package init() {}
}

/// The face of an avatar that is there and does not speak: breath, blinks, looks, and nods while it listens. Without end.
///
/// Faces are planned in stretches, each with a seed of its own, and joined by the stage's cross-fade.
struct IdleFaces {
    private static let stretchSeconds = 12.0

    private let base: PerformanceOptions
    private let frameRate: FrameRate
    private let stretchFrames: Int
    var mood = LiveMood() { didSet { if mood != oldValue { begin() } } }
    private var faces: [FaceFrame] = []
    private var next = 0
    private var stretch: UInt64 = 0

    init(_ base: PerformanceOptions, frameRate: FrameRate) {
        self.base = base
        self.frameRate = frameRate
        stretchFrames = frameRate.frameCount(coveringSeconds: Self.stretchSeconds)
    }

    /// The next face, and whether it begins a new stretch.
    mutating func take() -> (face: FaceFrame, isNew: Bool) {
        if next == faces.count { begin() }
        if faces.isEmpty { faces = plan() }
        defer { next += 1 }
        return (faces[next], next == 0)
    }

    private mutating func begin() {
        faces = []
        next = 0
        stretch += 1
    }

    private func plan() -> [FaceFrame] {
        var options = base
        options.idle = true
        options.seed = base.seed &+ stretch &* 0x9E37_79B9_7F4A_7C15
        options.show(mood)
        if mood.isListening { listen(&options) }
        let faces = LipSync(options: options).faceTrack(
            for: PhoneTimeline(phones: [], source: "idle"), durationSeconds: Self.stretchSeconds,
            frameRate: frameRate
        ).frames
        guard mood.isListening else { return Array(faces.prefix(stretchFrames)) }
        return faces.prefix(stretchFrames).map { face in
            var face = face
            // Brows a little up: attention.
            face[.browInnerUp] = min(1, face[.browInnerUp] + 0.12)
            face[.eyeBlinkLeft] *= 0.85
            face[.eyeBlinkRight] *= 0.85
            return face
        }
    }

    /// Eyes on the viewer, fewer blinks, a small nod every two to five seconds and now and then a tilt: what people do
    /// while others speak to them (Bavelas, Coates and Johnson 2000).
    private func listen(_ options: inout PerformanceOptions) {
        options.gazeMotion *= 0.35
        options.blinkRate *= 0.8
        var generator = SeededGenerator(seed: options.seed ^ 0x11_57E4)
        var time = Double(generator.uniform(0.6, 1.6))
        while time < Self.stretchSeconds - 1 {
            let isTilt = generator.unit() < 0.2
            options.gestures.append(
                GestureCue(isTilt ? .tilt : .nod, start: time, strength: generator.uniform(0.25, 0.5)))
            time += Double(generator.uniform(2, 5))
        }
    }
}

extension PerformanceOptions {
    /// Adds a mood from the start on.
    mutating func show(_ mood: LiveMood) {
        if var emotion = mood.emotion {
            emotion.start = -1
            emotion.end = nil
            emotions.append(emotion)
        }
        if var look = mood.gaze {
            look.start = -1
            look.end = nil
            gaze.append(look)
        }
    }
}

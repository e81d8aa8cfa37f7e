import AvatariumCore

/// Step 5: what makes a face and a body look alive: blinks, gaze, head motion, nods, brow raises, breath, gestures.
///
/// Every motion is planned from the seed, looks no further ahead than a word and returns to where it began: so
/// nothing drifts however long the clip, and speech that is still being made can be played from its start.
struct PerformanceLayer: Sendable {
    private let blinks: BlinkPlan
    private let gaze: GazePlan
    private let sway: HeadSway?
    private let gestures: GesturePlan
    private let hands: HandPlan
    private let breath: BreathPlan?

    /// - Parameter stressed: the vowels that carry the stress.
    init(
        options: PerformanceOptions, segments: [SpeechSegment], stressed: [HandPlan.Stress], words: [Word],
        durationSeconds: Double
    ) {
        let idle = options.idle
        blinks = BlinkPlan(
            options: options, segments: idle ? segments : [], durationSeconds: idle ? durationSeconds : 0)
        gaze = GazePlan(options: options, durationSeconds: idle ? durationSeconds : 0)
        sway = idle ? HeadSway(seed: options.seed, amount: options.headMotion) : nil
        gestures = GesturePlan(
            options: options, stressed: idle ? stressed.map(\.vowel) : [], words: idle ? words : [])
        hands = HandPlan(options: options, stressed: idle ? stressed : [])
        breath =
            idle
            ? BreathPlan(seed: options.seed, segments: segments, durationSeconds: durationSeconds) : nil
    }

    func apply(to frame: inout FaceFrame, at time: Double) {
        let lid = blinks.closure(at: time)
        for (blink, wide) in [
            (ARKitShape.eyeBlinkLeft, ARKitShape.eyeWideLeft), (.eyeBlinkRight, .eyeWideRight),
        ] {
            frame[blink] = max(frame[blink], lid)
            frame[wide] *= 1 - lid
        }
        let direction = gaze.direction(at: time)
        frame.gaze = direction
        frame.lookAlong(direction)
        if let sway { frame.headRotation += sway.rotation(at: time) }
        gestures.apply(to: &frame, at: time)
        breath?.apply(to: &frame.body, at: time)
        hands.apply(to: &frame.body, at: time)
    }
}

extension FaceFrame {
    /// Sets the eyeLook shapes to a gaze direction; weight 1 is 30 degrees.
    mutating func lookAlong(_ gaze: SIMD2<Float>) {
        let full: Float = .pi / 6
        let (down, left) = (gaze.x / full, gaze.y / full)
        self[.eyeLookDownLeft] += max(down, 0)
        self[.eyeLookDownRight] += max(down, 0)
        self[.eyeLookUpLeft] += max(-down, 0)
        self[.eyeLookUpRight] += max(-down, 0)
        self[.eyeLookOutLeft] += max(left, 0)
        self[.eyeLookInRight] += max(left, 0)
        self[.eyeLookInLeft] += max(-left, 0)
        self[.eyeLookOutRight] += max(-left, 0)
    }
}

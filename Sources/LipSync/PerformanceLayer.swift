import AvatariumCore

/// Step 5: what makes a face look alive: blinks, gaze, head motion, nods and brow raises.
///
/// Every motion is planned from the seed before the first frame and returns to where it began, so nothing
/// drifts however long the clip.
struct PerformanceLayer: Sendable {
    private let isIdle: Bool
    private let blinks: BlinkPlan
    private let gaze: GazePlan
    private let head: HeadPlan

    init(
        options: PerformanceOptions, segments: [SpeechSegment], timeline: PhoneTimeline,
        durationSeconds: Double
    ) {
        isIdle = options.idle
        let length = options.idle ? durationSeconds : 0
        let seed = options.seed
        blinks = BlinkPlan(
            seed: seed, rate: options.blinkRate, segments: options.idle ? segments : [],
            durationSeconds: length)
        gaze = GazePlan(seed: seed, amount: options.gazeMotion, durationSeconds: length)
        head = HeadPlan(
            seed: seed, amount: options.headMotion, segments: options.idle ? segments : [],
            words: options.idle ? timeline.words : [])
    }

    func apply(to frame: inout FaceFrame, at time: Double) {
        guard isIdle else { return }
        let lid = blinks.closure(at: time)
        frame[.eyeBlinkLeft] = max(frame[.eyeBlinkLeft], lid)
        frame[.eyeBlinkRight] = max(frame[.eyeBlinkRight], lid)
        frame[.eyeWideLeft] *= 1 - lid
        frame[.eyeWideRight] *= 1 - lid
        let direction = gaze.direction(at: time)
        frame.gaze = direction
        frame.lookAlong(direction)
        frame.headRotation += head.rotation(at: time)
        let brows = head.browRaise(at: time)
        frame[.browInnerUp] += 0.6 * brows
        frame[.browOuterUpLeft] += brows
        frame[.browOuterUpRight] += brows
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

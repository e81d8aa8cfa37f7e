import AvatariumCore

/// What the hands do over time: the gestures that were asked for, and beats on stressed words.
///
/// Gestures are laid over each other in the order of their starts, each risen and gone by minimum-jerk curves (Flash and
/// Hogan 1985), so that a later one takes the hand from wherever it is. What is shown at a moment depends on gestures
/// that began before it only: nothing that was shown is ever taken back.
struct HandPlan: Sendable {
    private struct Movement {
        var gesture: GestureCue.Gesture
        var times: GestureTimes
        var amount: Float
        var number: Int
        /// When another gesture has taken the hand, or the hand is at rest.
        var end: Double

        func pose(at time: Double) -> (pose: ArmPose, share: Float) {
            let rise = minimumJerk(Float((time - times.start) / (times.ready - times.start)))
            let fall = minimumJerk(Float((times.end - time) / (times.end - times.relax)))
            // The stroke begins while the hand still rises, so that it does not stop in between.
            let from = times.start + (times.stroke - times.start) * 0.4
            let progress = minimumJerk(Float((time - from) / (times.stroke - from)))
            let pose = HandGesture.pose(
                gesture, progress: progress, since: time - times.stroke, amount: amount, number: number)
            return (pose, min(rise, fall))
        }
    }

    /// In the order of their starts.
    private let left: [Movement]
    private let right: [Movement]
    /// Raises of the shoulders: when, and how high.
    private let shrugs: [Movement]

    /// A vowel that carries the stress, and when it became known, seconds; 0 where all was known from the start.
    struct Stress: Sendable {
        var vowel: SpeechSegment
        var knownAt = 0.0
    }

    /// - Parameter stressed: The stressed syllables, for beats; empty for no beats.
    init(options: PerformanceOptions, stressed: [Stress]) {
        let asked = options.gestures.filter { $0.gesture.isOfHands && $0.start.isFinite }.sorted {
            $0.start < $1.start
        }
        var movements: [(movement: Movement, hand: GestureCue.Hand)] = []
        var counted = 0
        for cue in asked {
            guard let times = GestureTimes(cue) else { continue }
            if cue.gesture == .count { counted = cue.number ?? counted % 5 + 1 }
            movements.append(
                (
                    Movement(
                        gesture: cue.gesture, times: times, amount: clamp(cue.strength, 0, 1),
                        number: clamp(counted, 1, 5), end: times.end),
                    cue.hand ?? HandGesture.usualHand(cue.gesture)
                ))
        }
        let explicit = movements
        shrugs = explicit.filter { $0.movement.gesture == .shrug }.map(\.movement)
        if options.gestureMode == .auto {
            movements += Self.beats(options, stressed, besides: explicit.map(\.movement))
        }
        movements.sort { $0.movement.times.start < $1.movement.times.start }
        left = Self.following(movements.filter { $0.hand != .right }.map(\.movement))
        right = Self.following(movements.filter { $0.hand != .left }.map(\.movement))
    }

    /// Ends each movement where the next one has taken the hand.
    private static func following(_ given: [Movement]) -> [Movement] {
        var movements = given
        for index in movements.indices.dropLast() {
            movements[index].end = min(movements[index].end, movements[index + 1].times.ready)
        }
        return movements
    }

    /// Beats on some of the stressed vowels, none while a gesture is made that was asked for.
    private static func beats(
        _ options: PerformanceOptions, _ stressed: [Stress], besides asked: [Movement]
    ) -> [(movement: Movement, hand: GestureCue.Hand)] {
        var generator = SeededGenerator(seed: options.seed ^ 0xBEA7)
        var beats: [(movement: Movement, hand: GestureCue.Hand)] = []
        var free = 0.0
        var next = 0
        var busy = -Double.infinity
        for stress in stressed {
            let chance = generator.unit()
            let side = generator.unit()
            let amount = generator.uniform(0.45, 1)
            let pause = Double(generator.uniform(0.55, 1.3))
            guard stress.vowel.start >= free, chance < 0.6 else { continue }
            let start = max(0, stress.vowel.start - 0.33, stress.knownAt)
            let cue = GestureCue(.beat, start: start, stroke: stress.vowel.start + 0.05)
            while next < asked.count, asked[next].times.start <= start {
                busy = max(busy, asked[next].times.end)
                next += 1
            }
            guard start >= busy, let times = GestureTimes(cue) else { continue }
            let hand: GestureCue.Hand = side < 0.5 ? .right : side < 0.7 ? .left : .both
            beats.append(
                (
                    Movement(gesture: .beat, times: times, amount: amount, number: 0, end: times.end), hand
                ))
            free = stress.vowel.start + pause
        }
        return beats
    }

    func apply(to body: inout BodyFrame, at time: Double) {
        body.left = Self.pose(of: left, at: time)
        body.right = Self.pose(of: right, at: time)
        for shrug in Self.active(shrugs, at: time) {
            body.shoulders = max(body.shoulders, shrug.pose(at: time).share * shrug.amount)
        }
    }

    private static func pose(of movements: [Movement], at time: Double) -> ArmPose {
        var pose = ArmPose()
        for movement in active(movements, at: time) where time < movement.end {
            let (over, share) = movement.pose(at: time)
            pose = pose.covered(by: over, share)
        }
        return pose
    }

    private static func active(_ movements: [Movement], at time: Double) -> ArraySlice<Movement> {
        let end = movements.partitionPoint { $0.times.start > time }
        let start = movements[..<end].lastIndex { $0.times.start < time - HandGesture.longest }
        return movements[(start.map { $0 + 1 } ?? 0)..<end]
    }
}

import AvatariumCore

/// Breath and the weight on the legs.
///
/// Who speaks breathes in at pauses, quickly, and out over the phrase; who is silent, about fourteen times a minute
/// (Conrad and Schönle 1979).
struct BreathPlan: Sendable {
    private struct Breath {
        var start: Double
        var length: Double
        /// How full the lungs are when it begins.
        var from: Float

        func level(at time: Double, out: Double) -> Float {
            let since = time - start
            guard since > length else { return from + (1 - from) * minimumJerk(Float(since / length)) }
            return 1 - minimumJerk(Float((since - length) / out))
        }
    }

    /// In order.
    private let breaths: [Breath]
    private let shifts: [(start: Double, weight: Float)]

    /// Seconds to breathe out, and from one breath to the next in silence.
    private static let out = 2.7
    private static let cycle = 4.3
    /// Seconds from which a pause is one to breathe in.
    private static let shortestPause = 0.2
    /// Seconds that the weight takes from one leg to the other.
    private static let shiftSeconds = 1.8

    /// - Parameter segments: The speech; empty breathes as in silence.
    init(seed: UInt64, segments: [SpeechSegment], durationSeconds: Double) {
        var breaths: [Breath] = []
        func breathe(at start: Double, _ length: Double) {
            let from = breaths.last.map { $0.level(at: start, out: Self.out) } ?? 0
            breaths.append(Breath(start: start, length: length, from: from))
        }
        func rest(_ start: Double, _ end: Double) {
            var time = start + 0.03
            if let last = breaths.last { time = max(time, last.start + last.length + 0.8) }
            // The first breath of a pause comes at once; it is as quick as the pause is short.
            guard end - start >= Self.shortestPause, time < end - 0.1 else { return }
            breathe(at: time, min(max(0.28, (end - time) * 0.8), 1.5))
            while breaths[breaths.count - 1].start + Self.cycle < end {
                breathe(at: breaths[breaths.count - 1].start + Self.cycle, 1.5)
            }
        }
        if segments.isEmpty {
            rest(0, durationSeconds)
        } else {
            for segment in segments where segment.sound.isSilence {
                rest(segment.start, segment.start + segment.duration)
            }
        }
        self.breaths = breaths
        var generator = SeededGenerator(seed: seed ^ 0x5741_4E44)
        var shifts: [(start: Double, weight: Float)] = []
        var time = Double(generator.uniform(3, 8))
        var side: Float = generator.unit() < 0.5 ? -1 : 1
        while time < durationSeconds, shifts.count < 100_000 {
            shifts.append((time, side * generator.uniform(0.35, 1)))
            side = -side
            time += Double(generator.uniform(5, 13))
        }
        self.shifts = shifts
    }

    func apply(to body: inout BodyFrame, at time: Double) {
        let after = breaths.partitionPoint { $0.start > time }
        if after > 0 { body.breath = breaths[after - 1].level(at: time, out: Self.out) }
        let shift = shifts.partitionPoint { $0.start > time }
        guard shift > 0 else { return }
        let before = shift > 1 ? shifts[shift - 2].weight : 0
        let moved = minimumJerk(Float((time - shifts[shift - 1].start) / Self.shiftSeconds))
        body.weightShift = before + (shifts[shift - 1].weight - before) * moved
    }
}

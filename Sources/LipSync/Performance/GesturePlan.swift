import AvatariumCore

/// Nods, shakes, tilts, brow raises and frowns: those asked for, and those that speech brings along: nods on
/// stressed words, brows that rise with some of them and with questions.
struct GesturePlan: Sendable {
    private struct Beat {
        var gesture: GestureCue.Gesture
        var start: Double
        var length: Double
        var amount: Float
    }

    /// In order of their start.
    private let beats: [Beat]
    /// Looks aside that the head follows.
    private let turns: GazePlan
    private static let longest = 1.1

    init(options: PerformanceOptions, stressed: [SpeechSegment], words: [Word]) {
        var beats = Self.spontaneous(options, stressed, words)
        for cue in options.gestures where cue.gesture == .shrug {
            guard let times = GestureTimes(cue) else { continue }
            // Raised shoulders alone are cold: the head and the brows go with them.
            for (gesture, amount) in [(GestureCue.Gesture.tilt, Float(0.5)), (.browRaise, 0.45)] {
                beats.append(
                    Beat(
                        gesture: gesture, start: max(times.start, times.stroke - 0.35), length: Self.longest,
                        amount: clamp(cue.strength, 0, 1) * amount))
            }
        }
        for cue in options.gestures
        where cue.start.isFinite && cue.gesture != .blink && !cue.gesture.isOfHands {
            let length =
                switch cue.gesture {
                case .nod: 0.6
                case .shake: 0.9
                case .tilt: Self.longest
                default: 0.8
                }
            beats.append(
                Beat(
                    gesture: cue.gesture, start: cue.start, length: length, amount: clamp(cue.strength, 0, 1))
            )
        }
        self.beats = beats.sorted { $0.start < $1.start }
        turns = GazePlan(options: options, durationSeconds: 0, pace: .head)
    }

    private static func spontaneous(
        _ options: PerformanceOptions, _ stressed: [SpeechSegment], _ words: [Word]
    ) -> [Beat] {
        let head = clamp(options.headMotion, 0, 2)
        let brow = clamp(options.browMotion, 0, 2)
        var generator = SeededGenerator(seed: options.seed ^ 0x0D_5EED)
        var beats: [Beat] = []
        var free = 0.0
        for vowel in stressed {
            let chance = generator.unit()
            let size = generator.uniform(0.3, 0.65)
            guard vowel.start >= free, chance < 0.6 else { continue }
            let length = Double(generator.uniform(0.45, 0.65))
            beats.append(Beat(gesture: .nod, start: vowel.start - 0.1, length: length, amount: size * head))
            if chance < 0.2 {
                beats.append(
                    Beat(
                        gesture: .browRaise, start: vowel.start - 0.15, length: 0.6, amount: 0.6 * size * brow
                    ))
            }
            free = vowel.start + Double(generator.uniform(0.6, 1.5))
        }
        for word in words where word.start.isFinite && isQuestion(word.text) {
            beats.append(
                Beat(gesture: .browRaise, start: word.start - 0.15, length: 1, amount: 0.5 * brow))
        }
        return beats
    }

    private static func isQuestion(_ text: String) -> Bool {
        text.unicodeScalars.contains { $0 == "?" || $0 == "？" || $0 == "؟" }
    }

    /// The vowels that carry the stress; where a source never marks any, those much longer than most.
    static func stressed(_ segments: ArraySlice<SpeechSegment>, isMarked: Bool) -> [SpeechSegment] {
        let vowels = segments.filter(\.sound.isVowel)
        if isMarked { return vowels.filter { $0.stress == 1 } }
        let lengths = vowels.map(\.duration).sorted()
        guard !lengths.isEmpty else { return [] }
        let median = lengths[lengths.count / 2]
        return vowels.filter { $0.duration > 1.4 * median }
    }

    func apply(to frame: inout FaceFrame, at time: Double) {
        let degree = Float.pi / 180
        var index = beats.partitionPoint { $0.start > time } - 1
        while index >= 0, beats[index].start > time - Self.longest {
            let beat = beats[index]
            let x = Float((time - beat.start) / beat.length)
            let swell = beat.amount * min(minimumJerk(x * 3), minimumJerk((1 - x) * 1.5))
            switch beat.gesture {
            case .nod: frame.headRotation.x += 4 * degree * swell
            case .shake:
                frame.headRotation.y += 5 * degree * swell * sine(clamp(x, 0, 1) * 4 * .pi)
            case .tilt: frame.headRotation.z += 6 * degree * swell
            case .browRaise:
                frame[.browInnerUp] += 0.5 * swell
                frame[.browOuterUpLeft] += 0.8 * swell
                frame[.browOuterUpRight] += 0.8 * swell
            case .frown:
                frame[.browDownLeft] += 0.7 * swell
                frame[.browDownRight] += 0.7 * swell
            default: break
            }
            index -= 1
        }
        let turn = turns.direction(at: time) * 0.35
        frame.headRotation.x += turn.x
        frame.headRotation.y += turn.y
    }
}

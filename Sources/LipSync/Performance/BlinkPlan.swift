import AvatariumCore
import Foundation

/// When the eyes blink. Intervals are skewed as people's are (median 3 s, mean 3.5 s), the end of a phrase
/// invites a blink, and a cue asks for one.
struct BlinkPlan: Sendable {
    /// Start of each blink, seconds, ascending, no two overlapping.
    let starts: [Double]

    /// Seconds: lids fall, rest and rise more slowly (VanderWerf et al. 2003).
    private enum Profile {
        static let fall = 0.075
        static let shut = 0.035
        static let rise = 0.17
        static let length = fall + shut + rise
    }

    init(options: PerformanceOptions, segments: [SpeechSegment], durationSeconds: Double) {
        let asked = options.gestures.filter { $0.gesture == .blink && $0.start.isFinite }.map(\.start)
        let all = (Self.spontaneous(options, segments, durationSeconds) + asked).sorted()
        var starts: [Double] = []
        for start in all where start >= (starts.last ?? -.infinity) + Profile.length { starts.append(start) }
        self.starts = starts
    }

    private static func spontaneous(
        _ options: PerformanceOptions, _ segments: [SpeechSegment], _ durationSeconds: Double
    ) -> [Double] {
        guard options.blinkRate > 0, durationSeconds > 0 else { return [] }
        var generator = SeededGenerator(seed: options.seed ^ 0xB11_4B)
        let pauses = segments.filter { $0.sound.isSilence && $0.duration > 0.2 && $0.start > 0.3 }
        var pause = 0
        var starts: [Double] = []
        var time = 0.4
        let scale = 1 / Double(min(options.blinkRate, 4))
        while true {
            // Log-normal; the sum of four uniform values stands for a normal one.
            let spread = Double((0..<4).reduce(Float(-2)) { sum, _ in sum + generator.unit() })
            var next = time + max(0.6, 3 * exp(spread * 0.95) * scale)
            while pause < pauses.count, pauses[pause].start < time + 1 { pause += 1 }
            if pause < pauses.count, pauses[pause].start < next, generator.unit() < 0.7 {
                next = pauses[pause].start + Double(generator.uniform(0, 0.08))
            }
            guard next + Profile.length < durationSeconds else { return starts }
            starts.append(next)
            time = next
        }
    }

    /// 0 open ... 1 shut.
    func closure(at time: Double) -> Float {
        let after = starts.partitionPoint { $0 > time }
        guard after > 0 else { return 0 }
        let since = time - starts[after - 1]
        if since < Profile.fall { return minimumJerk(Float(since / Profile.fall)) }
        return 1 - minimumJerk(Float((since - Profile.fall - Profile.shut) / Profile.rise))
    }
}

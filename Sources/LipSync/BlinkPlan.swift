import AvatariumCore

/// When the eyes blink. Intervals are skewed as people's are (mean 3.5 s), and the end of a phrase invites one.
struct BlinkPlan: Sendable {
    /// Start of each blink, seconds, ascending.
    let starts: [Double]

    /// Seconds: lids fall, rest and rise more slowly (VanderWerf et al. 2003).
    private enum Profile {
        static let fall = 0.075
        static let shut = 0.035
        static let rise = 0.17
        static let length = fall + shut + rise
    }

    init(seed: UInt64, rate: Float, segments: [SpeechSegment], durationSeconds: Double) {
        guard rate > 0, durationSeconds > 0 else {
            starts = []
            return
        }
        var generator = SeededGenerator(seed: seed ^ 0xB11_4B)
        let pauses = segments.filter { $0.sound.isSilence && $0.duration > 0.2 && $0.start > 0.3 }
        var pause = 0
        var starts: [Double] = []
        var time = 0.4
        let scale = 1 / Double(min(rate, 4))
        while true {
            // Log-normal: median 3 s, mean 3.5 s.
            let spread = Double(
                generator.unit() + generator.unit() + generator.unit() + generator.unit() - 2)
            var next = time + max(0.6, 3 * exponential(spread * 0.95)) * scale
            while pause < pauses.count, pauses[pause].start < time + 1 { pause += 1 }
            if pause < pauses.count, pauses[pause].start < next, generator.unit() < 0.7 {
                next = pauses[pause].start + Double(generator.uniform(0, 0.08))
            }
            guard next + Profile.length < durationSeconds else { break }
            starts.append(next)
            time = next
        }
        self.starts = starts
    }

    /// 0 open ... 1 shut.
    func closure(at time: Double) -> Float {
        var (low, high) = (0, starts.count)
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= time { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return 0 }
        let since = time - starts[low - 1]
        if since < Profile.fall { return minimumJerk(Float(since / Profile.fall)) }
        return 1 - minimumJerk(Float((since - Profile.fall - Profile.shut) / Profile.rise))
    }
}

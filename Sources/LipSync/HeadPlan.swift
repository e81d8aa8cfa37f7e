import AvatariumCore

/// Head motion while speaking: a slow sway, nods on stressed words, and brows that rise with some of them and
/// with questions.
struct HeadPlan: Sendable {
    private struct Beat {
        var start: Double
        var length: Double
        var amount: Float
    }

    private let nods: [Beat]
    private let brows: [Beat]
    private let phases: [Double]
    private let amount: Float

    private static let longestBeat = 1.2
    /// Cycles a second of the sway, incommensurate so that it does not repeat.
    private static let frequencies = [0.11, 0.173, 0.29]

    init(seed: UInt64, amount: Float, segments: [SpeechSegment], words: [Word]) {
        self.amount = min(max(amount, 0), 2)
        var generator = SeededGenerator(seed: seed ^ 0x4EAD)
        phases = (0..<9).map { _ in Double(generator.unit()) * 2 * .pi }
        var nods: [Beat] = []
        var brows: [Beat] = []
        var free = 0.0
        for segment in segments where segment.sound.isVowel && segment.stress == 1 {
            let chance = generator.unit()
            let size = generator.uniform(0.5, 1)
            guard segment.start >= free, chance < 0.6 else { continue }
            let length = Double(generator.uniform(0.45, 0.65))
            nods.append(Beat(start: segment.start - 0.1, length: length, amount: size))
            if chance < 0.2 {
                brows.append(Beat(start: segment.start - 0.15, length: 0.6, amount: 0.35 * size))
            }
            free = segment.start + Double(generator.uniform(0.6, 1.5))
        }
        for word in words where word.text.contains("?") && word.start.isFinite {
            brows.append(Beat(start: word.start - 0.15, length: 1, amount: 0.45))
        }
        self.nods = nods
        self.brows = brows.sorted { $0.start < $1.start }
    }

    /// Radians, as `FaceFrame.headRotation`.
    func rotation(at time: Double) -> SIMD3<Float> {
        let degree = Float.pi / 180
        var sway = SIMD3<Float>()
        for (index, frequency) in Self.frequencies.enumerated() {
            for axis in 0..<3 {
                let angle = 2 * Double.pi * frequency * (1 + 0.13 * Double(axis)) * time
                sway[axis] += sine(Float((angle + phases[index * 3 + axis]).remainder(dividingBy: 2 * .pi)))
            }
        }
        let fadeIn = minimumJerk(Float(time / 0.6))
        sway *= SIMD3(0.45, 0.75, 0.4) * degree * amount * fadeIn
        sway.x += 2.6 * degree * amount * Self.sum(nods, at: time)
        return sway
    }

    /// 0...1.
    func browRaise(at time: Double) -> Float { min(Self.sum(brows, at: time), 1) }

    /// The beats at work at an instant: each rises for a third of its length and falls for the rest.
    private static func sum(_ beats: [Beat], at time: Double) -> Float {
        var (low, high) = (0, beats.count)
        while low < high {
            let middle = (low + high) / 2
            if beats[middle].start <= time { low = middle + 1 } else { high = middle }
        }
        var total: Float = 0
        var index = low - 1
        while index >= 0, beats[index].start > time - longestBeat {
            let beat = beats[index]
            let x = (time - beat.start) / beat.length
            total += beat.amount * min(minimumJerk(Float(x * 3)), minimumJerk(Float((1 - x) * 1.5)))
            index -= 1
        }
        return total
    }
}

import AvatariumCore

/// How loud each vowel is beside the others of its clip.
struct VowelLoudness: Sendable {
    private let scales: [Float]

    /// Root mean square over each vowel against the median of all: 6 dB more opens the mouth by 12 %, between
    /// 0.8 and 1.2.
    init(segments: [SpeechSegment], audio: AudioBuffer) {
        let levels = segments.map { segment -> Float? in
            guard segment.sound.isVowel, audio.sampleRate > 0 else { return nil }
            let rate = Double(audio.sampleRate)
            let from = min(Int(max(segment.start, 0) * rate), audio.samples.count)
            let to = min(Int(max(segment.end, 0) * rate), audio.samples.count)
            guard to > from else { return nil }
            var energy: Float = 0
            for sample in audio.samples[from..<to] { energy += sample * sample }
            energy /= Float(to - from)
            return energy > 1e-9 && energy.isFinite ? energy : nil
        }
        let sorted = levels.compactMap { $0 }.sorted()
        let median = sorted.isEmpty ? 1 : sorted[sorted.count / 2]
        scales = levels.map { level in
            guard let level else { return 1 }
            return min(max(Float(power(Double(level / median), 0.08)), 0.8), 1.2)
        }
    }

    func scale(ofSegment index: Int) -> Float { scales[index] }
}

import AvatariumCore

/// How loud each vowel is beside the others of its clip.
struct VowelLoudness: Sendable {
    private let scales: [Float]

    /// Root mean square over each vowel against the median of all. Within 6 dB it says nothing (sentences fade
    /// towards their end while mouths do not); each decibel beyond opens or closes the mouth by 2 %, up to 20 %.
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
            let decibels = 4.343 * naturalLogarithm(Double(level / median))
            let beyond = abs(decibels) - 6
            guard beyond > 0 else { return 1 }
            return Float(1 + min(0.02 * beyond, 0.2) * (decibels < 0 ? -1 : 1))
        }
    }

    func scale(ofSegment index: Int) -> Float { scales[index] }
}

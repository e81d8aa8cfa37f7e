import AvatariumCore
import Foundation

/// How loud each vowel is beside those before it and around it.
struct VowelLoudness: Sendable {
    /// By segment.
    private var scales: [Float] = []
    /// Mean squares of the vowels so far, ascending.
    private var levels: [Float] = []

    /// Takes in the segments of a piece of speech.
    ///
    /// Root mean square over each vowel against the median of all so far, this piece's included. Within 6 dB it
    /// says nothing (sentences fade towards their end while mouths do not); each decibel beyond opens or closes
    /// the mouth by 2 %, up to 20 %.
    /// - Parameter audioStart: when the piece's sound begins, seconds.
    mutating func append(_ segments: ArraySlice<SpeechSegment>, audio: AudioBuffer?, audioStart: Double) {
        let new = segments.map { segment in
            audio.flatMap { Self.level(of: segment, in: $0, audioStart: audioStart) }
        }
        levels = (levels + new.compactMap { $0 }).sorted()
        let median = levels.isEmpty ? 1 : levels[levels.count / 2]
        scales += new.map { $0.map { Self.scale(of: $0, median: median) } ?? 1 }
    }

    private static func level(
        of segment: SpeechSegment, in audio: AudioBuffer, audioStart: Double
    ) -> Float? {
        guard segment.sound.isVowel, audio.sampleRate > 0 else { return nil }
        let rate = Double(audio.sampleRate)
        let from = min(Int(max(segment.start - audioStart, 0) * rate), audio.samples.count)
        let to = min(Int(max(segment.end - audioStart, 0) * rate), audio.samples.count)
        guard to > from else { return nil }
        var energy: Float = 0
        for sample in audio.samples[from..<to] { energy += sample * sample }
        energy /= Float(to - from)
        return energy > 1e-9 && energy.isFinite ? energy : nil
    }

    private static func scale(of level: Float, median: Float) -> Float {
        let decibels = 4.343 * log(Double(level / median))
        let beyond = abs(decibels) - 6
        guard beyond > 0 else { return 1 }
        return Float(1 + min(0.02 * beyond, 0.2) * (decibels < 0 ? -1 : 1))
    }

    /// 1 for what has no loudness.
    func scale(ofSegment index: Int) -> Float { index < scales.count ? scales[index] : 1 }
}

import AvatariumCore
import Foundation

/// How loud each vowel is beside those before and after it, and how much wider or narrower that makes it.
///
/// Lips follow it weakly: about 1 % a decibel beyond what the sounds explain (docs/LIPSYNC.md, "Loudness and stress").
/// Only differences count, so a whisper or a quiet recording opens the mouth like any other.
struct VowelLoudness: Sendable {
    /// By segment.
    private var scales: [Float] = []
    /// Levels of the last vowels of earlier pieces, decibels.
    private var earlier: [Double] = []

    /// How many vowels on each side a vowel is compared with: about eight seconds of speech.
    private static let neighbours = 32
    /// The level of a vowel is that of its loudest 30 ms: its end may fade or be shared with the next sound.
    private static let windowSeconds = 0.03
    /// Share of the opening that a decibel makes, and the most that loudness makes in all.
    private static let perDecibel = 0.01
    private static let limit = 0.2

    /// Takes in the segments of a piece of speech. Later vowels are those of the same piece.
    ///
    /// The last vowel before a pause is never narrowed: sentences fade towards their end while mouths stay as wide.
    /// - Parameter audioStart: when the piece's sound begins, seconds.
    mutating func append(_ segments: ArraySlice<SpeechSegment>, audio: AudioBuffer?, audioStart: Double) {
        guard let audio, audio.sampleRate > 0 else {
            scales += segments.map { _ in 1 }
            return
        }
        let vowels = Self.vowels(in: segments)
        let heard = vowels.compactMap { vowel in
            Self.level(from: vowel.start - audioStart, to: vowel.end - audioStart, in: audio).map {
                (vowel: vowel, level: $0)
            }
        }
        let levels = earlier + heard.map(\.level)
        var new = [Float](repeating: 1, count: segments.count)
        for (index, (vowel, level)) in heard.enumerated() {
            let place = earlier.count + index
            let near = levels[
                max(0, place - Self.neighbours)...min(levels.count - 1, place + Self.neighbours)]
            let decibels = level - Self.median(near)
            let scale = Self.scale(ofDecibels: vowel.isLast ? max(0, decibels) : decibels)
            for segment in vowel.segments { new[segment - segments.startIndex] = scale }
        }
        scales += new
        earlier = levels.suffix(Self.neighbours)
    }

    /// 1 for what has no loudness.
    func scale(ofSegment index: Int) -> Float { index < scales.count ? scales[index] : 1 }

    /// A vowel with all of its glide, seconds.
    private struct Vowel {
        var segments: Range<Int>
        var start: Double
        var end: Double
        /// Whether a pause follows before any other vowel, or nothing is known to follow.
        var isLast = true
    }

    private static func vowels(in segments: ArraySlice<SpeechSegment>) -> [Vowel] {
        var vowels: [Vowel] = []
        var isAfterPause = true
        for (index, segment) in zip(segments.indices, segments) {
            if segment.sound.isSilence {
                isAfterPause = isAfterPause || !segment.isHeldPause
            } else if segment.sound.isVowel {
                if segment.continuesPhone, let last = vowels.indices.last {
                    vowels[last].segments = vowels[last].segments.lowerBound..<index + 1
                    vowels[last].end = segment.end
                } else {
                    if !isAfterPause, let last = vowels.indices.last { vowels[last].isLast = false }
                    vowels.append(Vowel(segments: index..<index + 1, start: segment.start, end: segment.end))
                }
                isAfterPause = false
            }
        }
        return vowels
    }

    /// Decibels of the loudest window between two times of the audio; nil where nothing is heard.
    private static func level(from start: Double, to end: Double, in audio: AudioBuffer) -> Double? {
        let rate = Double(audio.sampleRate)
        let from = min(Int(max(start, 0) * rate), audio.samples.count)
        let to = min(Int(max(end, 0) * rate), audio.samples.count)
        guard to > from else { return nil }
        let window = min(max(Int(windowSeconds * rate), 1), to - from)
        var energy = 0.0
        var most = 0.0
        for index in from..<to {
            energy += square(audio.samples[index])
            if index - from >= window { energy -= square(audio.samples[index - window]) }
            most = max(most, energy)
        }
        let power = most / Double(window)
        return energy.isFinite && power.isFinite && power > 1e-12 ? 10 * log10(power) : nil
    }

    private static func square(_ sample: Float) -> Double { Double(sample) * Double(sample) }

    private static func median(_ levels: ArraySlice<Double>) -> Double {
        let sorted = levels.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    /// Smooth, and bounded for shouts, noise and music.
    private static func scale(ofDecibels decibels: Double) -> Float {
        Float(1 + limit * tanh(perDecibel * decibels / limit))
    }
}

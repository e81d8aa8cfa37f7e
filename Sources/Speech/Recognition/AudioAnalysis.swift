import AvatariumCore
import Foundation
import Phonetics

/// Estimates mouth movement from audio alone, if there is neither text nor timings.
///
/// The jaw follows the loudness between 800 and 1200 Hz, where open vowels have their formants and closed
/// vowels, nasals, voicing and hiss have little: measured on a Mandarin speaker's solved jaw, r = 0.83, 0.83 and
/// 0.68 without any fitting. English can be recognised as phones instead, which also closes the lips on p b m.
public enum AudioAnalysis {
    /// Returns estimated phones from audio alone.
    ///
    /// English is recognised as phones if the model is installed (source `"phone recognition"`); every other
    /// language gets phones that open the mouth as loudness and spectrum suggest (source
    /// `PhoneTimeline.audioAnalysis`).
    /// - Parameter language: A language tag, or nil if unknown.
    /// - Throws: E093 if the audio contains no speech.
    public static func timeline(for audio: AudioBuffer, language: String?) async throws -> PhoneTimeline {
        let speech = try await BlockingWork.abandoning { audio.resampled(to: SphinxDecoder.sampleRate) }
        if language?.lowercased().hasPrefix("en") == true, SphinxDecoder.isInstalled {
            // The library cannot be stopped: when the task is cancelled, its thread is left to itself.
            let phones = try await BlockingWork.abandoning {
                try SphinxDecoder.alone { try recognized(speech, duration: audio.durationSeconds) }
            }
            if phones.contains(where: { !$0.isSilence }) {
                return PhoneTimeline(phones: phones, source: "phone recognition")
            }
        }
        let phones = try await BlockingWork.abandoning {
            LoudnessPhones.phones(from: SpeechBands(speech), duration: audio.durationSeconds)
        }
        guard phones.contains(where: { !$0.isSilence }) else {
            throw AvatariumError(
                .validationError, "no speech was found in the audio; give louder speech, or timings",
                context: ["field": "audio", "stage": "analysis"])
        }
        return PhoneTimeline(phones: phones, source: PhoneTimeline.audioAnalysis)
    }

    /// Free recognition with the model's phone bigrams.
    private static func recognized(_ speech: AudioBuffer, duration: Double) throws -> [Phone] {
        let decoder = try SphinxDecoder(options: [
            ("-allphone", "\(SphinxDecoder.modelFolder)/en-us-phone.lm.bin"), ("-lw", "2.0"), ("-pip", "0.3"),
            ("-beam", "1e-20"), ("-pbeam", "1e-20"), ("-dither", "no"), ("-remove_noise", "no"),
            ("-remove_silence", "no"),
        ])
        var phones: [Phone] = []
        for segment in decoder.decode(speech) {
            let start = max(segment.start, phones.last?.end ?? 0)
            let end = min(segment.end, duration)
            guard end > start else { continue }
            let sound = Alphabet.arpabet.segments(of: segment.word)?.first
            if sound == nil, let last = phones.last, last.isSilence {
                phones[phones.count - 1].end = end
            } else {
                phones.append(Phone(start: start, end: end, ipa: sound?.ipa ?? "", confidence: 0.4))
            }
        }
        return phones
    }
}

import AvatariumCore
import Foundation
import Phonetics

/// Finds the time of each phone of a known text in a recording.
///
/// The text's pronunciations (CMU dictionary for English, espeak-ng otherwise and for unknown words) become a
/// grammar whose words are single phones, with optional silence between words; libpocketsphinx then finds the
/// best path through the recording. Other languages are aligned by their nearest English phones.
public enum ForcedAligner {
    /// Whether alignment is available on this host: libpocketsphinx's English model is installed.
    public static var isAvailable: Bool { SphinxDecoder.isInstalled }

    /// The longest recording, in seconds.
    public static let maximumSeconds = 1800.0

    /// The result of an alignment, and how well the text fits the recording.
    public struct Alignment: Sendable {
        public var timeline: PhoneTimeline
        /// The fit of the text's phones to the audio, 0 (none) to 1: the mean over its phones, weighted by
        /// duration.
        public var fit: Double
        /// Seconds of speech outside all words.
        public var unexplainedSeconds: Double
        /// A warning if the text does not match the audio.
        public var diagnostics: [Diagnostic]
    }

    /// Aligns a text with a recording of it.
    /// - Parameters:
    ///   - text: The complete transcript, in order.
    ///   - language: An espeak-ng voice: `"en-us"`.
    /// - Throws: E093 (`text`) if the text has no words or cannot match the recording; E081 if the model is not
    ///   installed; E034 for an unknown language.
    public static func align(
        audio: AudioBuffer, text: String, language: String
    ) async throws -> Alignment {
        guard audio.durationSeconds >= 0.1, audio.durationSeconds <= maximumSeconds else {
            throw AvatariumError(
                .validationError,
                "audio of \(audio.durationSeconds) s cannot be aligned; give 0.1 s to \(Int(maximumSeconds)) s",
                context: ["field": "audio"])
        }
        let words = try script(text, language: language)
        guard !words.isEmpty else {
            throw AvatariumError(
                .validationError, "the text has no words to align; give what is said in the audio",
                context: ["field": "text"])
        }
        // The library cannot be stopped: when the task is cancelled, its thread is left to itself.
        return try await BlockingWork.abandoning {
            let speech = audio.resampled(to: SphinxDecoder.sampleRate)
            let found = try SphinxDecoder.alone {
                try search(
                    words, in: speech, duration: audio.durationSeconds, leastFit: leastFit(language))
            }
            return checked(found.timeline, fit: found.fit, speech, leastFit: leastFit(language))
        }
    }

    /// Speech outside of the words counts from this much on, seconds, and this share of all speech.
    private static let leastUnexplained = (seconds: 0.25, share: 0.1)
    /// A word's time may be off by this much, seconds.
    private static let margin = 0.15
    /// Texts that fit less well than this are warned of. Eight recordings of English had 0.41 to 0.64 with their own text,
    /// and 0.14 to 0.37 with others, reversed or foreign ones; a half can fit as well as the whole, and is found by the
    /// speech that it leaves. Of 64 wrong texts 63 were said or refused, of 8 right ones none (`TranscriptCalibration`).
    /// Other languages are said with English phones, and fit less well.
    private static let leastFit = (english: 0.4, other: 0.2)

    private static func leastFit(_ language: String) -> Double {
        language.lowercased().hasPrefix("en") ? leastFit.english : leastFit.other
    }

    private static func checked(
        _ timeline: PhoneTimeline, fit: Double, _ speech: AudioBuffer, leastFit: Double
    ) -> Alignment {
        let loud = SpeechBands.smoothed(SpeechBands(speech).total, seconds: 0.02)
        var spoken = 0
        var unexplained = 0
        var word = 0
        for (frame, level) in loud.enumerated() where level >= LoudnessPhones.silence {
            let time = Double(frame) * SpeechBands.hop
            while word < timeline.words.count, timeline.words[word].end + margin < time { word += 1 }
            spoken += 1
            if word == timeline.words.count || timeline.words[word].start - margin > time { unexplained += 1 }
        }
        let seconds = Double(unexplained) * SpeechBands.hop
        var diagnostics: [Diagnostic] = []
        func warn(_ fact: String) {
            diagnostics.append(
                Diagnostic(
                    .warning, "TRANSCRIPT_DOES_NOT_FIT",
                    "the transcript does not match the audio: \(fact); give exactly the words that are "
                        + "spoken"))
        }
        if seconds >= leastUnexplained.seconds,
            Double(unexplained) >= leastUnexplained.share * Double(spoken)
        {
            warn(
                "\(rounded(seconds)) s of \(rounded(Double(spoken) * SpeechBands.hop)) s of speech are "
                    + "outside its words")
        }
        if fit < leastFit {
            warn("the fit of its phones to the audio is \(rounded(fit)) of 1")
        }
        return Alignment(
            timeline: timeline, fit: fit, unexplainedSeconds: seconds, diagnostics: diagnostics)
    }

    private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }

    private static func script(_ text: String, language: String) throws -> [ScriptWord] {
        let tokens = text.split(whereSeparator: { $0.isWhitespace || $0 == "—" || $0 == "–" || $0 == "/" })
            .map(String.init).filter { $0.contains { $0.isLetter || $0.isNumber } }
        let isEnglish = language.lowercased().hasPrefix("en")
        let plain = tokens.map { token in
            String(
                token.lowercased().replacing("’", with: "'").filter { $0.isLetter || $0 == "'" || $0 == "-" })
        }
        let known = isEnglish ? EnglishDictionary.pronunciations(of: Set(plain)) : [:]
        return try zip(tokens, plain).compactMap { token, plain in
            let hasDigit = token.contains(where: \.isNumber)
            var variants: [[ScriptWord.Sound]] = []
            if !hasDigit, let entries = known[plain] {
                variants = try entries.map { phones in
                    let stress = try stresses(of: token, language: language)
                    return sounds(ofARPABET: phones, stresses: stress)
                }
            }
            if variants.isEmpty {
                let segments = try ESpeakPronouncer().segments(of: token, language: language)
                if !segments.isEmpty {
                    variants = [
                        segments.map {
                            ScriptWord.Sound(
                                segment: $0, phones: EnglishPhones.nearest(to: $0.ipa))
                        }
                    ]
                }
            }
            return variants.isEmpty ? nil : ScriptWord(text: token, variants: variants)
        }
    }

    /// The dictionary has no stress; espeak-ng's vowels in order have.
    private static func stresses(of token: String, language: String) throws -> [Int] {
        try ESpeakPronouncer().segments(of: token, language: language)
            .filter { IPAFeatures.of($0.ipa).isVowel }.map(\.stress)
    }

    private static func sounds(ofARPABET phones: [String], stresses: [Int]) -> [ScriptWord.Sound] {
        var vowel = 0
        return phones.compactMap { phone in
            guard var segment = Alphabet.arpabet.segments(of: phone)?.first else { return nil }
            if IPAFeatures.of(segment.ipa).isVowel {
                if vowel < stresses.count { segment.stress = stresses[vowel] }
                vowel += 1
            }
            return ScriptWord.Sound(segment: segment, phones: [phone])
        }
    }

    private static func search(
        _ words: [ScriptWord], in speech: AudioBuffer, duration: Double, leastFit: Double
    ) throws -> Found {
        let grammar = PhoneGrammar(words)
        let folder = FileManager.default.temporaryDirectory.appending(path: "avatarium-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "phones.dict")
        try grammar.dictionary.write(to: file, atomically: false, encoding: .utf8)
        let beam = duration <= 90 ? "1e-80" : "1e-48"
        let decoder = try SphinxDecoder(options: [
            ("-dict", file.path), ("-beam", beam), ("-wbeam", beam), ("-pbeam", beam),
            ("-fsgusefiller", "no"),
            ("-fsgusealtpron", "no"), ("-bestpath", "no"), ("-wip", "1"), ("-lw", "1"),
            ("-remove_noise", "no"),
            ("-remove_silence", "no"), ("-dither", "no"), ("-maxhmmpf", "-1"),
        ])
        try decoder.useGrammar(grammar.whole)
        var found = timeline(of: decoder.decode(speech), words, grammar, duration)
        if found.wordCount < words.count {
            // The recording may end in the last word.
            try decoder.useGrammar(grammar.cutOff)
            found = timeline(of: decoder.decode(speech), words, grammar, duration)
        }
        guard found.wordCount == words.count else {
            // Words that are cut off fit as far as they go.
            let fact =
                found.wordCount == 0 || found.fit < leastFit
                ? "the transcript could not be found in the audio (its fit is \(rounded(found.fit)) of 1); "
                    + "give the words that are spoken, or omit the transcript"
                : "the audio ends after word \(found.wordCount) of \(words.count), "
                    + "'\(words[found.wordCount - 1].text)'; end the transcript there, or give the whole "
                    + "recording"
            throw AvatariumError(
                .validationError, fact, context: ["field": "text", "stage": "alignment"])
        }
        return found
    }

    private struct Found {
        var timeline: PhoneTimeline
        var wordCount: Int
        var fit: Double
    }

    /// The acoustic score of a frame, relative to the model's best state in it, that counts as a fit of 1/e.
    private static let scoreScale = 30.0

    private static func timeline(
        of segments: [SphinxDecoder.Segment], _ words: [ScriptWord], _ grammar: PhoneGrammar,
        _ duration: Double
    ) -> Found {
        let owners = grammar.owners
        var phones: [Phone] = []
        var times: [Int: (start: Double, end: Double)] = [:]
        var previous: Int?
        for segment in segments {
            let end = min(segment.end, duration)
            guard end > segment.start else { continue }
            guard segment.word.hasPrefix("p"), let index = Int(segment.word.dropFirst()),
                owners.indices.contains(index)
            else {
                phones.append(Phone(start: segment.start, end: end, ipa: "", confidence: 0.9))
                previous = nil
                continue
            }
            let owner = owners[index]
            if let before = previous, before == index - 1, owners[before].word == owner.word,
                owner.sound.phones.count > 1, owners[before].sound.segment == owner.sound.segment
            {
                // The second phone of one sound.
                phones[phones.count - 1].end = end
            } else {
                phones.append(
                    Phone(
                        start: segment.start, end: end, ipa: owner.sound.segment.ipa,
                        stress: owner.sound.segment.stress, wordIndex: owner.word, confidence: 0.9))
            }
            times[owner.word] = (times[owner.word]?.start ?? segment.start, end)
            previous = index
        }
        // The library's segments share a frame here and there: the next one's start wins.
        for index in phones.indices.dropLast() where phones[index].end > phones[index + 1].start {
            phones[index].end = phones[index + 1].start
        }
        phones.removeAll { $0.duration <= 0 }
        let spoken = words.indices.map {
            Word(start: times[$0]?.start ?? 0, end: times[$0]?.end ?? 0, text: words[$0].text)
        }
        let phonesOnly = segments.filter { $0.word.hasPrefix("p") }
        let frames = phonesOnly.reduce(0.0) { $0 + ($1.end - $1.start) } * SphinxDecoder.framesPerSecond
        let score = phonesOnly.reduce(0.0) { $0 + $1.score } / max(1, frames)
        return Found(
            timeline: PhoneTimeline(phones: phones, words: spoken, source: "alignment"),
            wordCount: times.count, fit: exp(score / scoreScale))
    }
}

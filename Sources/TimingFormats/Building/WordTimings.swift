import AvatariumCore
import Phonetics

/// Forms that hold only words or phrases: pronounced by espeak-ng, their time shared out by typical lengths of
/// sounds.
package enum WordTimings {
    package static let defaultLanguage = "en-us"
    /// A phrase or word that lasts more than this many times its typical length is followed by silence.
    static let maximumStretch = 1.6

    package static func timeline(
        _ list: [TimedWord], source: TimingSource, form: String
    ) throws -> PhoneTimeline {
        let list = list.filter { $0.text.contains { $0.isLetter || $0.isNumber } }
        guard !list.isEmpty else { throw source.error("it holds no words; give at least one") }
        guard list.count <= TimelineBuilder.maximumSymbols else {
            throw source.error("it holds more than \(TimelineBuilder.maximumSymbols) words; split it")
        }
        let timed = try TimelineBuilder(source: source, form: form).words(list)
        let language =
            source.language
            ?? ScriptCensus.voice(for: list.map(\.text).joined(separator: " "), usual: defaultLanguage)
        var words: [Word] = []
        var phones: [Phone] = []
        for phrase in timed where phrase.end > phrase.start {
            let parts = try phrase.text.split(whereSeparator: \.isWhitespace).map {
                (
                    text: String($0),
                    segments: try source.pronouncer.segments(of: String($0), language: language)
                )
            }.filter { !$0.segments.isEmpty }
            let all = parts.flatMap(\.segments)
            guard !all.isEmpty else { continue }
            let typical = all.reduce(0) { $0 + PhoneDurations.typical(of: $1.ipa) / 1000 }
            let length = min(phrase.end - phrase.start, typical * maximumStretch)
            let shares = PhoneDurations.shares(of: all.map(\.ipa), stresses: all.map(\.stress))
            var at = phrase.start
            var index = 0
            for part in parts {
                let start = at
                for segment in part.segments {
                    let end = at + shares[index] * length
                    phones.append(
                        Phone(
                            start: at, end: end, ipa: segment.ipa, stress: segment.stress,
                            wordIndex: words.count, confidence: 0.5))
                    at = end
                    index += 1
                }
                words.append(Word(start: start, end: at, text: part.text))
            }
        }
        guard !phones.isEmpty else {
            throw source.error("nothing in its words can be spoken in \(language); name the language")
        }
        return PhoneTimeline(phones: phones, words: words, source: form)
    }
}

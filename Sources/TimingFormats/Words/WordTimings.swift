import AvatariumCore
import Phonetics

/// Forms that hold only words or phrases: a pronouncer says their phones, which share a word's time by typical
/// lengths.
package enum WordTimings {
    /// A phrase or word that lasts more than this many times its typical length is followed by silence.
    static let maximumStretch = 1.6
    /// Longer words are pronounced in pieces of this many letters.
    static let longestWord = 60

    /// Returns the timeline of words or phrases in time order.
    /// - Parameter style: What in the texts is not speech.
    /// - Parameter isInSeconds: Whether the unit is sure; else it is found by how fast people speak (`TimeUnit`).
    /// - Throws: E093 where a time is wrong or nothing can be spoken; E034, E084 from the pronouncer.
    package static func timeline(
        _ list: [TimedWord], source: TimingSource, form: String, style: NonSpeech.Style = .recognized,
        isInSeconds: Bool = false
    ) throws -> PhoneTimeline {
        var phrases = try phrases(list, source: source, style: style)
        if !isInSeconds {
            let unit = try TimeUnit.guess(
                phrases.compactMap { phrase in
                    phrase.word.start.map {
                        TimeUnit.Sample(start: $0, end: phrase.word.end, typical: phrase.typical)
                    }
                }, source: source, at: list.first?.place)
            if unit != .seconds {
                for index in phrases.indices { phrases[index].word = phrases[index].word.scaled(from: unit) }
            }
        }
        let spans = try WordSchedule(source: source).resolve(
            phrases.map { phrase in
                WordSchedule.Item(
                    start: phrase.word.start, end: phrase.word.end, bounds: phrase.word.bounds,
                    typical: phrase.typical, text: phrase.word.text, place: phrase.word.place)
            })
        var words: [Word] = []
        var phones: [Phone] = []
        for (phrase, span) in zip(phrases, spans) where span.end > span.start {
            let all = phrase.parts.flatMap(\.segments)
            let stop = min(span.end, span.start + phrase.typical * maximumStretch)
            let length = stop - span.start
            let shares = PhoneDurations.shares(of: all.map(\.ipa), stresses: all.map(\.stress))
            var at = span.start
            var index = 0
            for part in phrase.parts {
                let start = at
                for segment in part.segments {
                    let end = index + 1 == all.count ? stop : at + shares[index] * length
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
            throw source.error(
                "none of its words can be spoken in \(source.spokenLanguage); name the language")
        }
        return PhoneTimeline(phones: phones, words: words, source: form)
    }

    /// A timed piece with its words and how they are pronounced.
    struct Phrase {
        var word: TimedWord
        var parts: [(text: String, segments: [IPASegments.Segment])]
        /// Seconds.
        var typical: Double
    }

    /// The pieces that are spoken, pronounced.
    static func phrases(
        _ list: [TimedWord], source: TimingSource, style: NonSpeech.Style
    ) throws -> [Phrase] {
        guard list.count <= TimelineBuilder.maximumSymbols else {
            throw source.error("it contains more than \(TimelineBuilder.maximumSymbols) words; split it")
        }
        var filter = NonSpeech(style)
        var spoken: [TimedWord] = []
        for (word, text) in zip(list, filter.strip(list.map(\.text)))
        where text.contains(where: { $0.isLetter || $0.isNumber }) {
            spoken.append(word)
            spoken[spoken.count - 1].text = text
        }
        filter.note(in: source)
        guard !spoken.isEmpty else {
            throw source.error(
                filter.removed.isEmpty
                    ? "it contains no words; give at least one"
                    : "it contains no spoken words, only descriptions such as "
                        + "'\(filter.removed[0].quotedForMessage(limit: 40))'; give its words")
        }
        source.nameLanguage(byScriptOf: spoken.lazy.map(\.text))
        var phrases: [Phrase] = []
        for word in spoken {
            let parts = try word.text.split(whereSeparator: \.isWhitespace).flatMap {
                try Self.parts($0, source)
            }
            let typical = parts.reduce(0) { sum, part in
                sum + part.segments.reduce(0) { $0 + PhoneDurations.typical(of: $1.ipa) / 1000 }
            }
            guard typical > 0 else { continue }
            phrases.append(Phrase(word: word, parts: parts, typical: typical))
        }
        return phrases
    }

    /// A word pronounced; one of more than 60 letters in pieces.
    static func parts(
        _ word: Substring, _ source: TimingSource
    ) throws -> [(text: String, segments: [IPASegments.Segment])] {
        var parts: [(text: String, segments: [IPASegments.Segment])] = []
        var rest = word
        while !rest.isEmpty {
            let piece = rest.prefix(longestWord)
            rest = rest.dropFirst(longestWord)
            let segments = try source.segments(of: String(piece.filter { !"*_~♪♫".contains($0) }))
            if !segments.isEmpty { parts.append((String(piece), segments)) }
        }
        return parts
    }
}

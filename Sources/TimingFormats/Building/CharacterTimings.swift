import AvatariumCore
import Phonetics

/// Forms that hold a time for every character: words are pronounced by espeak-ng, and their sounds follow the
/// letters that write them.
enum CharacterTimings {
    struct Letter {
        var text: String
        var start: Double
        var end: Double
        var place: TimingPlace
    }

    static func timeline(
        _ letters: [Letter], source: TimingSource, form: String
    ) throws -> PhoneTimeline {
        var groups: [[Letter]] = []
        var open = false
        for letter in letters {
            if letter.text.allSatisfy(\.isWhitespace) {
                open = false
            } else if open {
                groups[groups.count - 1].append(letter)
            } else {
                groups.append([letter])
                open = true
            }
        }
        for group in groups {
            for (letter, next) in zip(group, group.dropFirst())
            where next.start < letter.start - TimelineBuilder.jitter {
                throw source.error(
                    "out of order: '\(next.text)' at \(next.start) s comes after '\(letter.text)' at "
                        + "\(letter.start) s; sort by time", at: next.place)
            }
        }
        groups.removeAll { !$0.contains { $0.text.contains { $0.isLetter || $0.isNumber } } }
        guard !groups.isEmpty else { throw source.error("it holds no letters; give speech with words") }
        // Punctuation around a word lasts as long as its pause.
        let spoken = groups.map { group in
            let first = group.firstIndex { isSpoken($0) } ?? 0
            let last = group.lastIndex { isSpoken($0) } ?? group.count - 1
            return Array(group[first...last])
        }
        let words = try TimelineBuilder(source: source, form: form).words(
            spoken.map { group in
                TimedWord(
                    start: group[0].start, end: group.map(\.end).max(),
                    text: group.map(\.text).joined(), place: group[0].place)
            })
        let language =
            source.language
            ?? ScriptCensus.voice(
                for: words.map(\.text).joined(separator: " "), usual: WordTimings.defaultLanguage)
        var phones: [Phone] = []
        for (index, group) in spoken.enumerated() where words[index].end > words[index].start {
            let segments = try source.pronouncer.segments(of: words[index].text, language: language)
            let edges = LetterAlignment.edges(
                letters: group.map { (Character($0.text.first.map(String.init) ?? " "), $0.start, $0.end) },
                segments: segments, start: words[index].start, end: words[index].end)
            for (segment, edge) in zip(segments, edges) where edge.end > edge.start {
                phones.append(
                    Phone(
                        start: edge.start, end: edge.end, ipa: segment.ipa, stress: segment.stress,
                        wordIndex: index, confidence: 0.6))
            }
        }
        return PhoneTimeline(phones: phones, words: words, source: form)
    }

    private static func isSpoken(_ letter: Letter) -> Bool {
        letter.text.contains { $0.isLetter || $0.isNumber || $0.isCurrencySymbol || $0 == "%" || $0 == "&" }
    }
}

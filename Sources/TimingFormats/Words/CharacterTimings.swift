import AvatariumCore
import Phonetics

/// Forms that hold a time for every character: a pronouncer says the words' phones, which follow the letters that
/// write them.
enum CharacterTimings {
    struct Letter {
        var text: String
        var start: Double
        var end: Double
        var place: TimingPlace

        var isSpace: Bool { text.allSatisfy(\.isWhitespace) }
        var isSpoken: Bool {
            text.contains {
                $0.isLetter || $0.isNumber || $0.isCurrencySymbol || $0 == "%" || $0 == "&"
            }
        }
    }

    static func timeline(
        _ letters: [Letter], source: TimingSource, form: String
    ) throws -> PhoneTimeline {
        var letters = letters
        let unit = try TimeUnit.guess(
            letters.map { TimeUnit.Sample(start: $0.start, end: $0.end, typical: 0.07) }, source: source,
            at: letters.first?.place)
        if unit != .seconds {
            for index in letters.indices {
                letters[index].start /= unit.perSecond
                letters[index].end /= unit.perSecond
            }
        }
        let groups = words(of: spoken(letters, source))
        guard !groups.isEmpty else { throw source.error("it contains no letters; give speech with words") }
        for group in groups {
            for (letter, next) in zip(group, group.dropFirst())
            where next.start < letter.start - TimelineBuilder.jitter {
                throw source.error(
                    "out of order: '\(next.text.quotedForMessage(limit: 8))' at \(next.start) s comes after "
                        + "'\(letter.text.quotedForMessage(limit: 8))' at \(letter.start) s; sort by time",
                    at: next.place)
            }
        }
        let texts = groups.map { $0.map(\.text).joined() }
        source.nameLanguage(byScriptOf: texts)
        var segments: [[IPASegments.Segment]] = []
        var kept: [Int] = []
        for (index, text) in texts.enumerated() {
            let word = try source.segments(of: text)
            if !word.isEmpty {
                segments.append(word)
                kept.append(index)
            }
        }
        let items = zip(kept, segments).map { index, segments in
            WordSchedule.Item(
                start: groups[index][0].start, end: groups[index].map(\.end).max(),
                typical: segments.reduce(0) { $0 + PhoneDurations.typical(of: $1.ipa) / 1000 },
                text: texts[index], place: groups[index][0].place)
        }
        let spans = try WordSchedule(source: source, allowsOverlap: false).resolve(items)
        var words: [Word] = []
        var phones: [Phone] = []
        for (place, index) in kept.enumerated() where spans[place].end > spans[place].start {
            let span = spans[place]
            for (segment, edge) in zip(
                segments[place], edges(groups[index], segments[place], items[place], span))
            where edge.end > edge.start {
                phones.append(
                    Phone(
                        start: edge.start, end: edge.end, ipa: segment.ipa, stress: segment.stress,
                        wordIndex: words.count, confidence: 0.6))
            }
            words.append(Word(start: span.start, end: span.end, text: texts[index]))
        }
        guard !phones.isEmpty else {
            throw source.error(
                "none of its words can be spoken in \(source.spokenLanguage); name the language")
        }
        return PhoneTimeline(phones: phones, words: words, source: form)
    }

    /// Letters without audio tags (`[laughs]`), which synthesizers repeat in their alignments.
    private static func spoken(_ letters: [Letter], _ source: TimingSource) -> [Letter] {
        let characters = letters.map { $0.text.first ?? " " }
        let spans = NonSpeech(.script).spans(in: characters)
        guard !spans.isEmpty else { return letters }
        var filter = NonSpeech(.script)
        _ = filter.strip([String(characters)])
        filter.note(in: source)
        var letters = letters
        for index in spans.joined() { letters[index].text = " " }
        return letters
    }

    /// The letters of each word without the punctuation around it, which lasts as long as its pause. Words are what
    /// stands between spaces, cut after 60 letters and, in scripts without spaces, after each sentence mark.
    private static func words(of letters: [Letter]) -> [[Letter]] {
        var groups: [[Letter]] = []
        var isOpen = false
        for letter in letters {
            if letter.isSpace {
                isOpen = false
            } else if isOpen, groups[groups.count - 1].count < WordTimings.longestWord {
                groups[groups.count - 1].append(letter)
            } else {
                groups.append([letter])
                isOpen = true
            }
        }
        return groups.compactMap { group in
            guard let first = group.firstIndex(where: \.isSpoken),
                let last = group.lastIndex(where: \.isSpoken),
                group[first...last].contains(where: { $0.text.contains { $0.isLetter || $0.isNumber } })
            else { return nil }
            return Array(group[first...last])
        }
    }

    /// When each phone of a word is made: by its letters, or by typical lengths where the word was moved because
    /// its letters have no length.
    private static func edges(
        _ letters: [Letter], _ segments: [IPASegments.Segment], _ item: WordSchedule.Item,
        _ span: WordSchedule.Span
    ) -> [WordSchedule.Span] {
        let isMoved = abs(span.start - (item.start ?? 0)) > 0.1 || (item.end ?? 0) - (item.start ?? 0) < 1e-3
        if isMoved {
            let shares = PhoneDurations.shares(of: segments.map(\.ipa), stresses: segments.map(\.stress))
            var at = span.start
            return shares.map { share in
                defer { at += share * (span.end - span.start) }
                return (at, at + share * (span.end - span.start))
            }
        }
        return LetterAlignment.edges(
            letters: letters.map { ($0.text.first ?? " ", $0.start, $0.end) }, segments: segments,
            start: span.start, end: span.end)
    }
}

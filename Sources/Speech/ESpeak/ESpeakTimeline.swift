import AvatariumCore
import Phonetics

/// Turns what the library reports into phones and words.
enum ESpeakTimeline {
    static func make(from result: ESpeakResult, text: ESpeakText, isMarkup: Bool) -> PhoneTimeline {
        let rate = Double(ESpeakService.sampleRate)
        let end = Double(result.samples.count) / rate
        var tokens = TraceTokens(result.trace)
        var pieces: [Piece] = []
        var words: [Word] = []
        var written = ESpeakWords(text, isMarkup: isMarkup)
        /// Words that were said as one, by the first of them.
        var groups: [Int: ClosedRange<Int>] = [:]
        func merge(_ merged: [String]) {
            guard let first = words.indices.last, !merged.isEmpty else { return }
            words += merged.map { Word(start: words[first].start, end: words[first].end, text: $0) }
            groups[first] = first...words.count - 1
        }
        for event in result.events {
            let time = min(Double(event.sample) / rate, end)
            switch event.kind {
            case .word(let position, let length):
                let step = written.next(at: position - 1, length: length)
                merge(step.merged)
                if let text = step.word { words.append(Word(start: time, end: time, text: text)) }
            case .phone(let name):
                let token = tokens.next(matching: name)
                pieces.append(
                    Piece(
                        start: time, name: token.ipa, stress: token.stress,
                        word: words.isEmpty ? nil : words.count - 1))
            }
        }
        merge(written.rest())
        var phones = phones(of: pieces, end: end, samples: result.samples)
        StopClosure.shift(&phones)
        share(groups, words, &phones)
        for (index, phone) in phones.enumerated() where phone.wordIndex != nil {
            guard let word = phone.wordIndex else { continue }
            if index == 0 || phones[index - 1].wordIndex != word { words[word].start = phone.start }
            words[word].end = phone.end
        }
        let merged = Set(groups.values.joined())
        var timeline = spoken(
            PhoneTimeline(phones: phones, words: words, source: "espeak-ng"), andWritten: merged)
        WordRoom.make(for: &timeline.words, among: &timeline.phones)
        return timeline
    }

    /// Gives each word of a group that was said as one its part of the phones, by the number of its letters.
    private static func share(
        _ groups: [Int: ClosedRange<Int>], _ words: [Word], _ phones: inout [Phone]
    ) {
        guard !groups.isEmpty else { return }
        var owned: [Int: [Int]] = [:]
        for (index, phone) in phones.enumerated() where !phone.isSilence {
            if let word = phone.wordIndex, groups[word] != nil { owned[word, default: []].append(index) }
        }
        for (first, group) in groups {
            let mine = owned[first] ?? []
            let letters = group.map { max(1, words[$0].text.count) }
            let sum = letters.reduce(0, +)
            var taken = 0
            var before = 0
            for (offset, word) in group.enumerated() {
                before += letters[offset]
                // Each word has a phone as long as there are enough of them.
                let left = group.count - 1 - offset
                let share = Int((Double(mine.count) * Double(before) / Double(sum)).rounded())
                let end = min(max(share, min(taken + 1, mine.count)), max(taken, mine.count - left))
                for index in mine[taken..<max(taken, end)] { phones[index].wordIndex = word }
                taken = max(taken, end)
            }
        }
    }

    private struct Piece {
        var start: Double
        var name: String
        var stress: Int
        var word: Int?
    }

    private static func phones(of pieces: [Piece], end: Double, samples: [Int16]) -> [Phone] {
        var phones: [Phone] = []
        for (index, piece) in pieces.enumerated() {
            let stop = index + 1 < pieces.count ? max(pieces[index + 1].start, piece.start) : end
            guard stop > piece.start else { continue }
            let segments = IPASegments.of(ESpeakAlphabet.ipa(of: piece.name))
            if segments.isEmpty {
                // A pause, or a mark that only lengthens what came before (palatalisation, a language switch).
                if let last = phones.last, !last.isSilence, !isQuiet(samples, piece.start, stop) {
                    phones[phones.count - 1].end = stop
                } else if let last = phones.last, last.isSilence {
                    phones[phones.count - 1].end = stop
                } else {
                    phones.append(Phone(start: piece.start, end: stop, ipa: ""))
                }
                continue
            }
            let shares = PhoneDurations.shares(of: segments.map(\.ipa))
            var at = piece.start
            for (segment, share) in zip(segments, shares) {
                let next = at + (stop - piece.start) * share
                phones.append(
                    Phone(
                        start: at, end: next, ipa: segment.ipa,
                        stress: segment.stress > 0
                            ? segment.stress
                            : IPAFeatures.of(segment.ipa).isVowel && segments.count == 1 ? piece.stress : 0,
                        wordIndex: piece.word))
                at = next
            }
            phones[phones.count - 1].end = stop
        }
        return phones
    }

    private static func isQuiet(_ samples: [Int16], _ start: Double, _ end: Double) -> Bool {
        let rate = Double(ESpeakService.sampleRate)
        let range = max(0, Int(start * rate))..<min(samples.count, max(Int(start * rate), Int(end * rate)))
        guard !range.isEmpty, range.count > 600 else { return range.isEmpty }
        let sum = samples[range].reduce(0.0) { $0 + Double($1) * Double($1) }
        return (sum / Double(range.count)).squareRoot() < 300
    }

    /// Drops words that made no sound, and renumbers. The library reports some twice, and places in tags.
    /// - Parameter written: Words that are kept all the same, since the text has them.
    private static func spoken(_ timeline: PhoneTimeline, andWritten written: Set<Int>) -> PhoneTimeline {
        var timeline = timeline
        var used = timeline.words.indices.map(written.contains)
        for phone in timeline.phones { if let word = phone.wordIndex { used[word] = true } }
        var renumbered = [Int](repeating: 0, count: used.count)
        var words: [Word] = []
        for (index, word) in timeline.words.enumerated() where used[index] {
            renumbered[index] = words.count
            words.append(word)
        }
        timeline.words = words
        for index in timeline.phones.indices {
            timeline.phones[index].wordIndex = timeline.phones[index].wordIndex.map { renumbered[$0] }
        }
        return timeline
    }
}

/// Walks the phoneme trace beside the events: the trace has stress marks and full names, the events times.
struct TraceTokens {
    private var tokens: [(ipa: String, bare: [UInt8], stress: Int)]
    private var at = 0

    init(_ trace: String) {
        tokens = trace.split(whereSeparator: { $0 == "_" || $0 == " " || $0 == "\n" }).compactMap { part in
            var stress = 0
            var bare = String.UnicodeScalarView()
            for scalar in part.unicodeScalars {
                switch scalar {
                case "ˈ": stress = 1
                case "ˌ": stress = 2
                default: bare.append(scalar)
                }
            }
            let text = String(bare)
            return text.isEmpty ? nil : (text, Array(text.utf8), stress)
        }
    }

    /// The token for an event's name, which is cut to 8 bytes; the name itself where the trace has none nearby.
    mutating func next(matching name: [UInt8]) -> (ipa: String, stress: Int) {
        guard !name.isEmpty else { return ("", 0) }
        for index in at..<min(at + 6, tokens.count) where tokens[index].bare.starts(with: name) {
            at = index + 1
            let full = name.count < 8 ? String(decoding: name, as: UTF8.self) : tokens[index].ipa
            return (full, tokens[index].stress)
        }
        // A name cut inside a letter loses that letter.
        var valid = name
        while !valid.isEmpty, String(validating: valid, as: UTF8.self) == nil { valid.removeLast() }
        return (String(decoding: valid, as: UTF8.self), 0)
    }
}

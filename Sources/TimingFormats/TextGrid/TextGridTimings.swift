import AvatariumCore
import Foundation
import Phonetics

/// Praat's TextGrid, long and short text form; also MFA's.
enum TextGridTimings {
    struct Interval {
        var start: Double
        var end: Double
        var text: String
        var line: Int
    }

    struct Tier {
        var name: String
        var intervals: [Interval]
    }

    /// Both forms are the same sequence of values once the words around them are dropped: numbers and quoted
    /// strings (a quote inside is doubled) and flags in angle brackets.
    private struct Token {
        enum Value {
            case number(Double)
            case string(String)
            case flag(String)
        }
        var value: Value
        var line: Int
    }

    static let format = TimingFormat(
        "textgrid", "Praat TextGrid", ["textgrid"], text: read,
        writer: .phones { timeline, _ in timeline.textGrid() })

    static func read(_ text: TimingText, _ source: TimingSource) throws -> TimingContent? {
        guard text.lines.first?.text.contains("ooTextFile") == true else { return nil }
        var reader = Reader(tokens: tokens(of: text.text), source: source)
        let tiers = try reader.tiers().filter { !$0.intervals.isEmpty }
        guard !tiers.isEmpty else {
            throw source.error("this TextGrid has no interval tier with labels; add a tier of phones")
        }
        return try content(of: tiers, form: "textgrid", source)
    }

    /// What tiers hold, of all speakers or of the one asked for.
    static func content(of tiers: [Tier], form: String, _ source: TimingSource) throws -> TimingContent {
        let speakers = try chosen(speakers(of: tiers), source)
        let timelines = try speakers.map { try timeline($0, form: form, source) }
        return .phones(Speakers.merged(timelines, source))
    }

    // MARK: Speakers

    /// The tiers of one speaker.
    private struct Speaker {
        var name: String
        var phones: Tier?
        var words: Tier?
    }

    private static let phoneNames: Set<String> = [
        "phone", "phones", "phoneme", "phonemes", "segments", "segment", "mau", "phon", "kan-mau", "phn",
    ]
    private static let wordNames: Set<String> = [
        "word", "words", "ort", "ort-mau", "orthography", "text", "wrd",
    ]

    /// The speakers in file order. MFA names tiers `speaker - phones`; a file without such names is of one speaker.
    private static func speakers(of tiers: [Tier]) -> [Speaker] {
        var speakers: [Speaker] = []
        for tier in tiers {
            let (speaker, kind) = parts(of: tier.name)
            let isPhones = phoneNames.contains(kind)
            guard isPhones || wordNames.contains(kind) else { continue }
            let index = speakers.firstIndex { $0.name == speaker } ?? speakers.count
            if index == speakers.count { speakers.append(Speaker(name: speaker)) }
            if isPhones {
                if speakers[index].phones == nil { speakers[index].phones = tier }
            } else if speakers[index].words == nil {
                speakers[index].words = tier
            }
        }
        if speakers.allSatisfy({ $0.phones == nil }), let phones = tiers.first(where: looksLikePhones) {
            if speakers.isEmpty { speakers = [Speaker(name: "")] }
            speakers[0].phones = phones
        }
        guard speakers.isEmpty else { return speakers }
        // Words or utterances under other names: of a speaker each, unless tiers say the same twice.
        var taken: [Tier] = []
        for tier in tiers where !taken.contains(where: { overlap(tier, $0) > 0.5 }) { taken.append(tier) }
        return taken.map { Speaker(name: trimmed($0.name.lowercased()), words: $0) }
    }

    /// The share of the shorter tier's labelled time in which the other has labels too.
    private static func overlap(_ a: Tier, _ b: Tier) -> Double {
        func labelled(_ tier: Tier) -> [Interval] {
            tier.intervals.filter { !Alphabet.isSilence(trimmed($0.text)) && $0.end > $0.start }
        }
        let (a, b) = (labelled(a), labelled(b))
        var shared = 0.0
        var other = 0
        for interval in a {
            while other < b.count, b[other].end <= interval.start { other += 1 }
            var at = other
            while at < b.count, b[at].start < interval.end {
                shared += max(0, min(b[at].end, interval.end) - max(b[at].start, interval.start))
                at += 1
            }
        }
        let shortest = min(
            a.reduce(0) { $0 + $1.end - $1.start }, b.reduce(0) { $0 + $1.end - $1.start })
        return shortest > 0 ? shared / shortest : 1
    }

    /// `anna - phones` is `anna` and `phones`.
    private static func parts(of name: String) -> (speaker: String, kind: String) {
        let lower = trimmed(name.lowercased())
        if phoneNames.contains(lower) || wordNames.contains(lower) { return ("", lower) }
        for separator in [" - ", "-", "_", "/", ":", " "] {
            guard let cut = lower.range(of: separator, options: .backwards) else { continue }
            return (trimmed(String(lower[..<cut.lowerBound])), trimmed(String(lower[cut.upperBound...])))
        }
        return ("", lower)
    }

    /// The speaker that was asked for, or all.
    private static func chosen(_ speakers: [Speaker], _ source: TimingSource) throws -> [Speaker] {
        let names = speakers.map(\.name).filter { !$0.isEmpty }
        guard let wanted = source.speaker else {
            if names.count > 1 { Speakers.note(names, source) }
            return speakers
        }
        guard let one = speakers.first(where: { Speakers.isSame($0.name, wanted) }) else {
            throw Speakers.unknown(wanted, names, source)
        }
        return [one]
    }

    private static func timeline(
        _ speaker: Speaker, form: String, _ source: TimingSource
    ) throws -> PhoneTimeline {
        let words = (speaker.words?.intervals ?? []).filter {
            !Alphabet.isSilence(trimmed($0.text))
                && (speaker.phones == nil || !Alphabet.isUnknownWord(trimmed($0.text)))
        }.map {
            TimedWord(start: $0.start, end: $0.end, text: trimmed($0.text), place: .line($0.line))
        }
        guard let phones = speaker.phones else {
            return try WordTimings.timeline(words, source: source, form: form)
        }
        return try TimelineBuilder(source: source, form: form).timeline(
            phones.intervals.map {
                TimedSymbol(start: $0.start, end: $0.end, symbol: trimmed($0.text), place: .line($0.line))
            }, words: words)
    }

    private static func looksLikePhones(_ tier: Tier) -> Bool {
        let labels = tier.intervals.map { trimmed($0.text) }.filter { !Alphabet.isSilence($0) }
        guard labels.count >= 3, labels.allSatisfy({ $0.count <= 4 && !$0.contains(" ") }) else {
            return false
        }
        let alphabet = Alphabet.detect(labels)
        let read = labels.count { label in alphabet.segments(of: label).map { $0.count <= 2 } ?? false }
        return read * 10 >= labels.count * 9
    }

    private static func trimmed(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    private static func tokens(of text: String) -> [Token] {
        var tokens: [Token] = []
        var line = 1
        let scalars = Array(text.unicodeScalars)
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            if scalar == "\n" {
                line += 1
                index += 1
            } else if scalar == "\"" {
                let at = line
                var string = String.UnicodeScalarView()
                index += 1
                while index < scalars.count {
                    if scalars[index] == "\"" {
                        guard index + 1 < scalars.count, scalars[index + 1] == "\"" else { break }
                        index += 1
                    } else if scalars[index] == "\n" {
                        line += 1
                    }
                    string.append(scalars[index])
                    index += 1
                }
                index += 1
                tokens.append(Token(value: .string(String(string)), line: at))
            } else if scalar == "!" {
                while index < scalars.count, scalars[index] != "\n" { index += 1 }
            } else if scalar.properties.isWhitespace {
                index += 1
            } else {
                var word = String.UnicodeScalarView()
                while index < scalars.count, !scalars[index].properties.isWhitespace, scalars[index] != "\"" {
                    word.append(scalars[index])
                    index += 1
                }
                let text = String(word)
                if let number = Double(text) {
                    tokens.append(Token(value: .number(number), line: line))
                } else if text.hasPrefix("<") {
                    tokens.append(Token(value: .flag(text), line: line))
                }
            }
        }
        return tokens
    }

    private struct Reader {
        var tokens: [Token]
        var source: TimingSource
        var at = 0

        mutating func tiers() throws -> [Tier] {
            // "ooTextFile", "TextGrid", xmin, xmax, <exists>, tier count.
            while at < tokens.count {
                if case .flag = tokens[at].value { break }
                at += 1
            }
            guard at < tokens.count else {
                throw source.error("this TextGrid is cut off; save it again in Praat", at: .line(lastLine))
            }
            at += 1
            let count = try number("the number of tiers")
            guard (0...10_000).contains(count) else {
                throw source.error("\(count) is not a number of tiers", at: .line(line))
            }
            var tiers: [Tier] = []
            for _ in 0..<Int(count) {
                let kind = try string("a tier's class")
                let name = try string("a tier's name")
                _ = try number("a tier's start")
                _ = try number("a tier's end")
                let size = try number("a tier's size")
                guard size >= 0, size <= Double(tokens.count) else {
                    throw source.error(
                        "a tier claims \(size) entries, more than the file holds", at: .line(line))
                }
                var tier = Tier(name: name, intervals: [])
                for _ in 0..<Int(size) {
                    let place = line
                    let start = try number("a time")
                    if kind == "TextTier" {
                        _ = try string("a label")
                        continue
                    }
                    let end = try number("an end")
                    tier.intervals.append(
                        Interval(start: start, end: end, text: try string("a label"), line: place))
                }
                tiers.append(tier)
            }
            return tiers
        }

        private var line: Int { at < tokens.count ? tokens[at].line : lastLine }
        private var lastLine: Int { tokens.last?.line ?? 1 }

        private mutating func number(_ what: String) throws -> Double {
            guard at < tokens.count, case .number(let value) = tokens[at].value else {
                throw source.error("expected \(what), a number; save it again in Praat", at: .line(line))
            }
            at += 1
            return value
        }

        private mutating func string(_ what: String) throws -> String {
            guard at < tokens.count, case .string(let value) = tokens[at].value else {
                throw source.error("expected \(what) in quotes; save it again in Praat", at: .line(line))
            }
            at += 1
            return value
        }
    }
}

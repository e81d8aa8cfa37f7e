import AvatariumCore
import Phonetics

/// Praat's TextGrid, long and short text form; also MFA's.
enum TextGridTimings {
    private struct Interval {
        var start: Double
        var end: Double
        var text: String
        var line: Int
    }

    private struct Tier {
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

    static func read(_ text: String, _ source: TimingSource) throws -> TimingContent {
        var reader = Reader(tokens: tokens(of: text), source: source)
        let tiers = try reader.tiers()
        let candidates = tiers.filter { !$0.intervals.isEmpty }
        guard !candidates.isEmpty else {
            throw source.error("this TextGrid has no interval tier with labels; add a tier of phones")
        }
        let phoneTier =
            candidates.first {
                isNamed($0, ["phone", "phones", "phoneme", "phonemes", "segments", "mau", "phon"])
            }
            ?? candidates.first { looksLikePhones($0) }
        let wordTier = candidates.first {
            isNamed($0, ["word", "words", "ort", "ort-mau", "orthography", "text"])
        }
        let words = (wordTier?.intervals ?? []).filter { !Alphabet.isSilence(trimmed($0.text)) }.map {
            TimedWord(start: $0.start, end: $0.end, text: trimmed($0.text), place: .line($0.line))
        }
        let builder = TimelineBuilder(source: source, form: "textgrid")
        if let phoneTier {
            let symbols = phoneTier.intervals.map {
                TimedSymbol(start: $0.start, end: $0.end, symbol: trimmed($0.text), place: .line($0.line))
            }
            return .phones(
                try builder.timeline(
                    symbols, alphabet: Alphabet.detect(symbols.map(\.symbol)), words: words))
        }
        // Words or whole utterances only.
        let spoken = wordTier ?? candidates[0]
        let timed = spoken.intervals.filter { !Alphabet.isSilence(trimmed($0.text)) }.map {
            TimedWord(start: $0.start, end: $0.end, text: trimmed($0.text), place: .line($0.line))
        }
        return .phones(try WordTimings.timeline(timed, source: source, form: "textgrid"))
    }

    /// MFA names tiers `speaker - phones`.
    private static func isNamed(_ tier: Tier, _ names: Set<String>) -> Bool {
        let name = tier.name.lowercased()
        let last = name.split(separator: "-").last.map { trimmed(String($0)) } ?? name
        return names.contains(name) || names.contains(last)
    }

    private static func looksLikePhones(_ tier: Tier) -> Bool {
        let labels = tier.intervals.map { trimmed($0.text) }.filter { !Alphabet.isSilence($0) }
        guard labels.count >= 3, labels.allSatisfy({ $0.count <= 4 && !$0.contains(" ") }) else {
            return false
        }
        let alphabet = Alphabet.detect(labels)
        return labels.allSatisfy { label in
            alphabet.segments(of: label).map { $0.count <= 2 } ?? false
        }
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
                throw source.error("\(count) is no number of tiers", at: .line(line))
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

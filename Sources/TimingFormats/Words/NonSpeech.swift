import AvatariumCore
import Phonetics

/// Finds what is written in captions and transcripts but is not speech: descriptions of sounds, names of speakers,
/// song marks, audio tags and the special tokens of recognisers. Linear in the text.
package struct NonSpeech {
    /// Who wrote the text, which decides what its brackets mean.
    package enum Style: Sendable {
        /// What a synthesizer was given to speak: only `[...]` is not speech (audio tags).
        case script
        /// What a recogniser heard: also `(...)`, `*...*` and notes around whole pieces.
        case recognized
        /// Captions: also names of speakers before what they say.
        case captions
    }

    private let style: Style
    private(set) var removed: [String] = []
    /// Names in ordinary letters that stand before what is said (`names(before:)`), lower case.
    var names: Set<String> = []
    /// The name that was left out last.
    var speaker: String?

    init(_ style: Style) { self.style = style }

    /// Returns pieces (words, or the lines of one caption) without what is not speech; pieces with nothing else come
    /// out empty. Brackets may span pieces.
    mutating func strip(_ pieces: [String]) -> [String] {
        var text: [Character] = []
        var starts: [Int] = []
        for piece in pieces {
            starts.append(text.count)
            text += piece
            text.append("\n")
        }
        let spans = spans(in: text)
        guard !spans.isEmpty || style == .captions || pieces.contains(where: mayHoldToken) else {
            return pieces
        }
        var keep = [Bool](repeating: true, count: text.count)
        for span in spans {
            let content = String(text[span]).split(whereSeparator: \.isWhitespace).joined(separator: " ")
            if content.contains(where: { $0.isLetter || $0.isNumber }) { removed.append(content) }
            for index in span where text[index] != "\n" { keep[index] = false }
        }
        return pieces.indices.map { index in
            let end = index + 1 < starts.count ? starts[index + 1] - 1 : text.count - 1
            let kept = (starts[index]..<end).filter { keep[$0] }.map { text[$0] }
            return withoutToken(style == .captions ? withoutLabel(String(kept)) : String(kept))
        }
    }

    /// Notes what was left out.
    func note(in source: TimingSource) {
        guard let first = removed.first else { return }
        let examples = removed.prefix(4).map { "'\($0.quotedForMessage(limit: 40))'" }.joined(separator: ", ")
        source.note(
            "TIMING_NOT_SPEECH",
            removed.count == 1
                ? "'\(first.quotedForMessage(limit: 40))' is not speech and does not move the mouth"
                : "\(removed.count) descriptions, names and marks are not speech and do not move the mouth: "
                    + "\(examples)"
        )
    }

    // MARK: Brackets

    private static let pairs: [Character: Character] = [
        "[": "]", "(": ")", "【": "】", "［": "］", "（": "）", "{": "}",
    ]
    private static let notes: Set<Character> = ["♪", "♫", "♩", "♬", "🎵", "🎶"]
    /// Characters that one pair may hold: what is longer is text with a bracket in it.
    private static let longest = 300

    /// The stretches of characters that are not speech, in order; a line feed ends a piece.
    func spans(in text: [Character]) -> [Range<Int>] {
        var spans: [Range<Int>] = []
        var open: [(closer: Character, at: Int)] = []
        var note: Int?
        var star: Int?
        var hash: Int?
        for (index, character) in text.enumerated() {
            if let closer = Self.pairs[character] {
                // Only the outermost counts, so a run of open brackets costs nothing.
                if let outer = open.first, index - outer.at > Self.longest { open.removeAll() }
                if open.count < 8 { open.append((closer, index)) }
            } else if let match = open.lastIndex(where: { $0.closer == character }) {
                let from = open[match].at
                open.removeSubrange(match...)
                guard open.isEmpty, index - from <= Self.longest, index - from > 1 else { continue }
                if isRemoved(from..<index + 1, in: text, spans) { spans.append(from..<index + 1) }
            } else if style != .script, Self.notes.contains(character) {
                if let from = note, index - from <= Self.longest {
                    spans.append(from..<index + 1)
                    note = nil
                } else {
                    note = index
                }
            } else if style != .script, character == "*" {
                if let from = star, index - from <= Self.longest, index - from > 1 {
                    if isAlone(from..<index + 1, in: text) || isSound(text[from + 1..<index]) {
                        spans.append(from..<index + 1)
                    }
                    star = nil
                } else {
                    star = index
                }
            } else if style == .captions, character == "#" {
                // British captions mark a song so: # Jingle bells #.
                if let from = hash, index - from <= Self.longest, isAtEnd(index + 1, in: text) {
                    spans.append(from..<index + 1)
                    hash = nil
                } else {
                    hash =
                        isAtStart(index, in: text) && index + 1 < text.count && text[index + 1] == " "
                        ? index : nil
                }
            }
        }
        // A song mark without an end: the rest of the caption is sung.
        if let from = note, style == .captions { spans.append(from..<text.count) }
        return Self.merged(spans)
    }

    /// Whether a pair of brackets holds what is not speech.
    private func isRemoved(_ range: Range<Int>, in text: [Character], _ before: [Range<Int>]) -> Bool {
        switch text[range.lowerBound] {
        case "[", "【", "［": return true
        case "{": return style == .captions
        default:
            guard style != .script else { return false }
            // At the beginning of a piece or of what is said after a name, or at its end.
            return isAtStart(range.lowerBound, in: text) || isAtEnd(range.upperBound, in: text)
        }
    }

    private func isAlone(_ range: Range<Int>, in text: [Character]) -> Bool {
        isAtStart(range.lowerBound, in: text)
            && (isAtEnd(range.upperBound, in: text)
                || style == .recognized && follows(range.upperBound, in: text))
    }

    /// Whether the text between two asterisks describes a sound; else it may be stressed: I *really* mean it.
    private func isSound(_ text: ArraySlice<Character>) -> Bool {
        Self.sounds.contains(text.prefix(while: \.isLetter).map { $0.lowercased() }.joined())
    }

    /// First words of such descriptions.
    private static let sounds: Set<String> = [
        "laughs", "laughing", "laughter", "sighs", "sighing", "giggles", "giggling", "chuckles", "chuckling",
        "coughs",
        "coughing", "gasps", "gasping", "sobs", "sobbing", "cries", "crying", "groans", "groaning", "moans",
        "moaning",
        "whispers", "whispering", "applause", "music", "clears", "sniffs", "sniffles", "snorts", "screams",
        "screaming", "cheers", "cheering", "beep", "beeps", "static", "silence", "sings", "singing", "hums",
        "humming",
        "yawns", "yawning", "inhales", "exhales", "breathes", "breathing", "pause", "pauses", "knocking",
        "knocks",
        "clicks",
    ]

    /// `*music* (upbeat music)`: another description follows.
    private func follows(_ index: Int, in text: [Character]) -> Bool {
        let rest = text[index...].prefix(8).first { $0 != " " }
        return rest == "(" || rest == "["
    }

    private func isAtStart(_ index: Int, in text: [Character]) -> Bool {
        var at = index
        var steps = 0
        while at > 0, steps < 4 {
            at -= 1
            steps += 1
            switch text[at] {
            case "\n", ":", "]", ")", "*", ">": return true
            case " ", "-", "–", "—", "\u{A0}": continue
            default: return false
            }
        }
        return at == 0
    }

    private func isAtEnd(_ index: Int, in text: [Character]) -> Bool {
        for character in text[index...].prefix(4) {
            if character == "\n" || character == "[" { return true }
            guard character == " " || character.isPunctuation else { return false }
        }
        return index >= text.count
    }

    private static func merged(_ spans: [Range<Int>]) -> [Range<Int>] {
        var result: [Range<Int>] = []
        for span in spans.sorted(by: { $0.lowerBound < $1.lowerBound }) where !span.isEmpty {
            if let last = result.last, span.lowerBound < last.upperBound {
                result[result.count - 1] = last.lowerBound..<max(last.upperBound, span.upperBound)
            } else {
                result.append(span)
            }
        }
        return result
    }

    // MARK: Names and tokens

    /// `SPEAKER: `, `NARRATOR (V.O.): `, `>> ANNA: `, `- ` before what is said. A name is in capitals, or has `>>` before it.
    private mutating func withoutLabel(_ line: String) -> String {
        var rest = line.drop { $0.isWhitespace || $0 == ":" }
        var isMarked = false
        if rest.hasPrefix("-") || rest.hasPrefix("–"), rest.dropFirst().first?.isNumber != true {
            rest = rest.drop { $0 == "-" || $0 == "–" || $0.isWhitespace }
        }
        if rest.hasPrefix(">>") {
            isMarked = true
            rest = rest.drop { $0 == ">" || $0.isWhitespace }
        }
        guard let (name, after) = Self.label(of: rest) else { return String(rest) }
        let letters = name.filter(\.isLetter)
        let isCapital =
            letters.count >= 2 && letters.allSatisfy { $0.isUppercase || !$0.isCased }
            && letters.contains(where: \.isUppercase)
        guard isCapital || isMarked || names.contains(name.lowercased()) else { return String(rest) }
        removed.append(name + ":")
        speaker = name
        return String(after.drop(while: \.isWhitespace))
    }

    /// What stands before a colon and can be a name, without what is said of it in brackets, and what follows.
    private static func label(of line: Substring) -> (name: String, after: Substring)? {
        guard let colon = line.prefix(40).firstIndex(of: ":") else { return nil }
        var name = line[..<colon]
        if name.last == ")", let open = name.lastIndex(of: "("), open > name.startIndex {
            name = name[..<open]
        }
        let after = line[line.index(after: colon)...]
        guard name.contains(where: \.isLetter), name.split(separator: " ").count <= 4,
            after.first?.isNumber != true,
            name.allSatisfy({ $0.isLetter || $0.isNumber || " .-_'’#&/".contains($0) })
        else { return nil }
        return (name.split(separator: " ").joined(separator: " "), after)
    }

    /// The names in ordinary letters (`Dr. Jones:`, `Speaker 1:`) with which lines begin: those that are numbered, and,
    /// of those whose every word begins with a capital, the ones that come back or stand before most lines. Lower case.
    static func names(before lines: some Sequence<String>) -> Set<String> {
        var counts: [String: Int] = [:]
        var all = 0
        var named = 0
        for line in lines where line.contains(where: \.isLetter) {
            all += 1
            let rest = line.drop { $0.isWhitespace || "->–".contains($0) }
            guard let (name, after) = label(of: rest), after.first.map(\.isWhitespace) ?? true,
                after.contains(where: \.isLetter) || after.allSatisfy(\.isWhitespace),
                name.split(separator: " ").allSatisfy({
                    $0.first?.isUppercase == true || $0.first?.isNumber == true
                })
            else { continue }
            named += 1
            counts[name.lowercased(), default: 0] += 1
        }
        return Set(
            counts.filter { name, count in
                count > 1 || named > 1 && named * 2 > all || isNumbered(name)
            }.keys)
    }

    private static func isNumbered(_ name: String) -> Bool {
        let parts = name.split(whereSeparator: { " _-#".contains($0) })
        return parts.count == 2
            && ["speaker", "spk", "person", "voice", "sprecher", "sprecherin"].contains(parts[0])
            && (Int(parts[1]) != nil || parts[1].count == 1)
    }

    /// Tokens of recognisers and transcribers that stand for no word.
    private mutating func withoutToken(_ text: String) -> String {
        guard mayHoldToken(text) else { return text }
        let kept = text.split(whereSeparator: \.isWhitespace).filter { word in
            let isToken =
                word.hasPrefix("<") && word.hasSuffix(">") && word.count > 2
                || style == .recognized && ["xxx", "yyy", "www"].contains(word.lowercased())
            if isToken { removed.append(String(word)) }
            return !isToken
        }
        // Watson's mark for uh and um, which move the mouth.
        return kept.map { $0.lowercased() == "%hesitation" ? "uh" : $0 }.joined(separator: " ")
    }

    private func mayHoldToken(_ text: String) -> Bool {
        text.contains("<") || text.hasPrefix("%") || style == .recognized && text.utf8.count <= 4
    }
}

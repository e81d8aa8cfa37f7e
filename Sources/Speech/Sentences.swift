import Phonetics

/// Splits text into pieces that can be spoken one after the other.
public enum Sentences {
    /// No piece is longer than this many characters.
    public static let maximumLength = 600

    /// The sentences of a text, in order; together they are the text without the white space between them.
    ///
    /// A sentence ends at `. ! ? … 。 ！ ？ । ؟` (with closing quotes and brackets) before white space or a
    /// wide character, or at an empty line; not after a known abbreviation or an initial, nor before a small
    /// letter. Longer pieces are cut at a comma or a space.
    public static func split(_ text: String) -> [String] {
        let characters = Array(text)
        var pieces: [String] = []
        var start = 0
        func close(at end: Int) {
            let piece = trimmed(characters[start..<end])
            if !piece.isEmpty { pieces += bounded(piece) }
            start = end
        }
        var index = 0
        while index < characters.count {
            let character = characters[index]
            if character.isNewline, index + 1 < characters.count, characters[index + 1].isNewline {
                close(at: index)
            } else if enders.contains(character) {
                var after = index + 1
                while after < characters.count,
                    closers.contains(characters[after]) || enders.contains(characters[after])
                {
                    after += 1
                }
                if ends(characters, mark: index, after: after, from: start) { close(at: after) }
                index = after
                continue
            }
            index += 1
        }
        close(at: characters.count)
        return pieces
    }

    private static let wideEnders: Set<Character> = ["。", "！", "？", "।", "؟", "။", "።"]
    static let enders: Set<Character> = wideEnders.union([".", "!", "?", "…"])
    static let closers: Set<Character> = ["\"", "'", "”", "’", ")", "]", "»", "」", "』", "）"]
    private static func ends(_ text: [Character], mark: Int, after: Int, from start: Int) -> Bool {
        if wideEnders.contains(text[mark]) { return true }
        guard after < text.count else { return true }
        guard text[after].isWhitespace else { return false }
        var next = after
        while next < text.count, text[next].isWhitespace { next += 1 }
        if next < text.count, text[next].isLowercase { return false }
        guard text[mark] == "." else { return true }
        var word = mark
        while word > start, text[word - 1].isLetter || text[word - 1] == "." { word -= 1 }
        return !Abbreviations.contains(String(text[word..<mark]))
    }

    private static func trimmed(_ slice: ArraySlice<Character>) -> String {
        var slice = slice
        while let first = slice.first, first.isWhitespace { slice.removeFirst() }
        while let last = slice.last, last.isWhitespace { slice.removeLast() }
        return String(slice)
    }

    private static func bounded(_ piece: String) -> [String] {
        var rest = Array(piece)[...]
        var out: [String] = []
        while rest.count > maximumLength {
            let window = rest.prefix(maximumLength)
            let half = window.startIndex + maximumLength / 2
            let cut =
                window.lastIndex { ",;:，、；".contains($0) }.map { $0 + 1 }.flatMap { $0 > half ? $0 : nil }
                ?? window.lastIndex { $0.isWhitespace }.flatMap { $0 > half ? $0 : nil } ?? window.endIndex
            out.append(trimmed(rest[..<cut]))
            rest = rest[cut...]
        }
        let last = trimmed(rest)
        if !last.isEmpty { out.append(last) }
        return out
    }
}

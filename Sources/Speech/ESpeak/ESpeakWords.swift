import AvatariumCore

/// The written words of a text at the positions that espeak-ng reports.
///
/// Where languages write spaces, a word is what stands between them. The library reports one position for each
/// word that it says, of which a number has several ("nineteen", "ninety", "nine"), places those after the first
/// within a copy of its own that has spaces in it, and leaves out the second half of "twenty-five". Of words that it
/// says as one ("to be", "in the", "has been") it reports the first.
struct ESpeakWords {
    private let text: ESpeakText
    private let scalars: [Unicode.Scalar]
    private let isMarkup: Bool
    /// The last word given, and the token that was looked at last.
    private var last: Range<Int> = 0..<0
    private var lastToken: Range<Int> = 0..<0
    private var isLastTokenUnspaced = false
    /// Where the words that were given end.
    private var given = 0

    init(_ text: ESpeakText, isMarkup: Bool) {
        self.text = text
        scalars = text.written
        self.isMarkup = isMarkup
    }

    /// What a position leads to.
    struct Step {
        /// Words before it that were not reported: they were said as one with the word before them.
        var merged: [String] = []
        /// Nil where it is the last word again, or more of it.
        var word: String?
    }

    /// The word at a position from 0 on in the text that was sent; `length` is the library's, 0 where it gives none.
    mutating func next(at position: Int, length: Int) -> Step {
        guard let (position, length) = text.place(of: position, length: length) else { return Step(word: "") }
        // A sentence of Chinese is one token, and has many words.
        if !lastToken.contains(position) || isBreak(position) {
            lastToken = token(at: position)
            isLastTokenUnspaced = scalars[lastToken].contains(where: Self.isWrittenWithoutSpaces)
        }
        let range = isLastTokenUnspaced ? piece(of: lastToken, at: position, length: length) : lastToken
        // At the end of a text the library may report an earlier word again, or a place in the last tag.
        guard range != last, range.lowerBound >= last.lowerBound, !isMarkup || !isInTag(range.lowerBound),
            isLastTokenUnspaced || lastToken.upperBound > given
        else {
            return Step()
        }
        let merged = rest(before: lastToken.lowerBound)
        last = range
        given = max(given, lastToken.upperBound)
        return Step(merged: merged, word: trimmed(range))
    }

    /// The words before a place that were not given yet; by default those that the text ends with.
    mutating func rest(before end: Int? = nil) -> [String] {
        let end = end ?? scalars.count
        var words: [String] = []
        var isTag = false
        var at = given
        while at < end {
            if isMarkup, scalars[at] == "<" || scalars[at] == ">" { isTag = scalars[at] == "<" }
            guard !isTag, !isBreak(at) else {
                at += 1
                continue
            }
            let token = token(at: at)
            let word = trimmed(token)
            if word.contains(where: { $0.isLetter || $0.isNumber }) { words.append(word) }
            at = max(token.upperBound, at + 1)
        }
        given = max(given, end)
        return words
    }

    private func token(at position: Int) -> Range<Int> {
        // The place after a word is still of that word.
        var start = position
        if isBreak(start), start > 0, !isBreak(start - 1) { start -= 1 }
        var end = start
        while start > 0, !isBreak(start - 1) { start -= 1 }
        while end < scalars.count, !isBreak(end) { end += 1 }
        return start..<max(end, start)
    }

    /// Tags are looked for this many scalars back.
    private static let longestTag = 200

    private func isInTag(_ index: Int) -> Bool {
        let before = scalars[max(0, index - Self.longestTag)..<index].last { $0 == "<" || $0 == ">" }
        return before == "<"
    }

    private func isBreak(_ index: Int) -> Bool {
        let scalar = scalars[index]
        return scalar.properties.isWhitespace || scalar == "—" || scalar == "…"
            || isMarkup && (scalar == "<" || scalar == ">")
    }

    /// In a script without spaces: a number, or what the library calls a word.
    private func piece(of token: Range<Int>, at position: Int, length: Int) -> Range<Int> {
        // A number's place is often the letter's before it, which was said already.
        let isAgain = last.contains(position) && position + 1 < token.upperBound
        let first = isAgain && !Self.isDigit(scalars[position]) ? position + 1 : position
        if Self.isDigit(scalars[first]) {
            var start = first
            var end = first
            while start > token.lowerBound, Self.isDigit(scalars[start - 1]) { start -= 1 }
            while end < token.upperBound, Self.isDigit(scalars[end]) { end += 1 }
            return start..<end
        }
        let end = min(token.upperBound, position + max(length, 1))
        return position..<(scalars[position..<end].dropFirst().firstIndex(where: Self.isDigit) ?? end)
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.numericType == .decimal || scalar == "." || scalar == "," || scalar == ":"
    }

    /// Han, kana, Thai, Lao, Burmese and Khmer.
    private static func isWrittenWithoutSpaces(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x3040...0x30FF, 0x3400...0x9FFF,
            0xF900...0xFAFF, 0x20000...0x3FFFF:
            true
        default: false
        }
    }

    /// Without the punctuation around it; currencies, `%` and the like are spoken.
    private func trimmed(_ range: Range<Int>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars[range])
        var text = String(view)[...]
        if isMarkup { text = XML.unescaped(String(text))[...] }
        guard text.contains(where: Self.isSpoken) else { return String(text) }
        text = text.drop { !Self.isSpoken($0) }
        while let last = text.last, !Self.isSpoken(last) { text.removeLast() }
        return String(text)
    }

    private static func isSpoken(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character.isSymbol || "%&@#§".contains(character)
    }
}

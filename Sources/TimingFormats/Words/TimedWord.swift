import Phonetics

/// A word or a phrase with its times as the file gives them, seconds.
package struct TimedWord: Sendable {
    /// Nil where the file gives none (WhisperX does so for numerals).
    package var start: Double?
    /// Nil where the form gives only starts.
    package var end: Double?
    package var text: String
    /// Within what it lies, where the word itself has no times: its segment.
    package var bounds: ClosedRange<Double>?
    package var place: TimingPlace

    package init(
        start: Double?, end: Double? = nil, text: String, bounds: ClosedRange<Double>? = nil,
        place: TimingPlace
    ) {
        self.start = start
        self.end = end
        self.text = text
        self.bounds = bounds
        self.place = place
    }
}

extension [TimedWord] {
    /// Joins what recognisers cut words into: where some begin with a space, those that do not belong to the one
    /// before (Whisper's tokens), likewise what begins with `##` (WordPiece) where others do not; `▁` is a space
    /// (SentencePiece), and `Ġ` (byte pairs of GPT); a word goes on after `@@`, and ends before `</w>`. Scripts without spaces keep their pieces. Texts come out without white space around them.
    func joiningPieces() -> [TimedWord] {
        func isSpaced(_ text: String) -> Bool {
            text.first.map { $0.isWhitespace || "▁Ġ".contains($0) } ?? false
        }
        func isOpen(_ text: String) -> Bool { text.hasSuffix("@@") && text.count > 2 }
        let haveEnds = contains { $0.text.hasSuffix("</w>") }
        // Whether the piece before goes on.
        var isCut = false
        let areSpaced = dropFirst().contains { isSpaced($0.text) && $0.text.contains(where: \.isLetter) }
        var words: [TimedWord] = []
        words.reserveCapacity(count)
        for var piece in self {
            let isMarked = piece.text.hasPrefix("##") && piece.text.count > 2
            let continues =
                isMarked || isCut
                || areSpaced && !isSpaced(piece.text) && !words.isEmpty && !endsAWord(words.last?.text)
                    && !(piece.text.unicodeScalars.first.map(startsAlone) ?? true)
            if isMarked { piece.text.removeFirst(2) }
            isCut = isOpen(piece.text) || haveEnds && !piece.text.hasSuffix("</w>")
            if isOpen(piece.text) { piece.text.removeLast(2) }
            if haveEnds, piece.text.hasSuffix("</w>") { piece.text.removeLast(4) }
            piece.text = piece.text.replacing("▁", with: " ").replacing("Ġ", with: " ")
            if continues, let last = words.indices.last, words[last].text.utf8.count < 240 {
                words[last].text += piece.text
                words[last].end = piece.end ?? words[last].end
                if words[last].start == nil { words[last].start = piece.start }
            } else {
                words.append(piece)
            }
        }
        for index in words.indices {
            words[index].text = words[index].text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
        return words
    }

    private func endsAWord(_ text: String?) -> Bool { text?.last?.isWhitespace ?? true }

    private func startsAlone(_ scalar: Unicode.Scalar) -> Bool {
        WritingSystem(scalar)?.isWrittenWithoutSpaces ?? ["[", "(", "<", "*", "♪"].contains(scalar)
    }
}

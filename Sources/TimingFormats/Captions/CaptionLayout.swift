import Phonetics

/// How wide captions are, and where words stand side by side.
package enum CaptionLayout {
    /// The widest line, in Latin letters (the measure of the BBC and Netflix).
    static let longestLine = 42

    /// Whether nothing stands between two words of a line: in Chinese, Japanese and Thai, and after a long dash.
    package static func areUnspaced(_ word: String, _ next: String) -> Bool {
        // A mark above or below a letter belongs to no script of its own: the letter decides.
        guard let last = word.last?.unicodeScalars.first, let first = next.unicodeScalars.first else {
            return true
        }
        if last == "—" || isFullWidth(last) || isFullWidth(first) { return true }
        return WritingSystem(last)?.isWrittenWithoutSpaces == true
            && WritingSystem(first)?.isWrittenWithoutSpaces == true
    }

    /// How many Latin letters a character is as wide as: two where it fills a square.
    package static func width(_ character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first else { return 0 }
        switch WritingSystem(scalar) {
        case .han, .kana, .hangul, .bopomofo: return 2
        case nil: return isFullWidth(scalar) ? 2 : 1
        default: return 1
        }
    }

    static func width(_ text: String) -> Int { text.reduce(0) { $0 + width($1) } }

    /// The punctuation of Chinese and Japanese.
    private static func isFullWidth(_ scalar: Unicode.Scalar) -> Bool {
        0x3000...0x303F ~= scalar.value || 0xFF01...0xFF60 ~= scalar.value
    }
}

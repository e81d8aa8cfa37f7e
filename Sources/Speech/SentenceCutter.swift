import Phonetics

/// Splits a text that is still being written into sentences, so that each can be spoken as soon as it is
/// complete.
///
/// The sentences are those of `Sentences.split`; marks in brackets (`[happy]`, `[/happy]`) stay with the sentence that
/// they follow or begin. Together the sentences are the text without the white space between them.
public struct SentenceCutter: Sendable {
    /// What came since the last sentence that was given.
    private var pending = ""
    /// Longer content of brackets, in characters, is text.
    private static let longestMark = 40

    public init() {}

    /// Adds the next piece of the text.
    /// - Returns: The sentences that end in it. A sentence is known to have ended when the next one starts.
    public mutating func add(_ piece: String) -> [String] {
        pending += piece
        return cut(isWhole: false)
    }

    /// Signals that no text has arrived for a while. Returns the rest if it looks like a complete sentence.
    public mutating func pause() -> [String] { looksWhole ? cut(isWhole: true) : [] }

    /// Ends the text, and returns the remaining sentences.
    public mutating func finish() -> [String] { cut(isWhole: true) }

    private mutating func cut(isWhole: Bool) -> [String] {
        let text = Array(pending)
        var pieces = Sentences.split(String(Self.masked(text)))
        if !isWhole, !pieces.isEmpty { pieces.removeLast() }
        var start = 0
        let sentences = pieces.map { piece in
            while start < text.count, text[start].isWhitespace { start += 1 }
            let end = min(start + piece.count, text.count)
            defer { start = end }
            return String(text[start..<end])
        }
        pending = isWhole ? "" : String(text[start...])
        return sentences
    }

    private var looksWhole: Bool {
        let text = Self.masked(Array(pending))
        guard let end = text.lastIndex(where: { !$0.isWhitespace && !Sentences.closers.contains($0) }),
            Sentences.enders.contains(text[end])
        else { return false }
        guard text[end] == "." else { return true }
        let word = String(
            text[..<end].reversed().prefix { $0.isLetter || $0 == "." || $0.isNumber }.reversed())
        // "3." may go on as "3.14".
        return word.last?.isNumber != true && !Abbreviations.contains(word)
    }

    /// The text with closing brackets in place of its marks, as which they end and begin no sentence.
    private static func masked(_ text: [Character]) -> [Character] {
        var text = text
        var index = 0
        while index < text.count {
            if text[index] == "[",
                let close = text[index...].prefix(longestMark + 2).firstIndex(of: "]"),
                !text[index..<close].contains(where: \.isNewline)
            {
                for place in index...close { text[place] = "]" }
                index = close
            }
            index += 1
        }
        return text
    }
}

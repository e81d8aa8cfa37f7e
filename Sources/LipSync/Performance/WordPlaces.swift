import AvatariumCore

/// Which white-space word of a text each timed word lies in: engines cut words otherwise and drop what is not
/// spoken.
struct WordPlaces: Sendable {
    /// By timed word; never less than the one before.
    private(set) var indices: [Int] = []
    /// Whether the word was found there, and not only between its neighbours (a number that was read out).
    private(set) var isFound: [Bool] = []
    /// The words of the text.
    let spoken: [Substring]
    private let letters: [[Character]]
    /// Where the last word that was found ends.
    private var index = 0
    private var offset = 0

    init(in text: String) {
        spoken = text.split(whereSeparator: \.isWhitespace)
        letters = spoken.map { Self.letters($0) }
    }

    /// Places the next words, in the order in which they are spoken.
    mutating func append(_ words: some Sequence<Word>) {
        for word in words {
            let wanted = Self.letters(word.text)
            let found = wanted.isEmpty ? nil : find(wanted)
            if let found { (index, offset) = (found.index, found.end) }
            indices.append(min(index, max(spoken.count - 1, 0)))
            isFound.append(found != nil)
        }
    }

    /// The timed word that stands first at or after a word of the text.
    func firstIndex(from word: Int) -> Int? {
        let first = indices.partitionPoint { $0 >= word }
        return first < indices.count ? first : nil
    }

    private func find(_ wanted: [Character]) -> (index: Int, end: Int)? {
        for candidate in index..<max(index, min(index + 6, letters.count)) {
            let from = candidate == index ? offset : 0
            let rest = letters[candidate].dropFirst(from)
            if !rest.isEmpty, rest.starts(with: wanted) || wanted.starts(with: rest) {
                return (candidate, from + wanted.count)
            }
        }
        return nil
    }

    private static func letters(_ word: some StringProtocol) -> [Character] {
        word.lowercased().filter(isSpoken).map { $0 }
    }

    static func isSpoken(_ character: Character) -> Bool { character.isLetter || character.isNumber }
}

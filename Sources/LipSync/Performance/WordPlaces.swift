import AvatariumCore

/// Which white-space word of a text each timed word lies in: engines cut words otherwise and drop what is not
/// spoken.
struct WordPlaces {
    /// By timed word.
    private(set) var indices: [Int] = []
    /// Whether the word was found there, and not only between its neighbours (a number that was read out).
    private(set) var isFound: [Bool] = []
    /// The words of the text.
    let spoken: [Substring]

    init(of words: [Word], in text: String) {
        spoken = text.split(whereSeparator: \.isWhitespace)
        let letters = spoken.map { Self.letters($0) }
        var index = 0
        var offset = 0
        for word in words {
            let wanted = Self.letters(word.text)
            let found = wanted.isEmpty ? nil : Self.find(wanted, in: letters, from: index, offset)
            if let found { (index, offset) = (found.index, found.end) }
            indices.append(min(index, max(spoken.count - 1, 0)))
            isFound.append(found != nil)
        }
    }

    /// The timed word that stands first at or after a word of the text.
    func firstIndex(from word: Int) -> Int? { indices.firstIndex { $0 >= word } }

    private static func find(
        _ wanted: [Character], in letters: [[Character]], from index: Int, _ offset: Int
    ) -> (index: Int, end: Int)? {
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

extension PhoneTimeline {
    /// The same with the punctuation that the text has around its words: captions need it, and questions are
    /// known by it.
    public func punctuated(by text: String) -> PhoneTimeline {
        var result = self
        let places = WordPlaces(of: words, in: text)
        for index in words.indices where places.isFound[index] {
            let place = places.indices[index]
            let spoken = places.spoken[place]
            let isFirst = index == 0 || places.indices[index - 1] != place
            let isLast = index == words.count - 1 || places.indices[index + 1] != place
            let bare = result.words[index].text
            if isFirst, let first = bare.first, WordPlaces.isSpoken(first) {
                result.words[index].text = spoken.prefix { !WordPlaces.isSpoken($0) } + bare
            }
            if isLast, let last = bare.last, WordPlaces.isSpoken(last) {
                result.words[index].text += spoken.reversed().prefix { !WordPlaces.isSpoken($0) }.reversed()
            }
        }
        return result
    }
}

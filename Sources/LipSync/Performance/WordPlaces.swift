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
    /// The punctuation that stands alone before and after each word of the text, as in `« Bonjour » !`.
    let before: [String]
    let after: [String]
    private let letters: [[Character]]
    /// The punctuation within each word of the text, by the number of letters before it: of Chinese, which is
    /// written without spaces, and dashes.
    private let within: [[Int: String]]
    /// How many letters of its word of the text each timed word ends after.
    private var ends: [Int] = []
    /// Where the last word that was found ends.
    private var index = 0
    private var offset = 0

    init(in text: String) {
        spoken = text.split(whereSeparator: \.isWhitespace)
        letters = spoken.map { Self.letters($0) }
        within = spoken.map(Self.punctuation)
        var before = [String](repeating: "", count: spoken.count)
        var after = before
        var opening = ""
        var said: Int?
        for (place, word) in spoken.enumerated() {
            if !word.allSatisfy(Self.isPunctuation) {
                before[place] = opening
                opening = ""
                said = place
            } else if let said, !Self.openings.contains(word.first ?? " ") {
                after[said] += " " + word
            } else {
                opening += word + " "
            }
        }
        self.before = before
        self.after = after
    }

    /// Places the next words, in the order in which they are spoken.
    mutating func append(_ words: some Sequence<Word>) {
        for word in words {
            let wanted = Self.letters(word.text)
            let found = wanted.isEmpty ? nil : find(wanted)
            if let found { (index, offset) = (found.index, found.end) }
            indices.append(min(index, max(spoken.count - 1, 0)))
            isFound.append(found != nil)
            ends.append(offset)
        }
    }

    /// The punctuation between a timed word and the next within a word of the text.
    func punctuation(after word: Int) -> String { within[indices[word]][ends[word]] ?? "" }

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

    private static let openings: Set<Character> = [
        "«", "‹", "“", "„", "(", "[", "¿", "¡", "「", "『", "（", "《",
    ]
    private static let closings: Set<Character> = [
        "»", "›", "”", "!", "?", ":", ";", ".", ",", "…", "—", "–", ")", "]", "」", "』", "）", "》", "、", "。",
        "，",
        "！", "？", "：", "；",
    ]

    /// Whether a character is never said, and belongs to the words beside it.
    private static func isPunctuation(_ character: Character) -> Bool {
        openings.contains(character) || closings.contains(character)
    }

    /// What divides a word of the text for readers: the marks of scripts without spaces, and dashes.
    private static func punctuation(of word: Substring) -> [Int: String] {
        var marks: [Int: String] = [:]
        var letters = 0
        for character in word.lowercased() {
            if isSpoken(character) {
                letters += 1
            } else if !character.isASCII, isPunctuation(character) {
                marks[letters, default: ""].append(character)
            }
        }
        return marks
    }
}

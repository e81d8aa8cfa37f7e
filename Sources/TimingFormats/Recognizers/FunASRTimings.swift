import AvatariumCore
import Phonetics

/// FunASR (Paraformer, SenseVoice): `{"text", "timestamp": [[ms, ms], ...]}`, a pair for each word, or for each character of
/// a script without spaces.
enum FunASRTimings {
    static let format = TimingFormat("funasr", "FunASR timestamps", ["json"], json: read)

    static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let results = JSONCursor.all(value).filter { isOne($0) }
        guard !results.isEmpty else { return nil }
        var words: [TimedWord] = []
        for result in results {
            let pairs = try (result["timestamp"]?.elements ?? []).map { pair in
                let times = try pair.numbers(source)
                guard times.count == 2 else {
                    throw source.error("a word needs start and end", at: .pointer(pair.pointer))
                }
                return (times[0] / 1000, times[1] / 1000)
            }
            guard let first = pairs.first, let last = pairs.last else { continue }
            let text = try source.string(result.value, "text", at: result.pointer)
            let place = TimingPlace.pointer(result.pointer(to: "text"))
            let pieces = pieces(of: text)
            if pieces.count == pairs.count {
                words += zip(pieces, pairs).map {
                    TimedWord(start: $1.0, end: $1.1, text: $0, place: place)
                }
            } else {
                source.note(
                    "TIMING_COUNTS",
                    "\(pairs.count) times stand beside \(pieces.count) words; the total time is divided "
                        + "among the words",
                    at: place)
                words.append(TimedWord(start: first.0, end: last.1, text: text, place: place))
            }
        }
        return .phones(try WordTimings.timeline(words, source: source, form: "words", isInSeconds: true))
    }

    private static func isOne(_ cursor: JSONCursor) -> Bool {
        cursor["text"]?.value.string != nil
            && cursor["timestamp"]?.elements.first?.value.array?.first?.double != nil
    }

    /// Words, and single characters of scripts that are written without spaces; punctuation belongs to what it follows.
    private static func pieces(of text: String) -> [String] {
        var pieces: [String] = []
        var isOpen = false
        for character in text {
            guard let scalar = character.unicodeScalars.first, !character.isWhitespace else {
                isOpen = false
                continue
            }
            if WritingSystem(scalar)?.isWrittenWithoutSpaces == true {
                pieces.append(String(character))
                isOpen = false
            } else if !character.isLetter, !character.isNumber, !pieces.isEmpty {
                pieces[pieces.count - 1].append(character)
            } else if isOpen {
                pieces[pieces.count - 1].append(character)
            } else {
                pieces.append(String(character))
                isOpen = true
            }
        }
        return pieces
    }
}

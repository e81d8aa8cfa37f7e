import AvatariumCore
import Phonetics

/// pocketsphinx: `{"b", "d", "t", "w": [{"b", "d", "t", "w": [...]}]}`, begin and duration in seconds.
enum PocketsphinxTimings {
    static let format = TimingFormat("pocketsphinx", "pocketsphinx", ["json"], json: read)

    static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let chunks = JSONCursor.all(value)
        guard let first = chunks.first, first.value["b"]?.double != nil, first.value["w"]?.array != nil else {
            return nil
        }
        var symbols: [TimedSymbol] = []
        var words: [TimedWord] = []
        func span(_ chunk: JSONCursor) throws -> (word: TimedWord, start: Double) {
            let start = try source.number(chunk.value, "b", at: chunk.pointer)
            var text = try source.string(chunk.value, "t", at: chunk.pointer)
            // "to(3)" is the third pronunciation of "to".
            if text.hasSuffix(")"), let open = text.lastIndex(of: "("), open > text.startIndex {
                text = String(text[..<open])
            }
            let end = start + (try source.number(chunk.value, "d", at: chunk.pointer))
            return (TimedWord(start: start, end: end, text: text, place: .pointer(chunk.pointer)), start)
        }
        for word in chunks.flatMap({ $0.first(of: "w")?.elements ?? [] }) {
            let entry = try span(word).word
            let silent = Alphabet.isSilence(entry.text)
            for phone in word.first(of: "w")?.elements ?? [] {
                let (sound, start) = try span(phone)
                symbols.append(
                    TimedSymbol(
                        start: start, end: sound.end, symbol: sound.text,
                        word: silent ? nil : words.count, place: sound.place))
            }
            if !silent { words.append(entry) }
        }
        guard !symbols.isEmpty else {
            return .phones(try WordTimings.timeline(words, source: source, form: "pocketsphinx"))
        }
        return .phones(
            try TimelineBuilder(source: source, form: "pocketsphinx").timeline(
                symbols, alphabet: .arpabet, words: words))
    }
}

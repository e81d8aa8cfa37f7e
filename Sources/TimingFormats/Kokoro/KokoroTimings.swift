import AvatariumCore
import Phonetics

/// Kokoro: `{"phonemes", "pred_dur"}`, a duration in frames of 25 ms for each phoneme and for the marks of begin and
/// end; or tokens `{"text", "phonemes", "whitespace", "start_ts", "end_ts"}`.
enum KokoroTimings {
    static let format = TimingFormat("kokoro", "Kokoro phonemes", ["json"], json: read)

    static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let root = JSONCursor(value)
        if let names = root.first(of: "phonemes", "ps"),
            let frames = try root.first(of: "pred_dur")?.numbers(source)
        {
            var symbols = try names.strings(source)
            if symbols.count + 2 == frames.count { symbols = [""] + symbols + [""] }
            try source.matching(symbols.count, frames.count, at: "/pred_dur")
            let units = zip(symbols, frames).map { SpelledUnit(symbol: $0, seconds: $1 * 0.025) }
            return .phones(
                try SpelledUnit.timeline(
                    units, alphabet: .kokoro, source: source, form: "kokoro", at: .pointer(names.pointer)))
        }
        let tokens = root.first(of: "tokens")?.elements ?? root.elements
        guard let first = tokens.first, first.value["start_ts"] != nil, first.value["phonemes"] != nil else {
            return nil
        }
        var symbols: [TimedSymbol] = []
        var words: [TimedWord] = []
        // Tokens without a space between them are one word: "do" and "n't".
        var joins = false
        for token in tokens {
            let follows = joins && !words.isEmpty
            joins = token.value["whitespace"]?.string == ""
            // Punctuation has no times.
            guard let start = token.value["start_ts"]?.double, let end = token.value["end_ts"]?.double else {
                continue
            }
            let spelling = try source.string(token.value, "phonemes", at: token.pointer)
            guard spelling.contains(where: \.isLetter) else { continue }
            let text = token.value["text"]?.string ?? ""
            if follows {
                words[words.count - 1].text += text
                words[words.count - 1].end = end
            } else {
                words.append(TimedWord(start: start, end: end, text: text, place: .pointer(token.pointer)))
            }
            symbols.append(
                TimedSymbol(
                    start: start, end: end, symbol: spelling, word: words.count - 1,
                    place: .pointer(token.pointer)))
        }
        return .phones(
            try TimelineBuilder(source: source, form: "kokoro", confidence: 0.8).timeline(
                symbols, alphabet: .kokoro, words: words))
    }
}

import AvatariumCore
import Phonetics

/// Amazon Polly's speech marks: an object per line, `{"time": ms, "type", "start", "end", "value"}`.
///
/// `start` and `end` are byte offsets into the text, not times; nothing has a duration.
enum PollyTimings {
    static let format = TimingFormat("polly", "Amazon Polly speech marks", ["jsonl", "marks"], json: read)

    static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let chunks = JSONCursor.all(value)
        guard let first = chunks.first?.value, first["type"]?.string != nil, first["time"] != nil,
            first["value"] != nil || first["type"]?.string == "ssml"
        else { return nil }
        var visemes: [TimedSymbol] = []
        var words: [TimedWord] = []
        for chunk in chunks {
            let start = try source.number(chunk.value, "time", at: chunk.pointer) / 1000
            let text = try source.string(chunk.value, "value", at: chunk.pointer)
            switch try source.string(chunk.value, "type", at: chunk.pointer) {
            case "viseme":
                // Letters beyond the documented sets occur: a neutral mouth, never nothing.
                let known = Alphabet.polly.segments(of: text) != nil
                visemes.append(
                    TimedSymbol(start: start, symbol: known ? text : "@", place: .pointer(chunk.pointer)))
            case "word":
                words.append(
                    TimedWord(start: start, text: XML.unescaped(text), place: .pointer(chunk.pointer)))
            default: continue
            }
        }
        close(&words, at: visemes.filter { $0.symbol == "sil" }.map(\.start))
        guard !visemes.isEmpty else {
            guard !words.isEmpty else {
                throw source.error(
                    "it has neither visemes nor words; request speech marks of both types from Polly")
            }
            return .phones(try WordTimings.timeline(words, source: source, form: "polly", isInSeconds: true))
        }
        return .phones(
            try TimelineBuilder(source: source, form: "polly", confidence: 0.7).timeline(
                visemes, alphabet: .polly, words: words))
    }

    /// Ends each word where the next begins, or at the first pause after its start. Both lists are in order of time;
    /// each is walked once.
    private static func close(_ words: inout [TimedWord], at pauses: [Double]) {
        var pause = 0
        for index in words.indices {
            guard let start = words[index].start else { continue }
            while pause < pauses.count, pauses[pause] <= start { pause += 1 }
            let next = index + 1 < words.count ? words[index + 1].start : nil
            words[index].end = [next, pause < pauses.count ? pauses[pause] : nil].compactMap(\.self).min()
        }
    }
}

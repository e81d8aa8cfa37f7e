import AvatariumCore
import Phonetics

/// Amazon Polly's speech marks: an object a line, `{"time": ms, "type", "start", "end", "value"}`.
///
/// `start` and `end` are byte offsets into the text, not times; nothing has a duration.
enum PollyTimings {
    static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let chunks = JSONChunk.all(value)
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
                words.append(TimedWord(start: start, text: text, place: .pointer(chunk.pointer)))
            default: continue
            }
        }
        let pauses = visemes.filter { $0.symbol == "sil" }.map(\.start)
        for index in words.indices {
            let next = index + 1 < words.count ? words[index + 1].start : nil
            let pause = pauses.first { $0 > words[index].start }
            words[index].end = [next, pause].compactMap(\.self).min()
        }
        guard !visemes.isEmpty else {
            return .phones(try WordTimings.timeline(words, source: source, form: "polly"))
        }
        return .phones(
            try TimelineBuilder(source: source, form: "polly", confidence: 0.7).timeline(
                visemes, alphabet: .polly, words: words))
    }
}

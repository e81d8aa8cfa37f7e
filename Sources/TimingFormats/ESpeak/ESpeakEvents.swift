import AvatariumCore
import Phonetics

/// espeak-ng's events, one per line: `{"ev": "phoneme", "ms", "ph"}`; stops are moved from their burst to their
/// closure.
enum ESpeakEvents {
    static let format = TimingFormat("espeak", "espeak-ng events", ["jsonl"], json: read)

    static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let chunks = JSONCursor.all(value)
        guard chunks.contains(where: { $0.value["ev"]?.string == "phoneme" }) else { return nil }
        var symbols: [TimedSymbol] = []
        var words: [TimedWord] = []
        var end: Double?
        for chunk in chunks {
            guard let kind = chunk.value["ev"]?.string, ["phoneme", "word", "end"].contains(kind) else {
                continue
            }
            let time = try source.number(chunk.value, "ms", at: chunk.pointer) / 1000
            let place = TimingPlace.pointer(chunk.pointer)
            switch kind {
            case "phoneme":
                symbols.append(
                    TimedSymbol(
                        start: time, symbol: try source.string(chunk.value, "ph", at: chunk.pointer),
                        word: words.isEmpty ? nil : words.count - 1, place: place))
            case "word": words.append(TimedWord(start: time, text: "", place: place))
            default: end = time
            }
        }
        if let end, let last = symbols.indices.last { symbols[last].end = max(end, symbols[last].start) }
        let isIPA = symbols.contains { $0.symbol.unicodeScalars.contains { $0.value > 0x7F } }
        var timeline = try TimelineBuilder(source: source, form: "espeak-ng").timeline(
            symbols, alphabet: isIPA ? .ipa : .espeak, words: words)
        StopClosure.shift(&timeline.phones)
        return .phones(timeline)
    }
}

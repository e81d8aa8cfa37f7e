import AvatariumCore

/// Hume's timestamps with phonemes: `{"type": "phoneme", "text", "time": {"begin", "end"}}` beside those of words, in
/// milliseconds; as messages of a stream, or in a generation's snippets. Of several generations the first.
enum HumeTimings {
    static let format = TimingFormat("hume", "Hume timestamps", ["json", "jsonl"], json: read)

    static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let root = JSONCursor(value)
        let stamps = found(in: root["generations"]?.elements.first ?? root)
        guard stamps.contains(where: { $0["type"]?.value.string == "phoneme" }) else { return nil }
        var symbols: [TimedSymbol] = []
        var words: [TimedWord] = []
        for stamp in stamps {
            let text = try source.string(stamp.value, "text", at: stamp.pointer)
            guard let time = stamp["time"] else { continue }
            let start = try source.number(time.value, "begin", at: time.pointer) / 1000
            let end = try source.number(time.value, "end", at: time.pointer) / 1000
            switch stamp["type"]?.value.string {
            case "phoneme":
                symbols.append(
                    TimedSymbol(start: start, end: end, symbol: text, place: .pointer(stamp.pointer)))
            case "word":
                words.append(TimedWord(start: start, end: end, text: text, place: .pointer(stamp.pointer)))
            default: continue
            }
        }
        return .phones(try TimelineBuilder(source: source, form: "hume").timeline(symbols, words: words))
    }

    /// The timestamps in file order.
    private static func found(in root: JSONCursor) -> [JSONCursor] {
        var stamps: [JSONCursor] = []
        func search(_ cursor: JSONCursor, depth: Int) {
            if cursor["time"]?["begin"] != nil, cursor["text"]?.value.string != nil {
                stamps.append(cursor)
                return
            }
            guard depth > 0, stamps.count < TimelineBuilder.maximumSymbols else { return }
            for element in cursor.elements { search(element, depth: depth - 1) }
            for key in ["timestamp", "timestamps", "snippets", "snippet"] {
                if let member = cursor[key] { search(member, depth: depth - 1) }
            }
        }
        search(root, depth: 6)
        return stamps
    }
}

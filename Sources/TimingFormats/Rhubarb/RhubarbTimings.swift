import AvatariumCore

/// Rhubarb Lip Sync's exports: JSON, TSV, XML and Moho's switch data.
enum RhubarbTimings {
    static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        guard let cues = value["mouthCues"]?.array else { return nil }
        let symbols = try cues.enumerated().map { index, cue in
            let pointer = "/mouthCues/\(index)"
            return TimedSymbol(
                start: try source.number(cue, "start", at: pointer),
                end: try source.number(cue, "end", at: pointer),
                symbol: try source.string(cue, "value", at: pointer), place: .pointer(pointer))
        }
        return try content(symbols, source)
    }

    /// `0.05<tab>D` a line; the last line is the end mark, `X`.
    static func tsv(_ lines: [TextLine], _ source: TimingSource) throws -> TimingContent {
        var symbols: [TimedSymbol] = []
        for line in lines {
            let fields = line.text.split(whereSeparator: \.isWhitespace)
            guard fields.count == 2, let start = Double(fields[0]) else {
                throw source.error("expected a time and a mouth shape", at: .line(line.number))
            }
            symbols.append(TimedSymbol(start: start, symbol: String(fields[1]), place: .line(line.number)))
        }
        if symbols.count > 1, symbols.last?.symbol == "X", let end = symbols.popLast() {
            symbols[symbols.count - 1].end = end.start
        }
        return try content(symbols, source)
    }

    /// `<mouthCue start="0.00" end="0.05">X</mouthCue>`.
    static func xml(_ text: String, _ source: TimingSource) throws -> TimingContent {
        var symbols: [TimedSymbol] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            for cue in line.split(separator: "<") where cue.hasPrefix("mouthCue ") {
                guard let close = cue.firstIndex(of: ">"), let start = attribute("start", in: cue[..<close]),
                    let end = attribute("end", in: cue[..<close])
                else { throw source.error("a mouthCue needs start and end", at: .line(index + 1)) }
                symbols.append(
                    TimedSymbol(
                        start: start, end: end, symbol: String(cue[cue.index(after: close)...]),
                        place: .line(index + 1)))
            }
        }
        return try content(symbols, source)
    }

    private static func attribute(_ name: String, in tag: Substring) -> Double? {
        guard let range = tag.firstRange(of: name + "=") else { return nil }
        let rest = tag[range.upperBound...]
        guard let quote = rest.first, quote == "\"" || quote == "'" else { return nil }
        return Double(rest.dropFirst().prefix { $0 != quote })
    }

    /// Moho and OpenToonz: `MohoSwitch1`, then a frame (from 1, at 24 a second) and a mouth name a line.
    static func moho(_ lines: [TextLine], _ source: TimingSource) throws -> TimingContent {
        let names = [
            "rest": "X", "MBP": "A", "etc": "B", "E": "C", "AI": "D", "O": "E", "U": "F", "FV": "G", "L": "H",
            "WQ": "F",
        ]
        var symbols: [TimedSymbol] = []
        for line in lines.dropFirst() {
            let fields = line.text.split(whereSeparator: \.isWhitespace)
            guard fields.count == 2, let frame = Double(fields[0]) else {
                throw source.error("expected a frame and a mouth name", at: .line(line.number))
            }
            symbols.append(
                TimedSymbol(
                    start: (frame - 1) / 24, symbol: names[String(fields[1])] ?? String(fields[1]),
                    place: .line(line.number)))
        }
        return try content(symbols, source)
    }

    private static func content(_ symbols: [TimedSymbol], _ source: TimingSource) throws -> TimingContent {
        .phones(
            try TimelineBuilder(source: source, form: "rhubarb", confidence: 0.6).timeline(
                symbols, alphabet: .rhubarb))
    }
}

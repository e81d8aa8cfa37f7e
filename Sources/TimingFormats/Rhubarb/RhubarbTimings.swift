import AvatariumCore

/// Rhubarb Lip Sync's exports: JSON, TSV, XML and Moho's switch data.
enum RhubarbTimings {
    static let format = TimingFormat(
        "rhubarb", "Rhubarb Lip Sync", ["tsv", "json", "xml", "dat"], json: read, text: read,
        writer: .phones { $0.rhubarbTSV(durationSeconds: $1) })

    static func read(_ text: TimingText, _ source: TimingSource) throws -> TimingContent? {
        guard let first = text.lines.first?.text else { return nil }
        if first.hasPrefix("<"), text.text.contains("<mouthCue") || text.text.contains("rhubarbResult") {
            return try xml(text, source)
        }
        if first.hasPrefix("MohoSwitch1") { return try moho(text.lines, source) }
        return isTSV(text.lines) ? try tsv(text.lines, source) : nil
    }

    private static func isTSV(_ lines: [TextLine]) -> Bool {
        lines.prefix(5).allSatisfy { line in
            let fields = line.text.split(whereSeparator: \.isWhitespace)
            return fields.count == 2 && Double(fields[0]) != nil && fields[1].count == 1
                && "ABCDEFGHX".contains(fields[1])
        }
    }

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

    /// `0.05<tab>D` per line; the last line is the end mark, `X`.
    private static func tsv(_ lines: [TextLine], _ source: TimingSource) throws -> TimingContent {
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
    private static func xml(_ text: TimingText, _ source: TimingSource) throws -> TimingContent {
        var symbols: [TimedSymbol] = []
        for line in text.lines {
            for cue in line.text.split(separator: "<") where cue.hasPrefix("mouthCue ") {
                guard let close = cue.firstIndex(of: ">"), let start = attribute("start", in: cue[..<close]),
                    let end = attribute("end", in: cue[..<close])
                else { throw source.error("a mouthCue needs start and end", at: .line(line.number)) }
                symbols.append(
                    TimedSymbol(
                        start: start, end: end, symbol: String(cue[cue.index(after: close)...]),
                        place: .line(line.number)))
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

    /// Papagayo's mouths, which are Preston Blair's, by Rhubarb's letters.
    static let papagayoMouths = [
        "rest": "X", "MBP": "A", "etc": "B", "E": "C", "AI": "D", "O": "E", "U": "F", "FV": "G", "L": "H",
        "WQ": "F",
    ]

    /// Moho and OpenToonz: `MohoSwitch1`, then a frame (from 1, at 24 a second) and a mouth name per line.
    private static func moho(_ lines: [TextLine], _ source: TimingSource) throws -> TimingContent {
        var symbols: [TimedSymbol] = []
        for line in lines.dropFirst() {
            let fields = line.text.split(whereSeparator: \.isWhitespace)
            guard fields.count == 2, let frame = Double(fields[0]) else {
                throw source.error("expected a frame and a mouth shape name", at: .line(line.number))
            }
            symbols.append(
                TimedSymbol(
                    start: (frame - 1) / 24, symbol: papagayoMouths[String(fields[1])] ?? String(fields[1]),
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

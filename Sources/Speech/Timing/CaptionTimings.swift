import AvatariumCore

/// Captions: WebVTT and SRT. Times of words inside a cue (`<00:00:01.200>`) are used where there are any.
enum CaptionTimings {
    static func matches(_ lines: [TextLine]) -> Bool {
        lines[0].text.hasPrefix("WEBVTT") || lines.prefix(4).contains { span($0.text) != nil }
    }

    static func read(_ lines: [TextLine], _ source: TimingSource) throws -> TimingContent {
        var words: [TimedWord] = []
        var cue: (start: Double, end: Double, text: String, line: Int)?
        func close() {
            if let cue { words += timed(cue.text, from: cue.start, to: cue.end, line: cue.line) }
            cue = nil
        }
        var lastLine = 0
        for line in lines {
            // An empty line (they are left out here) ends a cue; numbers, names and notes follow it.
            if line.number > lastLine + 1 { close() }
            lastLine = line.number
            if line.text.contains("-->") {
                guard let span = span(line.text) else {
                    throw source.error("expected two times around -->", at: .line(line.number))
                }
                cue = (span.start, span.end, "", line.number)
            } else {
                cue?.text += " " + line.text
            }
        }
        close()
        return .phones(try WordTimings.timeline(words, source: source, form: "captions"))
    }

    private static func span(_ line: Substring) -> (start: Double, end: Double)? {
        guard let arrow = line.firstRange(of: "-->") else { return nil }
        let after = line[arrow.upperBound...].split(whereSeparator: \.isWhitespace)
        guard let start = time(line[..<arrow.lowerBound]), let end = after.first.flatMap(time) else {
            return nil
        }
        return (start, end)
    }

    /// `01:02:03.456`, `02:03.456`, or with a comma.
    private static func time(_ text: Substring) -> Double? {
        let plain = text.filter { !$0.isWhitespace }.map { $0 == "," ? "." : $0 }
        let parts = String(plain).split(separator: ":", omittingEmptySubsequences: false).map { Double($0) }
        guard (2...3).contains(parts.count) else { return nil }
        var seconds = 0.0
        for part in parts {
            guard let part, part >= 0 else { return nil }
            seconds = seconds * 60 + part
        }
        return seconds
    }

    /// The stretches of a cue between the times in it; other tags are dropped.
    private static func timed(_ text: String, from start: Double, to end: Double, line: Int) -> [TimedWord] {
        var pieces: [(start: Double, text: String)] = [(start, "")]
        var rest = text[...]
        while let open = rest.firstIndex(of: "<") {
            pieces[pieces.count - 1].text += rest[..<open]
            guard let close = rest[open...].firstIndex(of: ">") else { break }
            if let at = time(rest[rest.index(after: open)..<close]) { pieces.append((at, "")) }
            rest = rest[rest.index(after: close)...]
        }
        pieces[pieces.count - 1].text += rest
        return pieces.indices.compactMap { index in
            let spoken = pieces[index].text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            guard !spoken.isEmpty else { return nil }
            let next = index + 1 < pieces.count ? pieces[index + 1].start : end
            return TimedWord(
                start: pieces[index].start, end: next, text: unescaped(spoken), place: .line(line))
        }
    }

    private static func unescaped(_ text: String) -> String {
        var text = text
        for (entity, plain) in [("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&amp;", "&")] {
            text = text.replacing(entity, with: plain)
        }
        return text
    }
}

import AvatariumCore

/// Captions: WebVTT and SRT. Times of words inside a cue (`<00:00:01.200>`) are used where there are any.
enum CaptionTimings {
    static func matches(_ lines: [TextLine]) -> Bool {
        lines[0].text.hasPrefix("WEBVTT") || lines.prefix(4).contains { span($0.text) != nil }
    }

    private struct Cue {
        var start: Double
        var end: Double
        var line: Int
        var text: [Substring] = []
    }

    static func read(_ lines: [TextLine], _ source: TimingSource) throws -> TimingContent {
        var cues: [Cue] = []
        // Lines since the last empty one that follow no times: a cue's number or name, a note, or more of the
        // cue before, which has an empty line in it.
        var loose: [Substring] = []
        var isInCue = false
        func keepLoose(isName: Bool) {
            if isName, !loose.isEmpty { loose.removeLast() }
            let isNote = loose.first.map { line in
                ["WEBVTT", "NOTE", "STYLE", "REGION"].contains { line.hasPrefix($0) }
            }
            if isNote == false, !cues.isEmpty { cues[cues.count - 1].text += loose }
            loose = []
        }
        var lastLine = 0
        for line in lines {
            // Empty lines are left out here. Before a cue's first words there may be one that is not quite empty.
            let follows = line.number == lastLine + 1
            lastLine = line.number
            if line.text.contains("-->") {
                guard let span = span(line.text) else {
                    throw source.error("expected two times around -->", at: .line(line.number))
                }
                if isInCue, follows, let text = cues.last?.text, text.count > 1,
                    text.last.map(isNumber) == true
                {
                    // The number of this cue, with no empty line before it.
                    cues[cues.count - 1].text.removeLast()
                }
                keepLoose(isName: true)
                cues.append(Cue(start: span.start, end: span.end, line: line.number))
                isInCue = true
            } else if isInCue, follows || cues.last?.text.isEmpty == true {
                cues[cues.count - 1].text.append(line.text)
            } else {
                if !follows { keepLoose(isName: false) }
                isInCue = false
                loose.append(line.text)
            }
        }
        keepLoose(isName: false)
        let words = cues.flatMap { cue in
            timed(cue.text.joined(separator: " "), from: cue.start, to: cue.end, line: cue.line)
        }
        return .phones(try WordTimings.timeline(words, source: source, form: "captions"))
    }

    private static func isNumber(_ text: Substring) -> Bool {
        text.allSatisfy { $0.isNumber || $0.isWhitespace }
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
        // Positions in SRT, such as `{\an8}`.
        var rest = text.replacing(#/\{\\[^}]*\}/#, with: "")[...]
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

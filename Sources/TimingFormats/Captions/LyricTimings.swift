import AvatariumCore

/// Lines with a time in brackets before them: lyrics (`.lrc`), `[00:12.00]Hello`, and enhanced ones with a time before each
/// word, `<00:12.40>`.
///
/// A line lasts until the next; one without words ends the one before. `[offset:+120]` is milliseconds by which words are
/// sung earlier.
enum LyricTimings {
    static let format = TimingFormat("lrc", "Lyrics (LRC)", ["lrc"], text: read)

    static func read(_ text: TimingText, _ source: TimingSource) throws -> TimingContent? {
        guard text.lines.prefix(12).contains(where: { times(of: $0.text).times.isEmpty == false }) else {
            return nil
        }
        var cues: [CaptionCue] = []
        var offset = 0.0
        for line in text.lines {
            if let milliseconds = Self.offset(line.text) { offset = milliseconds / 1000 }
            let (times, rest) = Self.times(of: line.text)
            for time in times {
                cues.append(
                    CaptionCue(
                        start: max(0, time - offset),
                        end: end(of: rest).flatMap { $0 > time ? $0 - offset : nil } ?? .infinity,
                        line: line.number, lines: [CaptionLine(rest, shiftedBy: -offset)]))
            }
            guard cues.count <= TimelineBuilder.maximumSymbols else {
                throw source.error("it contains more than \(TimelineBuilder.maximumSymbols) lines; split it")
            }
        }
        cues = cues.inOrder
        for index in cues.indices {
            let words = cues[index].lines.reduce(0) { $0 + $1.plain.count }
            let next = index + 1 < cues.count ? cues[index + 1].start : nil
            let typical = cues[index].start + 0.1 * Double(max(4, words))
            cues[index].end = min(cues[index].end, next ?? source.audioDuration ?? typical)
            try source.check(
                start: cues[index].start, end: max(cues[index].start, cues[index].end),
                at: .line(cues[index].line))
        }
        cues.removeAll { $0.lines.allSatisfy { $0.words.isEmpty } }
        return try CaptionTimings.content(of: cues, form: "lyrics", source)
    }

    /// The times before a line, one after another, and what follows them.
    private static func times(of line: Substring) -> (times: [Double], rest: Substring) {
        var times: [Double] = []
        var rest = line.drop(while: \.isWhitespace)
        while rest.first == "[", let close = rest.prefix(16).firstIndex(of: "]"), times.count < 100 {
            let text = rest[rest.index(after: rest.startIndex)..<close]
            guard let time = CaptionCues.time(text) else { break }
            times.append(time)
            rest = rest[rest.index(after: close)...]
        }
        return (times, rest)
    }

    /// The time behind a line's last word, where it has one.
    private static func end(of line: Substring) -> Double? {
        let tail = line.suffix(24).reversed().drop(while: \.isWhitespace)
        guard tail.first == ">", let open = tail.firstIndex(of: "<") else { return nil }
        return CaptionCues.time(Substring(String(tail[..<open].dropFirst().reversed())))
    }

    private static func offset(_ line: Substring) -> Double? {
        guard line.hasPrefix("[offset:"), let close = line.prefix(40).firstIndex(of: "]") else { return nil }
        let number = line.dropFirst(8)[..<close].filter { !$0.isWhitespace }
        return Double(number).flatMap { abs($0) < 600_000 ? $0 : nil }
    }
}

import AvatariumCore

/// Captions: WebVTT and SubRip. Times of words inside a cue (`<00:00:01.200>`) are used where there are any.
///
/// What captions show is not what is said: lines that roll up are shown again, the word being said is marked in
/// cues that repeat the whole line, sounds and speakers are described. Each word is spoken once, at its own time.
enum CaptionTimings {
    static let webVTT = TimingFormat(
        "vtt", "WebVTT captions", ["vtt"], text: read, writer: .captions { $0.webVTT() })
    static let subRip = TimingFormat(
        "srt", "SubRip captions", ["srt"], text: read, writer: .captions { $0.srt() })

    private static func matches(_ lines: [TextLine]) -> Bool {
        lines[0].text.hasPrefix("WEBVTT") || lines.prefix(4).contains { $0.text.contains("-->") }
    }

    static func read(_ text: TimingText, _ source: TimingSource) throws -> TimingContent? {
        guard matches(text.lines) else { return nil }
        return try content(of: CaptionCues.read(text.lines, source), form: "captions", source)
    }

    /// What is said in cues, which are in order of time.
    static func content(
        of cues: [CaptionCue], form: String, _ source: TimingSource
    ) throws -> TimingContent {
        let pieces = CaptionSpeech.pieces(of: cues, source)
        var filter = NonSpeech(.captions)
        filter.names = NonSpeech.names(before: pieces.lazy.flatMap(\.lines))
        var words: [TimedWord] = []
        var speakers: [String?] = []
        // The one who was named last goes on.
        var speaker: String?
        for piece in pieces {
            filter.speaker = nil
            let spoken = filter.strip(piece.lines).joined(separator: " ")
            speaker = piece.speaker ?? filter.speaker ?? speaker
            words.append(
                TimedWord(
                    start: piece.start, end: piece.end, text: spoken, bounds: piece.bounds,
                    place: .line(piece.line)))
            speakers.append(speaker)
        }
        filter.note(in: source)
        if let removed = filter.removed.first, !words.contains(where: { $0.text.contains(where: \.isLetter) })
        {
            throw source.error(
                "it contains no spoken words, only descriptions such as "
                    + "'\(removed.quotedForMessage(limit: 40))'; give its words")
        }
        let chosen = try Speakers.chosen([Speakers.Track(words: words, speakers: speakers)], source)
        return .phones(
            try WordTimings.timeline(
                chosen, source: source, form: form, style: .script, isInSeconds: true))
    }
}

/// A cue as the file has it.
struct CaptionCue {
    var start: Double
    var end: Double
    /// The number of the line with the times.
    var line: Int
    var lines: [CaptionLine] = []
}

/// Reads the cues of a file, in order of time.
enum CaptionCues {
    static func read(_ lines: [TextLine], _ source: TimingSource) throws -> [CaptionCue] {
        var cues: [CaptionCue] = []
        // Lines since the last empty one that follow no times: a cue's number or name, a note, or more of the
        // cue before, which has an empty line in it.
        var loose: [TextLine] = []
        var isInCue = false
        func keepLoose(isName: Bool) {
            if isName, !loose.isEmpty { loose.removeLast() }
            let isNote = loose.first.map { line in
                ["WEBVTT", "NOTE", "STYLE", "REGION"].contains { line.text.hasPrefix($0) }
            }
            if isNote == false, !cues.isEmpty {
                cues[cues.count - 1].lines += loose.map { CaptionLine($0.text) }
            }
            loose = []
        }
        var lastLine = 0
        for line in lines {
            // Empty lines are left out here. Before a cue's first words there may be one that is not quite empty.
            let follows = line.number == lastLine + 1
            lastLine = line.number
            if line.text.contains("-->") {
                let span = try span(line, source)
                if isInCue, follows, let text = cues.last?.lines, text.count > 1,
                    text.last?.isNumber == true
                {
                    // The number of this cue, with no empty line before it.
                    cues[cues.count - 1].lines.removeLast()
                }
                keepLoose(isName: true)
                cues.append(CaptionCue(start: span.start, end: span.end, line: line.number))
                isInCue = true
            } else if ForeignFormat.isCueWithoutArrow(line.text) {
                throw source.error(
                    "a cue needs two times around -->, as in 00:00:01.480 --> 00:00:02.000",
                    at: .line(line.number))
            } else if isInCue, follows || cues.last?.lines.isEmpty == true {
                cues[cues.count - 1].lines.append(CaptionLine(line.text))
            } else {
                if cues.isEmpty, let language = header("Language", in: line.text) {
                    source.nameLanguage(language, at: .line(line.number))
                }
                if !follows { keepLoose(isName: false) }
                isInCue = false
                loose.append(line)
            }
        }
        keepLoose(isName: false)
        guard cues.count <= TimelineBuilder.maximumSymbols else {
            throw source.error("it contains more than \(TimelineBuilder.maximumSymbols) cues; split it")
        }
        return cues.inOrder
    }

    private static func header(_ name: String, in line: Substring) -> String? {
        guard line.hasPrefix(name + ":") else { return nil }
        let value = line.dropFirst(name.count + 1).split(whereSeparator: \.isWhitespace).first
        return value.map { String($0.prefix(40)) }
    }

    private static func span(_ line: TextLine, _ source: TimingSource) throws -> (start: Double, end: Double)
    {
        guard let arrow = line.text.firstRange(of: "-->") else {
            throw source.error("expected two times around -->", at: .line(line.number))
        }
        let before = line.text[..<arrow.lowerBound].filter { !$0.isWhitespace }
        let after = line.text[arrow.upperBound...].split(whereSeparator: \.isWhitespace).first ?? ""
        var times: [Double] = []
        for text in [before[...], after[...]] {
            guard let time = time(text), isOnTheClock(text) else {
                let shown = text.quotedForMessage(limit: 20)
                let hasFrames = text.split(separator: ":").count == 4 || text.contains(";")
                throw source.error(
                    hasFrames
                        ? "'\(shown)' counts frames; captions count milliseconds (00:00:01,480): convert the file"
                        : !text.isEmpty && !isOnTheClock(text)
                            ? "'\(shown)' is not a time: its minutes and seconds go up to 59; correct the cue"
                            : "'\(shown)' is not a time; expected two such as 00:00:01.480 around -->",
                    at: .line(line.number))
            }
            times.append(time)
        }
        // A cue may stand on the screen for longer than the audio lasts.
        let end = min(times[1], max(times[0], source.audioDuration ?? .infinity))
        try source.check(start: times[0], end: times[1] < times[0] ? times[1] : end, at: .line(line.number))
        return (times[0], end)
    }

    /// Whether the minutes and seconds behind the first number are below 60.
    private static func isOnTheClock(_ text: Substring) -> Bool {
        text.split(separator: ":").dropFirst().allSatisfy { part in
            Int(part.prefix { $0.isNumber }).map { $0 < 60 } ?? true
        }
    }

    /// `01:02:03.456`, `02:03.456`, or with a comma.
    static func time(_ text: Substring) -> Double? {
        guard text.utf8.count <= 24 else { return nil }
        let plain = String(text.map { $0 == "," ? "." : $0 })
        let parts = plain.split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count) else { return nil }
        var seconds = 0.0
        for part in parts {
            guard !part.isEmpty, part.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }),
                let number = Double(part)
            else { return nil }
            seconds = seconds * 60 + number
        }
        return seconds
    }
}

extension [CaptionCue] {
    /// Players show cues by their times, wherever they stand in the file.
    var inOrder: [CaptionCue] {
        enumerated().sorted { ($0.element.start, $0.offset) < ($1.element.start, $1.offset) }.map(\.element)
    }
}

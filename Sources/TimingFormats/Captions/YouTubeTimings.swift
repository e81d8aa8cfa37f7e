import AvatariumCore

/// YouTube's captions: JSON (`json3`), events with pieces, `{"events": [{"tStartMs", "dDurationMs", "segs": [{"utf8",
/// "tOffsetMs"}]}]}`; XML with the same (`srv3`), `<p t="200" d="900">hello<s t="300"> there</s></p>`; and the older XML of
/// lines, `<text start="0.2" dur="0.9">` (`srv1`) or `<text t="200" d="900">` (`srv2`).
enum YouTubeTimings {
    static let format = TimingFormat(
        "youtube", "YouTube captions (json3, srv1 to srv3)", ["json3", "srv3", "srv1", "xml", "json"],
        json: read,
        text: read)

    /// A line of captions, milliseconds.
    private struct Event {
        var start: Double
        var length: Double?
        /// Each with its time since the line's start.
        var pieces: [(offset: Double, text: String, place: TimingPlace)] = []
    }

    static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let list = JSONCursor(value)["events"]?.elements ?? []
        guard list.contains(where: { $0["tStartMs"] != nil && $0["segs"] != nil }) else { return nil }
        var events: [Event] = []
        for item in list {
            guard let start = try item["tStartMs"]?.time(source) else { continue }
            var event = Event(start: start, length: try item["dDurationMs"]?.time(source))
            for piece in item["segs"]?.elements ?? [] {
                event.pieces.append(
                    (
                        try piece["tOffsetMs"]?.time(source) ?? 0, piece["utf8"]?.value.string ?? "",
                        .pointer(piece.pointer)
                    ))
            }
            events.append(event)
        }
        return try content(events, source)
    }

    static func read(_ text: TimingText, _ source: TimingSource) throws -> TimingContent? {
        guard text.lines[0].text.drop(while: \.isWhitespace).first == "<" else { return nil }
        var scanner = MarkupScanner(text.text)
        var isRoot = true
        var events: [Event] = []
        var isInLine = false
        var offset = 0.0
        func time(_ name: String, _ attributes: Substring) throws -> Double? {
            guard let value = MarkupScanner.value(of: name, in: attributes) else { return nil }
            guard let number = Double(value) else {
                throw source.error(
                    "'\(value.quotedForMessage(limit: 20))' is not a time", at: .line(scanner.line))
            }
            return number
        }
        while let event = scanner.next() {
            switch event {
            case .open(let name, let attributes, let isEmpty):
                if isRoot, name != "timedtext", name != "transcript" { return nil }
                isRoot = false
                if name == "p" || name == "text" {
                    guard
                        let start = try time("t", attributes) ?? time("start", attributes).map({ $0 * 1000 })
                    else {
                        throw source.error("a line needs a start time", at: .line(scanner.line))
                    }
                    let length = try time("d", attributes) ?? time("dur", attributes).map { $0 * 1000 }
                    events.append(Event(start: start, length: length))
                    isInLine = !isEmpty
                    offset = 0
                } else if name == "s", isInLine {
                    offset = try time("t", attributes) ?? 0
                } else if name == "br", isInLine {
                    events[events.count - 1].pieces.append((offset, " ", .line(scanner.line)))
                }
            case .close(let name):
                if name == "p" || name == "text" { isInLine = false }
            case .text(let words):
                guard isInLine else { continue }
                // Often escaped twice: &amp;#39;.
                events[events.count - 1].pieces.append(
                    (offset, XML.unescaped(XML.unescaped(String(words))), .line(scanner.line)))
            }
        }
        guard !isRoot else { return nil }
        return try content(events, source)
    }

    private static func content(_ events: [Event], _ source: TimingSource) throws -> TimingContent {
        var words: [TimedWord] = []
        for event in events {
            // What begins at one time is one piece: text and line breaks.
            var pieces: [(offset: Double, text: String, place: TimingPlace)] = []
            for piece in event.pieces {
                if let last = pieces.last, last.offset == piece.offset {
                    pieces[pieces.count - 1].text += piece.text
                } else {
                    pieces.append(piece)
                }
            }
            pieces.removeAll { piece in piece.text.allSatisfy(\.isWhitespace) }
            for (index, piece) in pieces.enumerated() {
                let next = index + 1 < pieces.count ? pieces[index + 1].offset : event.length
                words.append(
                    TimedWord(
                        start: (event.start + piece.offset) / 1000,
                        end: next.map { (event.start + $0) / 1000 },
                        text: piece.text, place: piece.place))
            }
        }
        guard !words.isEmpty else { throw source.error("it contains no words; give captions with words") }
        return .phones(
            try WordTimings.timeline(
                words, source: source, form: "youtube", style: .captions, isInSeconds: true))
    }
}

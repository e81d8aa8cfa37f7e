import AvatariumCore

/// TTML captions (also DFXP, IMSC, EBU-TT and Apple's lyrics): paragraphs with times, in which spans may have their own.
///
/// Times of spans count from their paragraph's start (TTML2, section 12.3.1), unless in the whole file each lies within
/// its paragraph when it is read as the media's own: Apple and many tools write them so.
enum TTMLTimings {
    static let format = TimingFormat("ttml", "TTML captions", ["ttml", "dfxp", "xml"], text: read)

    private struct Span {
        var start: Double?
        var end: Double?
        var text = ""
    }

    private struct Paragraph {
        var start: Double?
        var end: Double?
        var spans: [Span] = []
        var line: Int
        var speaker: String?
    }

    static func read(_ text: TimingText, _ source: TimingSource) throws -> TimingContent? {
        guard XML.rootElement(of: text.text.utf8)?.lowercased() == "tt" else { return nil }
        var scanner = MarkupScanner(text.text)
        var clock = Clock()
        var paragraphs: [Paragraph] = []
        // Times of body and div, and of spans in spans.
        var open: [(name: String, start: Double?, end: Double?)] = []
        var isInParagraph = false
        while let event = scanner.next() {
            switch event {
            case .open(let full, let attributes, let isEmpty):
                let name = local(full)
                func attribute(_ name: String) -> Substring? { MarkupScanner.value(of: name, in: attributes) }
                func time(_ name: String) throws -> Double? {
                    guard let value = attribute(name) else { return nil }
                    guard let seconds = clock.seconds(value) else {
                        throw source.error(
                            "'\(value.quotedForMessage(limit: 20))' is not a time of TTML",
                            at: .line(scanner.line))
                    }
                    return seconds
                }
                switch name {
                case "tt":
                    clock = Clock(attribute)
                    if let language = attribute("xml:lang") {
                        source.nameLanguage(String(language), at: .line(scanner.line))
                    }
                case "body", "div", "p", "span":
                    let start = try time("begin")
                    let end = try time("end") ?? time("dur").map { (start ?? 0) + $0 }
                    if name == "p" {
                        guard paragraphs.count < TimelineBuilder.maximumSymbols else {
                            throw source.error(
                                "it contains more than \(TimelineBuilder.maximumSymbols) paragraphs; split "
                                    + "it")
                        }
                        paragraphs.append(
                            Paragraph(
                                start: start, end: end, spans: [Span()], line: scanner.line,
                                speaker: attribute("ttm:agent").map { String($0.prefix(60)) }))
                        isInParagraph = !isEmpty
                    } else if name == "span", isInParagraph, start != nil {
                        paragraphs[paragraphs.count - 1].spans.append(Span(start: start, end: end))
                    }
                    if !isEmpty, open.count < 200 { open.append((name, start, end)) }
                case "br" where isInParagraph: add("\n", to: &paragraphs)
                default: break
                }
            case .close(let full):
                let name = local(full)
                guard let index = open.lastIndex(where: { $0.name == name }) else { continue }
                // What follows a span with times has none of its own.
                if name == "span", open[index].start != nil, isInParagraph {
                    paragraphs[paragraphs.count - 1].spans.append(Span())
                }
                if name == "p" { isInParagraph = false }
                open.removeSubrange(index...)
            case .text(let words):
                // Line breaks of the file are spaces.
                if isInParagraph {
                    add(XML.unescaped(String(words.replacing("\n", with: " "))), to: &paragraphs)
                }
            }
        }
        return try CaptionTimings.content(of: cues(paragraphs, source).inOrder, form: "captions", source)
    }

    private static func local(_ name: Substring) -> String {
        (name.split(separator: ":").last ?? name).lowercased()
    }

    private static func add(_ text: String, to paragraphs: inout [Paragraph]) {
        let paragraph = paragraphs.count - 1
        let span = paragraphs[paragraph].spans.count - 1
        paragraphs[paragraph].spans[span].text += text
    }

    private static func cues(_ paragraphs: [Paragraph], _ source: TimingSource) throws -> [CaptionCue] {
        let slack = 0.01
        let areAbsolute = paragraphs.allSatisfy { paragraph in
            paragraph.spans.allSatisfy { span in
                guard let at = span.start else { return true }
                return at >= (paragraph.start ?? 0) - slack && at <= (paragraph.end ?? .infinity) + slack
            }
        }
        return try paragraphs.compactMap { paragraph in
            let first = paragraph.spans.lazy.compactMap(\.start).first
            guard let start = paragraph.start ?? first else {
                guard paragraph.spans.contains(where: { $0.text.contains(where: \.isLetter) }) else {
                    return nil
                }
                throw source.error("a paragraph needs a begin time", at: .line(paragraph.line))
            }
            let origin = areAbsolute || paragraph.start == nil ? 0 : start
            let end = paragraph.end ?? paragraph.spans.lazy.compactMap(\.end).map { $0 + origin }.max()
            guard let end else {
                throw source.error(
                    "a paragraph needs an end time", at: .line(paragraph.line))
            }
            try source.check(start: start, end: end, at: .line(paragraph.line))
            // As WebVTT writes it, which the captions' reader knows.
            var text = ""
            for span in paragraph.spans {
                if let at = span.start { text += "<\(WebVTTClock.text(at + origin))>" }
                text += XML.escapedContent(span.text)
            }
            var lines = text.split(separator: "\n").map { CaptionLine($0) }
            for index in lines.indices { lines[index].speaker = paragraph.speaker }
            return CaptionCue(start: start, end: end, line: paragraph.line, lines: lines)
        }
    }

    /// The time expressions of a file (TTML2, section 12.3.1).
    private struct Clock {
        private var frames = 30.0
        private var subframes = 1.0
        private var ticks = 1.0

        init() {}

        init(_ attribute: (String) -> Substring?) {
            func number(_ name: String) -> Double? {
                attribute(name).flatMap { Double($0) }.flatMap { (0.001...1e9).contains($0) ? $0 : nil }
            }
            let parts =
                attribute("ttp:frameRateMultiplier")?.split(whereSeparator: { " :".contains($0) })
                .compactMap { Double($0) } ?? []
            let multiplier = parts.count == 2 && parts[0] > 0 && parts[1] > 0 ? parts[0] / parts[1] : 1
            frames = (number("ttp:frameRate") ?? 30) * multiplier
            subframes = number("ttp:subFrameRate") ?? 1
            ticks = number("ttp:tickRate") ?? (attribute("ttp:frameRate") != nil ? frames * subframes : 1)
        }

        func seconds(_ text: Substring) -> Double? {
            guard text.utf8.count <= 30 else { return nil }
            let text = text.filter { !$0.isWhitespace }
            if text.contains(":") {
                let parts = text.split(separator: ":", omittingEmptySubsequences: false)
                guard parts.count == 4 else { return CaptionCues.time(text[...]) }
                guard let whole = CaptionCues.time(text[..<parts[3].startIndex].dropLast()),
                    let frame = Double(parts[3]), frame >= 0
                else { return nil }
                return whole + frame / frames
            }
            let unit = text.drop { $0.isNumber || $0 == "." }
            guard let number = Double(text.dropLast(unit.count)), number >= 0 else { return nil }
            switch unit {
            case "", "s": return number
            case "h": return number * 3600
            case "m": return number * 60
            case "ms": return number / 1000
            case "f": return number / frames
            case "t": return number / ticks
            default: return nil
            }
        }
    }
}

import AvatariumCore

/// Subtitles of SubViewer and YouTube (`.sbv`): two times with a comma between them, then the lines.
enum SubViewerTimings {
    static let format = TimingFormat("sbv", "SubViewer and YouTube captions", ["sbv", "sub"], text: read)

    static func read(_ text: TimingText, _ source: TimingSource) throws -> TimingContent? {
        guard text.lines.prefix(12).contains(where: { span($0.text) != nil }),
            !text.lines.prefix(12).contains(where: { $0.text.contains("-->") })
        else { return nil }
        var cues: [CaptionCue] = []
        for line in text.lines {
            if let span = span(line.text) {
                try source.check(start: span.start, end: span.end, at: .line(line.number))
                cues.append(CaptionCue(start: span.start, end: span.end, line: line.number))
            } else if !cues.isEmpty {
                // SubViewer 2 writes line breaks so.
                for part in line.text.replacing("[br]", with: "\n").split(separator: "\n") {
                    cues[cues.count - 1].lines.append(CaptionLine(part))
                }
            }
        }
        guard cues.count <= TimelineBuilder.maximumSymbols else {
            throw source.error("it contains more than \(TimelineBuilder.maximumSymbols) cues; split it")
        }
        return try CaptionTimings.content(of: cues.inOrder, form: "captions", source)
    }

    /// `0:00:01.000,0:00:02.000`.
    private static func span(_ line: Substring) -> (start: Double, end: Double)? {
        let parts = line.prefix(40).split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2, line.utf8.count <= 40,
            parts.allSatisfy({ $0.split(separator: ":").count == 3 }), let start = CaptionCues.time(parts[0]),
            let end = CaptionCues.time(parts[1].drop(while: \.isWhitespace))
        else { return nil }
        return (start, end)
    }
}

/// Subtitles of Sub Station Alpha (`.ass`, `.ssa`): `Dialogue:` lines whose fields a `Format:` line names; the lengths of
/// karaoke (`{\k25}`, hundredths of a second) time the words.
enum SubStationTimings {
    static let format = TimingFormat("ass", "Sub Station Alpha subtitles", ["ass", "ssa"], text: read)

    static func read(_ text: TimingText, _ source: TimingSource) throws -> TimingContent? {
        guard
            text.lines[0].text.lowercased().hasPrefix("[script info]")
                || text.lines.prefix(60).contains(where: { $0.text.hasPrefix("Dialogue:") })
        else { return nil }
        var names = [
            "layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text",
        ]
        var isEvents = false
        var cues: [CaptionCue] = []
        for line in text.lines {
            if line.text.hasPrefix("[") { isEvents = line.text.lowercased().hasPrefix("[events]") }
            if isEvents, line.text.hasPrefix("Format:") {
                names = line.text.dropFirst(7).split(separator: ",").map { field in
                    field.filter { !$0.isWhitespace }.lowercased()
                }
            }
            guard line.text.hasPrefix("Dialogue:"), let last = names.indices.last else { continue }
            let fields = line.text.dropFirst(9).split(
                separator: ",", maxSplits: last, omittingEmptySubsequences: false)
            func field(_ name: String) -> Substring? {
                names.firstIndex(of: name).flatMap { fields.indices.contains($0) ? fields[$0] : nil }
            }
            guard let start = field("start").flatMap({ CaptionCues.time($0.drop(while: \.isWhitespace)) }),
                let end = field("end").flatMap({ CaptionCues.time($0.drop(while: \.isWhitespace)) }),
                let words = field("text")
            else { throw source.error("expected the fields of the Format line", at: .line(line.number)) }
            try source.check(start: start, end: end, at: .line(line.number))
            guard cues.count < TimelineBuilder.maximumSymbols else {
                throw source.error("it contains more than \(TimelineBuilder.maximumSymbols) lines; split it")
            }
            var lines = plain(words, from: start).split(separator: "\n").map { CaptionLine($0) }
            // Nothing but a shape that is drawn.
            if lines.isEmpty { continue }
            if let name = field("name")?.split(whereSeparator: \.isWhitespace).joined(separator: " "),
                !name.isEmpty
            {
                for index in lines.indices { lines[index].speaker = String(name.prefix(60)) }
            }
            cues.append(CaptionCue(start: start, end: end, line: line.number, lines: lines))
        }
        guard !cues.isEmpty else {
            throw source.error("it contains no Dialogue lines; give subtitles with words")
        }
        return try CaptionTimings.content(of: cues.inOrder, form: "captions", source)
    }

    /// An override is no longer than this many characters.
    private static let longestOverride = 500

    /// A text without its overrides and the shapes that are drawn (`{\p1}m 0 0 l 9 9{\p0}`), line breaks as such, the times
    /// of karaoke as WebVTT writes them.
    private static func plain(_ text: Substring, from start: Double) -> String {
        var out = ""
        var at = start
        var rest = text
        var isDrawn = false
        while let next = rest.first {
            if next == "{", let close = rest.prefix(longestOverride).firstIndex(of: "}") {
                for tag in rest[..<close].dropFirst().split(separator: "\\") {
                    if tag.first == "p", let scale = Int(tag.dropFirst()) { isDrawn = scale > 0 }
                    // \k, \kf, \ko and \K.
                    let digits = tag.dropFirst(tag.hasPrefix("kf") || tag.hasPrefix("ko") ? 2 : 1)
                    guard tag.first == "k" || tag.first == "K", let length = Double(digits), length >= 0,
                        length < 1e6
                    else { continue }
                    out += "<\(WebVTTClock.text(at))>"
                    at += length / 100
                }
                rest = rest[rest.index(after: close)...]
            } else if isDrawn {
                rest = rest.dropFirst()
            } else if next == "\\", let code = rest.dropFirst().first, "Nnh".contains(code) {
                out += code == "h" ? " " : "\n"
                rest = rest.dropFirst(2)
            } else {
                // Not to be read as tags.
                out += next == "<" ? "&lt;" : next == "&" ? "&amp;" : String(next)
                rest = rest.dropFirst()
            }
        }
        return out
    }
}

/// Times as WebVTT writes them.
enum WebVTTClock {
    /// `00:00:01.480`.
    static func text(_ seconds: Double, point: String = ".") -> String {
        let milliseconds = Int((max(0, min(seconds, 359_999)) * 1000).rounded())
        let parts = [milliseconds / 3_600_000, milliseconds / 60_000 % 60, milliseconds / 1000 % 60]
        return parts.map { $0.zeroPadded(2) }.joined(separator: ":") + point
            + (milliseconds % 1000).zeroPadded(3)
    }
}

import AvatariumCore

/// Formats that people give and that are not read: named, so that the error says what to do.
struct ForeignFormat {
    let message: String

    /// Nil where the text is not of one of them.
    init?(_ text: TimingText) {
        let first = text.lines[0].text.drop(while: \.isWhitespace)
        let head = String(first.prefix(200))
        let lower = head.lowercased()
        if lower.hasPrefix("[script info]")
            || text.lines.prefix(40).contains(where: { $0.text.hasPrefix("Dialogue:") })
        {
            message =
                "it is a subtitle file of Advanced SubStation Alpha (.ass, .ssa); convert it to .srt or .vtt"
        } else if text.lines.prefix(6).contains(where: { Self.isLyricsTime($0.text) }) {
            message = "it is a lyrics file (.lrc), whose lines have no ends; convert it to .srt or .vtt"
        } else if lower.hasPrefix("<tt")
            || text.lines.prefix(12).contains(where: { $0.text.contains("ns/ttml") })
        {
            message = "it is TTML captions; convert it to .vtt or .srt"
        } else if lower.hasPrefix("<sami") {
            message = "it is SAMI captions (.smi); convert it to .vtt or .srt"
        } else if text.lines.prefix(4).contains(where: { $0.text.contains("<ANNOTATION_DOCUMENT") }) {
            message = "it is an ELAN file (.eaf); export it as a Praat TextGrid"
        } else if Self.isMicroDVD(first) {
            message = "it is MicroDVD subtitles, which count frames; convert it to .srt or .vtt"
        } else if Self.isYouTubeTime(first) {
            message = "it is SubViewer captions (.sbv); convert it to .srt or .vtt"
        } else if lower.hasPrefix("@utf8") || lower.hasPrefix("@begin") {
            message = "it is a CHAT transcript (.cha) of CLAN; export it as a Praat TextGrid or .srt"
        } else if lower.hasPrefix("<!doctype html") || lower.hasPrefix("<html") {
            message = "it is a web page, not a timing file; download the file itself"
        } else if lower.hasPrefix("%pdf") {
            message = "it is a PDF document; give a timing file, or its words as --transcript"
        } else if lower.hasPrefix("speaker "), first.split(separator: " ").count >= 9 {
            message = "it is a diarization (.rttm), which has no words; give words or phones with times"
        } else if !text.lines.prefix(50).contains(where: { $0.text.contains("-->") }),
            let line = text.lines.prefix(50).first(where: { Self.isCueWithoutArrow($0.text) })
        {
            message =
                "line \(line.number): a cue has its two times around -->, as in 00:00:01.480 --> 00:00:02.000"
        } else if !["{", "[", "<"].contains(first.first), !CSVCurves.isHeader(first),
            !text.lines.prefix(2000).contains(where: { $0.text.contains(where: \.isNumber) })
        {
            message =
                "it has no times; if it is what is said, give it as --transcript, or --text-file to have it spoken"
        } else {
            return nil
        }
    }

    /// What XML is that no format takes, by the name of its first element; nil for what is not XML.
    static func xml(_ text: TimingText) -> String? {
        guard text.lines[0].text.drop(while: \.isWhitespace).first == "<" else { return nil }
        guard let root = XML.rootElement(of: text.text.utf8) else {
            return "it is XML without any element; give a timing file"
        }
        if root == "speak" { return "it is SSML; give it as --text-file with --ssml" }
        return
            "it is \(XML.kind(ofRoot: root) ?? "XML of '\(root.quotedForMessage(limit: 30))'"), which no form of timings "
            + "is; give .srt, .vtt, a Praat TextGrid or another form of the docs"
    }

    /// Two times of captions at the start of a line, with anything but `-->` between them.
    static func isCueWithoutArrow(_ line: Substring) -> Bool {
        let fields = line.prefix(80).split(whereSeparator: { $0.isWhitespace || "->=–—→;|".contains($0) })
        guard fields.count >= 2, !line.contains("-->") else { return false }
        return fields.prefix(2).allSatisfy { $0.contains(":") && $0.contains(where: { ".,".contains($0) }) }
            && fields.prefix(2).allSatisfy { CaptionCues.time($0) != nil }
    }

    /// `[00:01.00]` or `[00:01]`.
    private static func isLyricsTime(_ line: Substring) -> Bool {
        guard line.first == "[", let close = line.prefix(14).firstIndex(of: "]") else { return false }
        let parts = line[line.index(after: line.startIndex)..<close].split(
            separator: ":", omittingEmptySubsequences: false)
        return parts.count == 2 && parts[0].count == 2 && Int(parts[0]) != nil && Double(parts[1]) != nil
    }

    /// `{12}{34}Hello`.
    private static func isMicroDVD(_ line: Substring) -> Bool {
        let parts = line.prefix(40).split(separator: "}", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return false }
        return parts.prefix(2).allSatisfy { $0.first == "{" && Int($0.dropFirst()) != nil }
    }

    /// `0:00:01.000,0:00:02.000`.
    private static func isYouTubeTime(_ line: Substring) -> Bool {
        let parts = line.prefix(40).split(separator: ",", omittingEmptySubsequences: false)
        return parts.count == 2
            && parts.allSatisfy { $0.split(separator: ":").count == 3 && CaptionCues.time($0) != nil }
    }
}

import AvatariumCore

/// Formats that people give and that are not read: named, so that the error says what to do.
struct ForeignFormat {
    let message: String

    /// Nil where the text is not of one of them.
    init?(_ text: TimingText) {
        let first = text.lines[0].text.drop(while: \.isWhitespace)
        let head = String(first.prefix(200))
        let lower = head.lowercased()
        if lower.hasPrefix("<sami") {
            message = "it is SAMI captions (.smi); convert it to .vtt or .srt"
        } else if Self.isMicroDVD(first) {
            message = "it is MicroDVD subtitles, which count frames; convert it to .srt or .vtt"
        } else if lower.hasPrefix("lhd:") {
            message = "it is a BAS Partitur file (.par); use WebMAUS' TextGrid"
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
                "line \(line.number): a cue needs two times around -->, as in 00:00:01.480 --> 00:00:02.000"
        } else if Self.isTranscript(text) {
            message =
                "it is a transcript with the minute of each paragraph (Otter, YouTube), too coarse for lips; export .srt or "
                + ".vtt, or give it as --transcript without the times"
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
            "it is \(XML.kind(ofRoot: root) ?? "XML of '\(root.quotedForMessage(limit: 30))'"), which is "
            + "not a timing format; give .srt, .vtt, a Praat TextGrid or another format listed in the docs"
    }

    /// Two times of captions at the start of a line, with anything but `-->` between them.
    static func isCueWithoutArrow(_ line: Substring) -> Bool {
        let fields = line.prefix(80).split(whereSeparator: { $0.isWhitespace || "->=–—→;|".contains($0) })
        guard fields.count >= 2, !line.contains("-->") else { return false }
        return fields.prefix(2).allSatisfy { $0.contains(":") && $0.contains(where: { ".,".contains($0) }) }
            && fields.prefix(2).allSatisfy { CaptionCues.time($0) != nil }
    }

    /// Whether lines that end with a clock time of whole seconds (`Ann  0:05`, `0:05`) stand between lines of words.
    private static func isTranscript(_ text: TimingText) -> Bool {
        let lines = text.lines.prefix(40)
        let areTimes = lines.map { line in
            guard let last = line.text.split(whereSeparator: \.isWhitespace).last, last.utf8.count <= 8,
                !line.text.contains("\t")
            else { return false }
            let parts = last.split(separator: ":", omittingEmptySubsequences: false)
            return (2...3).contains(parts.count)
                && parts.allSatisfy { (1...2).contains($0.utf8.count) && $0.allSatisfy(\.isNumber) }
        }
        let times = areTimes.count { $0 }
        return areTimes.first == true && times > 1 && times < areTimes.count
            && zip(areTimes, areTimes.dropFirst()).allSatisfy { !$0 || !$1 }
    }

    /// `{12}{34}Hello`.
    private static func isMicroDVD(_ line: Substring) -> Bool {
        let parts = line.prefix(40).split(separator: "}", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return false }
        return parts.prefix(2).allSatisfy { $0.first == "{" && Int($0.dropFirst()) != nil }
    }
}

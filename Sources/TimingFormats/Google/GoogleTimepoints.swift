import AvatariumCore
import Phonetics

/// Google's timepoints: times of SSML marks. The words between them come from the request's SSML, kept beside them as
/// `input.ssml` or `ssml`, or are the marks' own names.
enum GoogleTimepoints {
    static let format = TimingFormat("google", "Google timepoints", ["json"], json: read)

    static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let root = JSONCursor(value)
        guard let points = root.first(of: "timepoints") else { return nil }
        let marks = try points.elements.map { point in
            TimedWord(
                start: try source.number(point.value, "timeSeconds", at: point.pointer),
                text: try source.string(point.value, "markName", at: point.pointer),
                place: .pointer(point.pointer))
        }
        guard let ssml = root.first(of: "input")?.value["ssml"]?.string ?? value["ssml"]?.string else {
            let spoken = marks.filter {
                $0.text.contains(where: \.isLetter) && !$0.text.contains(where: \.isNumber)
            }
            guard !spoken.isEmpty else {
                throw source.error(
                    "timepoints alone say when, not what; add the request's SSML as \"ssml\"",
                    at: .pointer("/timepoints"))
            }
            return .phones(try WordTimings.timeline(marks, source: source, form: "google"))
        }
        let texts = textAfterMarks(in: ssml)
        let words = marks.enumerated().map { index, mark in
            TimedWord(
                start: mark.start, end: index + 1 < marks.count ? marks[index + 1].start : nil,
                text: XML.unescaped(texts[mark.text] ?? ""), place: mark.place)
        }
        return .phones(try WordTimings.timeline(words, source: source, form: "google", style: .script))
    }

    /// The text that stands after each `<mark name="..."/>` up to the next one.
    private static func textAfterMarks(in ssml: String) -> [String: String] {
        var texts: [String: String] = [:]
        var current: String?
        for piece in ssml.split(separator: "<", omittingEmptySubsequences: true) {
            guard let close = piece.firstIndex(of: ">") else { continue }
            let tag = piece[..<close]
            if tag.hasPrefix("mark"), let name = tag.firstRange(of: "name=") {
                let quoted = tag[name.upperBound...]
                current = quoted.first.map { quote in String(quoted.dropFirst().prefix { $0 != quote }) }
            }
            if let current { texts[current, default: ""] += " " + piece[piece.index(after: close)...] }
        }
        return texts
    }
}

import AvatariumCore

/// A line with its one-based number.
struct TextLine: Sendable {
    var number: Int
    var text: Substring
}

/// The forms that are no JSON.
enum TextTimings {
    /// Nil where the text is of no known form.
    static func read(_ text: String, _ source: TimingSource) throws -> TimingContent? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map {
            TextLine(number: $0 + 1, text: $1)
        }.filter { $0.text.contains { !$0.isWhitespace } }
        guard let first = lines.first?.text else {
            throw source.error("it is empty; give a file with timings")
        }
        if first.contains("ooTextFile") { return try TextGridTimings.read(text, source) }
        if first.hasPrefix("<"), text.contains("<mouthCue") || text.contains("rhubarbResult") {
            return try RhubarbTimings.xml(text, source)
        }
        if first.hasPrefix("MohoSwitch1") { return try RhubarbTimings.moho(lines, source) }
        if isRhubarbTSV(lines) { return try RhubarbTimings.tsv(lines, source) }
        if CaptionTimings.matches(lines) { return try CaptionTimings.read(lines, source) }
        if let content = try CSVTimings.read(lines, source) { return content }
        if LabelTimings.matches(lines) { return try LabelTimings.read(lines, source) }
        return nil
    }

    private static func isRhubarbTSV(_ lines: [TextLine]) -> Bool {
        lines.prefix(5).allSatisfy { line in
            let fields = line.text.split(whereSeparator: \.isWhitespace)
            return fields.count == 2 && Double(fields[0]) != nil && fields[1].count == 1
                && "ABCDEFGHX".contains(fields[1])
        }
    }
}

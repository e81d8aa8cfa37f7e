import AvatariumCore
import Phonetics

/// Label files, `start end label` per line: HTK (units of 100 ns), Audacity and WaveSurfer (seconds), TIMIT's `.phn`
/// and `.wrd` (samples); and of xwaves (Festival, MaryTTS, Buckeye) `end colour label` behind a line `#`. Labels are phones,
/// words or phrases.
enum LabelTimings {
    static let format = TimingFormat(
        "labels", "HTK, Audacity, WaveSurfer and TIMIT labels", ["lab", "txt", "phn", "wrd", "mlf"],
        text: read)

    static func read(_ text: TimingText, _ source: TimingSource) throws -> TimingContent? {
        let lines = text.lines.filter { !isHeader($0.text) }
        if let line = fragments(text) {
            throw source.error(
                "it has the numbers of fragments (aeneas), not their words; use aeneas' CSV or JSON",
                at: .line(line))
        }
        guard var labels = try xwaves(text.lines, source) ?? labels(lines, source) else { return nil }
        let isPhones = isPhones(labels.map(\.text))
        let unit = try unit(of: labels, isPhones: isPhones, name: source.name, source)
        for index in labels.indices {
            labels[index].start /= unit.perSecond
            labels[index].end /= unit.perSecond
        }
        if isPhones {
            let symbols = labels.map {
                TimedSymbol(start: $0.start, end: $0.end, symbol: $0.text, place: .line($0.line))
            }
            return .phones(try TimelineBuilder(source: source, form: "labels").timeline(symbols))
        }
        // Audacity writes one track of labels after the other.
        let words = labels.filter { !Alphabet.isSilence($0.text) }.sorted {
            ($0.start, $0.line) < ($1.start, $1.line)
        }
        .map { TimedWord(start: $0.start, end: $0.end, text: $0.text, place: .line($0.line)) }
        return .phones(try WordTimings.timeline(words, source: source, form: "labels", isInSeconds: true))
    }

    /// The line of the first label where all are `f000001`, `f000002` ...: aeneas' TSV and AUD.
    private static func fragments(_ text: TimingText) -> Int? {
        let isOne = text.lines.prefix(50).allSatisfy { line in
            guard let label = line.text.split(whereSeparator: \.isWhitespace).last, label.first == "f" else {
                return false
            }
            return label.count == 7 && label.dropFirst().allSatisfy(\.isNumber)
        }
        return isOne ? text.lines[0].number : nil
    }

    private static func labels(_ lines: [TextLine], _ source: TimingSource) throws -> [Label]? {
        guard !lines.isEmpty, lines.prefix(3).allSatisfy({ Label($0) != nil }) else { return nil }
        return try lines.map { line in
            guard let label = Label(line) else {
                throw source.error("expected start, end and a label", at: .line(line.number))
            }
            return label
        }
    }

    /// The labels behind the line `#` that ends xwaves' header; each begins where the one before ends.
    private static func xwaves(_ lines: [TextLine], _ source: TimingSource) throws -> [Label]? {
        func row(_ line: TextLine) -> (end: Double, label: String)? {
            let fields = line.text.split(maxSplits: 2, whereSeparator: \.isWhitespace)
            guard fields.count >= 2, let end = Double(fields[0]), Int(fields[1]) != nil else { return nil }
            // Fields behind a semicolon are other levels.
            let label = fields.count > 2 ? fields[2].prefix { $0 != ";" } : ""
            return (end, label.split(whereSeparator: \.isWhitespace).joined(separator: " "))
        }
        guard let header = lines.prefix(100).firstIndex(where: { $0.text.allSatisfy { "# ".contains($0) } }),
            case let rows = lines[(header + 1)...], !rows.isEmpty,
            rows.prefix(3).allSatisfy({ row($0) != nil })
        else { return nil }
        var start = 0.0
        return try rows.map { line in
            guard let row = row(line) else {
                throw source.error("expected an end, a colour and a label", at: .line(line.number))
            }
            defer { start = row.end }
            return Label(start: start, end: row.end, text: row.label, line: line.number)
        }
    }

    private struct Label {
        var start: Double
        var end: Double
        var text: String
        var line: Int

        init(start: Double, end: Double, text: String, line: Int) {
            (self.start, self.end, self.text, self.line) = (start, end, text, line)
        }

        init?(_ line: TextLine) {
            let isTabbed = line.text.contains("\t")
            let fields = line.text.split(
                maxSplits: 2, omittingEmptySubsequences: !isTabbed,
                whereSeparator: { isTabbed ? $0 == "\t" : $0.isWhitespace })
            guard fields.count >= 2, let start = Double(fields[0]), let end = Double(fields[1]) else {
                return nil
            }
            guard fields.count == 3 || isTabbed else { return nil }
            self.start = start
            self.end = end
            let rest = fields.count == 3 ? fields[2] : ""
            // HTK may add scores and the label of a higher level after the label.
            let isScored =
                !isTabbed
                && rest.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) } != nil
            let label = isScored ? rest.prefix { !$0.isWhitespace } : rest
            text = Self.centre(label).split(whereSeparator: \.isWhitespace).joined(separator: " ")
            self.line = line.number
        }

        /// The centre of a full-context label `a^b-c+d=e`, or the label itself.
        private static func centre(_ text: Substring) -> String {
            if let minus = text.firstIndex(of: "-"), let plus = text.firstIndex(of: "+"), minus < plus,
                text.index(after: minus) < plus, !text.contains(" ")
            {
                return String(text[text.index(after: minus)..<plus])
            }
            return String(text)
        }
    }

    /// Whether a line is a header of HTK's master label files; `\` lines are Audacity's frequency ranges.
    private static func isHeader(_ line: Substring) -> Bool {
        line.hasPrefix("#!MLF!#") || line.hasPrefix("\"") || line == "." || line.hasPrefix("\\")
    }

    /// Whether most labels are phones of one alphabet: short, without spaces, and mostly in its tables. Words in
    /// Latin letters could be read as X-SAMPA letter by letter; phones hardly ever take three of them.
    private static func isPhones(_ labels: [String]) -> Bool {
        let spoken = labels.filter { !Alphabet.isSilence($0) && !Alphabet.isUnknownWord($0) }
        guard !spoken.isEmpty else { return true }
        let alphabet = Alphabet.detect(spoken)
        let phones = spoken.count { label in
            label.count <= 6 && !label.contains(" ")
                && alphabet.segments(of: label).map { $0.count <= (alphabet == .arpabet ? 1 : 2) } ?? false
        }
        return phones * 10 >= spoken.count * 8
    }

    /// HTK's 100 ns and TIMIT's samples are whole numbers, other labels are in seconds.
    private static func unit(
        of labels: [Label], isPhones: Bool, name: String, _ source: TimingSource
    ) throws -> TimeUnit {
        let lower = name.lowercased()
        let isTIMIT =
            lower.hasSuffix(".phn") || lower.hasSuffix(".wrd")
            // A sentence with the number of its samples.
            || labels.count == 1 && labels[0].start == 0 && labels[0].text.split(separator: " ").count > 2
            || labels.contains { ["h#", "bcl", "dcl", "gcl", "pcl", "tcl", "kcl", "ax-h"].contains($0.text) }
        let ticks = TimeUnit(perSecond: 1e7, name: "ticks of 100 ns")
        let samples = TimeUnit(perSecond: 16_000, name: "samples at 16000 Hz")
        return try TimeUnit.guess(
            labels.map { label in
                TimeUnit.Sample(
                    start: label.start, end: label.end,
                    typical: isPhones ? 0.08 : 0.07 * Double(max(3, label.text.count)))
            }, source: source, at: labels.first.map { .line($0.line) }, expected: isTIMIT ? samples : ticks)
    }
}

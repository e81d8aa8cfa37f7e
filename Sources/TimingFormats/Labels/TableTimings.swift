import AvatariumCore

/// Words in tables: columns named in a first line (`start,end,text` of Whisper's .tsv, which counts milliseconds; any
/// order, with commas, semicolons or tabs), the same without names (`id,start,end,text` of aeneas), Kaldi's, NIST's and
/// NeMo's CTM (`recording channel start duration word`) and NIST's STM (`recording channel speaker start end <labels>
/// words`).
enum TableTimings {
    static let format = TimingFormat(
        "table", "Words in CSV, TSV, CTM and STM", ["tsv", "csv", "ctm", "stm"], text: read)

    private static let texts: Set<String> = ["text", "word", "token", "label", "content", "transcript"]
    private static let starts: Set<String> = [
        "start", "begin", "start_time", "starttime", "from", "tmin", "onset",
    ]
    private static let ends: Set<String> = ["end", "stop", "end_time", "endtime", "to", "tmax", "offset"]
    private static let lengths: Set<String> = ["duration", "dur", "length"]

    static func read(_ text: TimingText, _ source: TimingSource) throws -> TimingContent? {
        if let words = try stm(text, source) {
            return .phones(
                try WordTimings.timeline(words, source: source, form: "table", isInSeconds: true))
        }
        guard let words = try columns(text, source) ?? ctm(text, source) ?? bare(text, source) else {
            return nil
        }
        return .phones(try WordTimings.timeline(words, source: source, form: "table"))
    }

    private static func columns(_ text: TimingText, _ source: TimingSource) throws -> [TimedWord]? {
        let header = text.lines[0].text
        guard header.utf8.count < 1000,
            let separator = ["\t", ";", ","].first(where: { header.contains($0) }).map({ Character($0) })
        else { return nil }
        let names = fields(header, separator).map { $0.lowercased() }
        guard let word = names.firstIndex(where: texts.contains),
            let start = names.firstIndex(where: starts.contains)
        else { return nil }
        let end = names.firstIndex(where: ends.contains)
        let length = names.firstIndex(where: lengths.contains)
        return try text.lines.dropFirst().map { line in
            let row = fields(line.text, separator)
            guard row.count > max(word, start, end ?? 0, length ?? 0) else {
                throw source.error(
                    "expected \(names.count) columns as in the first line", at: .line(line.number))
            }
            let from = try time(row[start], line, source)
            let to =
                try end.map { try time(row[$0], line, source) }
                ?? length.map { try from + time(row[$0], line, source) }
            return TimedWord(start: from, end: to, text: row[word], place: .line(line.number))
        }
    }

    /// `start,end,text` or `id,start,end,text` without a line of names.
    private static func bare(_ text: TimingText, _ source: TimingSource) throws -> [TimedWord]? {
        let header = text.lines[0].text
        guard header.utf8.count < 10_000,
            let separator = ["\t", ";", ","].first(where: { header.contains($0) }).map({ Character($0) })
        else { return nil }
        func word(_ line: TextLine) -> TimedWord? {
            var row = fields(line.text, separator)[...]
            if row.count > 3, number(row[0]) == nil { row = row.dropFirst() }
            guard row.count > 2, let start = number(row[row.startIndex]),
                let end = number(row[row.startIndex + 1]), end >= start
            else { return nil }
            let words = row.dropFirst(2).joined(separator: separator == "," ? ", " : " ")
            return words.contains(where: \.isLetter)
                ? TimedWord(start: start, end: end, text: words, place: .line(line.number)) : nil
        }
        guard text.lines.prefix(3).allSatisfy({ word($0) != nil }) else { return nil }
        return try text.lines.map { line in
            guard let word = word(line) else {
                throw source.error("expected start, end and words", at: .line(line.number))
            }
            return word
        }
    }

    private static func fields(_ line: Substring, _ separator: Character) -> [String] {
        separator == ","
            ? CSVLine.fields(line)
            : line.split(separator: separator, omittingEmptySubsequences: false).map { field in
                String(field.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
            }
    }

    private static func time(_ field: String, _ line: TextLine, _ source: TimingSource) throws -> Double {
        if let seconds = number(field) ?? (field.contains(":") ? CaptionCues.time(field[...]) : nil) {
            return seconds
        }
        throw source.error("'\(field.quotedForMessage(limit: 20))' is not a time", at: .line(line.number))
    }

    /// Reads a number, which spreadsheets of many languages write with a comma.
    private static func number(_ field: String) -> Double? {
        Double(field) ?? (field.utf8.count < 40 ? Double(field.replacing(",", with: ".")) : nil)
    }

    private static func ctm(_ text: TimingText, _ source: TimingSource) throws -> [TimedWord]? {
        let lines = text.lines.filter { !$0.text.hasPrefix(";;") }
        guard !lines.isEmpty, lines.prefix(3).allSatisfy({ row($0) != nil }) else { return nil }
        return try lines.map { line in
            guard let row = row(line) else {
                throw source.error(
                    "expected recording, channel, start, duration and word", at: .line(line.number))
            }
            return TimedWord(
                start: row.start, end: row.start + row.length, text: row.word, place: .line(line.number))
        }
    }

    private static func row(_ line: TextLine) -> (start: Double, length: Double, word: String)? {
        let fields = line.text.split(whereSeparator: \.isWhitespace)
        // After the word a confidence, or NeMo's "NA lex NA"; in its phrases <space> is one.
        guard (5...6).contains(fields.count) || fields.count == 8 && fields[6] == "lex",
            Double(fields[0]) == nil, let start = Double(fields[2]), let length = Double(fields[3]),
            Double(fields[4]) == nil
        else { return nil }
        return (start, length, String(fields[4]).replacing("<space>", with: " "))
    }

    // MARK: STM

    private static func stm(_ text: TimingText, _ source: TimingSource) throws -> [TimedWord]? {
        let lines = text.lines.filter { !$0.text.hasPrefix(";;") }
        guard !lines.isEmpty, lines.prefix(3).allSatisfy({ Segment($0) != nil }) else { return nil }
        var track = Speakers.Track(words: [], speakers: [])
        for line in lines {
            guard let segment = Segment(line) else {
                throw source.error(
                    "expected recording, channel, speaker, start, end and words", at: .line(line.number))
            }
            guard !segment.words.isEmpty else { continue }
            track.words.append(
                TimedWord(
                    start: segment.start, end: segment.end, text: segment.words, place: .line(line.number)))
            track.speakers.append(segment.speaker)
        }
        guard !track.words.isEmpty else {
            throw source.error("it contains no words; give a transcript with words")
        }
        return try Speakers.chosen([track], source)
    }

    /// A line of an STM (NIST SCTK, "infmts").
    private struct Segment {
        var speaker: String
        var start: Double
        var end: Double
        var words: String

        init?(_ line: TextLine) {
            let fields = line.text.split(maxSplits: 5, whereSeparator: \.isWhitespace)
            guard fields.count >= 5, Double(fields[0]) == nil, let start = Double(fields[3]),
                let end = Double(fields[4]), end >= start
            else { return nil }
            speaker = String(fields[2])
            self.start = start
            self.end = end
            var text = fields.count > 5 ? fields[5] : ""
            if text.first == "<", let close = text.firstIndex(of: ">") {
                text = text[text.index(after: close)...]
            }
            words = Self.spoken(text)
        }

        /// Returns what is said: of alternatives, `{ a / b }`, the first; words that may be missing, `(uh)`, are said; `%noise` is none.
        private static func spoken(_ text: Substring) -> String {
            var words: [Substring] = []
            var isAlternative = false
            var isSecond = false
            for word in text.split(whereSeparator: \.isWhitespace) {
                switch word {
                case "{": isAlternative = true
                case "}":
                    isAlternative = false
                    isSecond = false
                case "/" where isAlternative: isSecond = true
                case "@", "IGNORE_TIME_SEGMENT_IN_SCORING", "ignore_time_segment_in_scoring",
                    "inter_segment_gap":
                    break
                default:
                    let plain = word.first == "(" && word.last == ")" ? word.dropFirst().dropLast() : word
                    if !isSecond, plain.first != "%" { words.append(plain) }
                }
            }
            return words.joined(separator: " ")
        }
    }
}

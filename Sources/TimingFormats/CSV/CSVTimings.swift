import AvatariumCore
import Phonetics

/// Comma-separated forms: Live Link Face, Audio2Face, any `time,jawOpen,...`, and MFA's phones and words.
enum CSVTimings {
    static func read(_ lines: [TextLine], _ source: TimingSource) throws -> TimingContent? {
        guard let header = lines.first, header.text.contains(",") else { return nil }
        let names = fields(header.text)
        let lower = names.map { $0.lowercased() }
        if let begin = lower.firstIndex(of: "begin"), let end = lower.firstIndex(of: "end"),
            let label = lower.firstIndex(of: "label")
        {
            return try aligned(
                lines, Columns(begin: begin, end: end, label: label, type: lower.firstIndex(of: "type")),
                source)
        }
        guard let time = lower.firstIndex(where: { $0 == "timecode" || $0 == "time" || $0 == "timestamp" })
        else {
            return nil
        }
        var builder = CurveBuilder(source: source, names: names)
        guard !builder.isEmpty else { return nil }
        let rows = lines.dropFirst()
        let clock = TimeCode(rows.map { field($0.text, time) })
        for line in rows {
            let row = fields(line.text)
            guard row.count > time, let seconds = clock.seconds(row[time]) else {
                throw source.error(
                    "'\(row.count > time ? row[time].prefix(20) : "")' is no time code",
                    at: .line(line.number))
            }
            let values = try row.enumerated().map { index, text in
                if index == time { return 0.0 }
                guard let number = Double(text) else {
                    throw source.error(
                        "'\(text.prefix(20))' in column \(index + 1) is not a number", at: .line(line.number))
                }
                return number
            }
            try builder.append(time: seconds, values: values, at: .line(line.number))
        }
        return .curves(try builder.track(rate: nil))
    }

    private struct Columns {
        var begin: Int
        var end: Int
        var label: Int
        var type: Int?
    }

    /// MFA: `Begin,End,Label,Type,Speaker`.
    private static func aligned(
        _ lines: [TextLine], _ columns: Columns, _ source: TimingSource
    ) throws -> TimingContent {
        var symbols: [TimedSymbol] = []
        var words: [TimedWord] = []
        for line in lines.dropFirst() {
            let row = fields(line.text)
            guard row.count > max(columns.begin, columns.end, columns.label),
                let start = Double(row[columns.begin]),
                let end = Double(row[columns.end])
            else { throw source.error("expected begin, end and a label", at: .line(line.number)) }
            let label = row[columns.label]
            let type = columns.type.flatMap { $0 < row.count ? row[$0].lowercased() : nil } ?? "phones"
            if type.hasPrefix("word") {
                words.append(TimedWord(start: start, end: end, text: label, place: .line(line.number)))
            } else {
                symbols.append(
                    TimedSymbol(start: start, end: end, symbol: label, place: .line(line.number)))
            }
        }
        guard !symbols.isEmpty else {
            return .phones(try WordTimings.timeline(words, source: source, form: "mfa"))
        }
        return .phones(
            try TimelineBuilder(source: source, form: "mfa").timeline(
                symbols, alphabet: Alphabet.detect(symbols.map(\.symbol)), words: words))
    }

    /// The fields of a line; quoted ones may hold commas and doubled quotes.
    private static func fields(_ line: Substring) -> [String] {
        guard line.contains("\"") else {
            return line.split(separator: ",", omittingEmptySubsequences: false).map(trimmed)
        }
        var out: [String] = []
        var current = ""
        var quoted = false
        for character in line {
            if character == "\"" {
                quoted.toggle()
            } else if character == ",", !quoted {
                out.append(trimmed(current[...]))
                current = ""
            } else {
                current.append(character)
            }
        }
        out.append(trimmed(current[...]))
        return out
    }

    private static func field(_ line: Substring, _ index: Int) -> String {
        let fields = fields(line)
        return index < fields.count ? fields[index] : ""
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}

/// Reads times as seconds or as `HH:MM:SS:FF.mmm` relative to the first.
///
/// The number of frames in a second is not in such a file: it is the usual rate just above the largest frame
/// number seen. A clip that runs over midnight goes on.
struct TimeCode {
    private var framesPerSecond = 60.0
    private var origin = 0.0

    init(_ column: [String]) {
        let largest = column.compactMap { Self.parts($0)?.frames }.max() ?? 0
        framesPerSecond = [24, 25, 30, 48, 50, 60, 100, 120, 240].first { largest < $0 } ?? 1000
        if let first = column.first, Self.parts(first) != nil { origin = raw(first) ?? 0 }
    }

    func seconds(_ text: String) -> Double? {
        guard let raw = raw(text) else { return nil }
        guard Self.parts(text) != nil else { return raw }
        let elapsed = raw - origin
        return elapsed < -1 ? elapsed + 86_400 : max(0, elapsed)
    }

    private func raw(_ text: String) -> Double? {
        if let seconds = Double(text) { return seconds }
        return Self.parts(text).map { $0.seconds + $0.frames / framesPerSecond }
    }

    private static func parts(_ text: String) -> (seconds: Double, frames: Double)? {
        let fields = text.split(separator: ":").map { Double($0) }
        guard fields.count == 4, let h = fields[0], let m = fields[1], let s = fields[2], let f = fields[3],
            h >= 0, m >= 0, s >= 0, f >= 0, h < 1000, m < 60, s < 61, f < 1000
        else { return nil }
        return (h * 3600 + m * 60 + s, f)
    }
}

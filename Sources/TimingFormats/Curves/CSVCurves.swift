import AvatariumCore

/// Curves as a table, `time,jawOpen,...`: one row per frame, time in seconds or as a time code, in a column named `time_ms` in
/// milliseconds. Fields stand between commas, or between semicolons or tabs, where numbers may have decimal commas. Lines
/// with `#` are notes.
///
/// Live Link Face and Audio2Face write such tables too, with their own names of columns.
enum CSVCurves {
    static let format = TimingFormat(
        "csv", "Face curves in CSV", ["csv"], text: read, writer: .curves { $0.csv() })

    static func read(_ text: TimingText, _ source: TimingSource) throws -> TimingContent? {
        let lines = text.lines.filter { $0.text.first != "#" }
        guard let header = lines.first, header.text.utf8.count < 100_000,
            let separator = [",", ";", "\t"].first(where: { header.text.contains($0) }).map({ Character($0) })
        else { return nil }
        let names = CSVLine.fields(header.text, separator)
        var builder = CurveBuilder(source: source, names: names)
        guard let time = names.firstIndex(where: { times.contains($0.lowercased()) }) else {
            guard builder.shapeCount > 1 || builder.shapeCount == 1 && lines.count > 1 && names.count > 1
            else {
                return nil
            }
            throw source.error(
                "its columns are face shapes and none of them is a time; give a column 'time' in seconds",
                at: .line(header.number))
        }
        guard !builder.isEmpty else { return nil }
        let perSecond = milliseconds.contains(names[time].lowercased()) ? 1000.0 : 1
        let rows = lines.dropFirst()
        func plain(_ field: String) -> String {
            separator == "," || !field.contains(",") ? field : field.replacing(",", with: ".")
        }
        let clock = TimeCode(
            rows.map { line in
                let row = CSVLine.fields(line.text, separator)
                return row.count > time ? plain(row[time]) : ""
            })
        for line in rows {
            let row = CSVLine.fields(line.text, separator)
            guard row.count > time, let seconds = clock.seconds(plain(row[time])) else {
                let shown = row.count > time ? row[time].quotedForMessage(limit: 20) : ""
                throw source.error("'\(shown)' is not a time code", at: .line(line.number))
            }
            let values = try row.enumerated().map { index, text in
                if index == time { return 0.0 }
                guard let number = Double(plain(text)) else {
                    throw source.error(
                        "'\(text.quotedForMessage(limit: 20))' in column \(index + 1) is not a number",
                        at: .line(line.number))
                }
                return number
            }
            try builder.append(
                time: seconds / perSecond, isInteger: perSecond == 1 && Int(row[time]) != nil, values: values,
                at: .line(line.number))
        }
        return .curves(try builder.track(rate: nil))
    }

    private static let milliseconds: Set<String> = [
        "time_ms", "timems", "time(ms)", "time (ms)", "ms", "milliseconds", "timestamp_ms",
    ]
    static let times = milliseconds.union([
        "timecode", "time", "timestamp", "t", "seconds", "time_s", "time(s)", "time (s)", "sec",
    ])

    /// Whether a line names the columns of such a table.
    static func isHeader(_ line: Substring) -> Bool {
        line.utf8.count < 100_000
            && [",", ";", "\t"].contains { separator in
                CSVLine.fields(line, Character(separator)).contains { times.contains($0.lowercased()) }
            }
    }
}

/// A line of comma-separated values (RFC 4180).
enum CSVLine {
    /// The fields of a line; quoted ones may hold commas and doubled quotes.
    static func fields(_ line: Substring, _ separator: Character = ",") -> [String] {
        guard line.contains("\"") else {
            return line.split(separator: separator, omittingEmptySubsequences: false).map(trimmed)
        }
        var out: [String] = []
        var current = ""
        var quoted = false
        for character in line {
            if character == "\"" {
                quoted.toggle()
            } else if character == separator, !quoted {
                out.append(trimmed(current[...]))
                current = ""
            } else {
                current.append(character)
            }
        }
        out.append(trimmed(current[...]))
        return out
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}

/// Reads times as seconds or as `HH:MM:SS:FF.mmm` relative to the first; with a semicolon before the frames as drop-frame
/// time codes, which leave out numbers of frames but no frames (SMPTE ST 12-1).
///
/// The number of frames in a second is not in such a file: it is the usual rate just above the largest frame
/// number seen. A clip that runs over midnight goes on.
struct TimeCode {
    private var framesPerSecond = 60.0
    private var origin = 0.0
    private let dropsFrames: Bool

    init(_ column: [String]) {
        let largest = column.compactMap { Self.parts($0)?.frames }.max() ?? 0
        dropsFrames = column.contains { $0.contains(";") }
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
        guard let (seconds, frames) = Self.parts(text) else { return nil }
        guard dropsFrames else { return seconds + frames / framesPerSecond }
        // Of every minute but each tenth the first numbers are left out: two at 29.97 frames a second, four at 59.94.
        let minutes = (seconds / 60).rounded(.down)
        let dropped = (framesPerSecond / 15).rounded() * (minutes - (minutes / 10).rounded(.down))
        return (seconds * framesPerSecond + frames - dropped) * 1.001 / framesPerSecond
    }

    private static func parts(_ text: String) -> (seconds: Double, frames: Double)? {
        let fields = text.split(whereSeparator: { $0 == ":" || $0 == ";" }).map { Double($0) }
        guard fields.count == 4, let h = fields[0], let m = fields[1], let s = fields[2], let f = fields[3],
            h >= 0, m >= 0, s >= 0, f >= 0, h < 1000, m < 60, s < 61, f < 1000
        else { return nil }
        return (h * 3600 + m * 60 + s, f)
    }
}

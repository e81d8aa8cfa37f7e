import AvatariumCore

/// Curves as comma-separated values, `time,jawOpen,...`: one row per frame, time in seconds or as a time code.
///
/// Live Link Face and Audio2Face write such tables too, with their own names of columns.
enum CSVCurves {
    static let format = TimingFormat(
        "csv", "Face curves in CSV", ["csv"], text: read, writer: .curves { $0.csv() })

    static func read(_ text: TimingText, _ source: TimingSource) throws -> TimingContent? {
        guard let header = text.lines.first, header.text.contains(",") else { return nil }
        let names = CSVLine.fields(header.text)
        guard
            let time = names.firstIndex(where: {
                ["timecode", "time", "timestamp"].contains($0.lowercased())
            })
        else { return nil }
        var builder = CurveBuilder(source: source, names: names)
        guard !builder.isEmpty else { return nil }
        let rows = text.lines.dropFirst()
        let clock = TimeCode(rows.map { CSVLine.field($0.text, time) })
        for line in rows {
            let row = CSVLine.fields(line.text)
            guard row.count > time, let seconds = clock.seconds(row[time]) else {
                let shown = row.count > time ? row[time].quotedForMessage(limit: 20) : ""
                throw source.error("'\(shown)' is not a time code", at: .line(line.number))
            }
            let values = try row.enumerated().map { index, text in
                if index == time { return 0.0 }
                guard let number = Double(text) else {
                    throw source.error(
                        "'\(text.quotedForMessage(limit: 20))' in column \(index + 1) is not a number",
                        at: .line(line.number))
                }
                return number
            }
            try builder.append(
                time: seconds, isInteger: Int(row[time]) != nil, values: values, at: .line(line.number))
        }
        return .curves(try builder.track(rate: nil))
    }
}

/// A line of comma-separated values (RFC 4180).
enum CSVLine {
    /// The fields of a line; quoted ones may hold commas and doubled quotes.
    static func fields(_ line: Substring) -> [String] {
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

    static func field(_ line: Substring, _ index: Int) -> String {
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

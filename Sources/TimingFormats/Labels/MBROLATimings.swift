import AvatariumCore
import Phonetics

/// MBROLA's `.pho`, as espeak-ng writes it (`--pho`): a phone in SAMPA, its length in milliseconds and pairs of place and
/// pitch on each line.
enum MBROLATimings {
    static let format = TimingFormat("pho", "MBROLA and espeak-ng .pho", ["pho"], text: read)

    static func read(_ text: TimingText, _ source: TimingSource) throws -> TimingContent? {
        let lines = text.lines.filter { !$0.text.hasPrefix(";") && !$0.text.hasPrefix("#") }
        let rows = lines.map { $0.text.split(whereSeparator: \.isWhitespace) }
        let isNamed = source.name.lowercased().hasSuffix(".pho")
        guard lines.count > 1, rows.prefix(isNamed ? 1 : 20).allSatisfy(isRow),
            isNamed || rows.contains(where: { $0[0] == "_" }) && rows.contains(where: { $0.count > 2 })
        else { return nil }
        var symbols: [TimedSymbol] = []
        var end = 0.0
        for (line, row) in zip(lines, rows) {
            guard isRow(row), let length = Double(row[1]), (0..<3_600_000).contains(length) else {
                throw source.error(
                    "expected a phone, its length in milliseconds and pairs of place and pitch",
                    at: .line(line.number))
            }
            symbols.append(
                TimedSymbol(
                    start: end, end: end + length / 1000, symbol: row[0] == "_" ? "sil" : String(row[0]),
                    place: .line(line.number)))
            end += length / 1000
        }
        return .phones(try TimelineBuilder(source: source, form: "pho").timeline(symbols))
    }

    private static func isRow(_ fields: [Substring]) -> Bool {
        fields.count >= 2 && fields.count % 2 == 0 && Double(fields[0]) == nil && fields[0].count <= 8
            && fields.dropFirst().allSatisfy { Double($0) != nil }
    }
}

import AvatariumCore
import Phonetics

/// Label files: HTK (`start end label`, in units of 100 ns) and Audacity's and WaveSurfer's (in seconds).
enum LabelTimings {
    static func matches(_ lines: [TextLine]) -> Bool {
        lines.prefix(3).allSatisfy { line in
            let fields = line.text.split(whereSeparator: \.isWhitespace)
            return fields.count >= 3 && Double(fields[0]) != nil && Double(fields[1]) != nil
        }
    }

    static func read(_ lines: [TextLine], _ source: TimingSource) throws -> TimingContent {
        // HTK's 100 ns are whole numbers; whole seconds in a row do not happen in labels of sounds.
        let whole = lines.allSatisfy { line in
            line.text.split(whereSeparator: \.isWhitespace).prefix(2).allSatisfy { Int($0) != nil }
        }
        let unitsPerSecond = whole ? 1e7 : 1
        var symbols: [TimedSymbol] = []
        for line in lines {
            let fields = line.text.split(whereSeparator: \.isWhitespace)
            guard fields.count >= 3, let start = Double(fields[0]), let end = Double(fields[1]) else {
                throw source.error("expected start, end and a label", at: .line(line.number))
            }
            symbols.append(
                TimedSymbol(
                    start: start / unitsPerSecond, end: end / unitsPerSecond, symbol: label(fields[2]),
                    place: .line(line.number)))
        }
        let builder = TimelineBuilder(source: source, form: "labels")
        let names = symbols.map(\.symbol)
        let alphabet = Alphabet.detect(names)
        guard
            names.allSatisfy({ alphabet.segments(of: $0) != nil && $0.count <= 5 || Alphabet.isSilence($0) })
        else {
            throw source.error(
                "its labels are no phones; give a label file of phones", at: .line(lines[0].number))
        }
        return .phones(try builder.timeline(symbols, alphabet: alphabet))
    }

    /// The centre of a full-context label `a^b-c+d=e`, or the label itself.
    private static func label(_ text: Substring) -> String {
        if let minus = text.firstIndex(of: "-"), let plus = text.firstIndex(of: "+"), minus < plus,
            text.index(after: minus) < plus
        {
            return String(text[text.index(after: minus)..<plus])
        }
        return String(text)
    }
}

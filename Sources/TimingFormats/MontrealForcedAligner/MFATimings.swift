import AvatariumCore
import Phonetics

/// The Montreal Forced Aligner in JSON: `{"tiers": {"words": {"entries": [[begin, end, label]]}, "phones": ...}}`, and
/// in CSV: `Begin,End,Label,Type,Speaker`.
enum MFATimings {
    static let format = TimingFormat(
        "mfa", "Montreal Forced Aligner", ["json", "csv"], json: read, text: read)

    /// What one speaker says.
    private struct Speaker {
        var name: String
        var symbols: [TimedSymbol] = []
        var words: [TimedWord] = []

        mutating func add(start: Double, end: Double, label: String, isWord: Bool, place: TimingPlace) {
            if !isWord {
                symbols.append(TimedSymbol(start: start, end: end, symbol: label, place: place))
            } else if !Alphabet.isSilence(label), !Alphabet.isUnknownWord(label) {
                words.append(TimedWord(start: start, end: end, text: label, place: place))
            }
        }

        func timeline(_ source: TimingSource) throws -> PhoneTimeline {
            guard !symbols.isEmpty else {
                return try WordTimings.timeline(words, source: source, form: "mfa")
            }
            return try TimelineBuilder(source: source, form: "mfa").timeline(symbols, words: words)
        }
    }

    /// Tiers are named `words` and `phones`, with several speakers `anna - words`.
    static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        guard let tiers = JSONCursor(value)["tiers"], tiers.value.object != nil else { return nil }
        var speakers: [Speaker] = []
        for (name, tier) in tiers.members {
            let isWord = name == "words" || name.hasSuffix("- words")
            guard isWord || name == "phones" || name.hasSuffix("- phones"), let entries = tier["entries"]
            else {
                continue
            }
            let who = String(
                name.dropLast(isWord ? 5 : 6).split(whereSeparator: { $0 == " " || $0 == "-" }).joined(
                    separator: " "))
            let index = speakers.firstIndex { $0.name == who } ?? speakers.count
            if index == speakers.count { speakers.append(Speaker(name: who)) }
            for entry in entries.elements {
                guard let start = entry.value[0]?.double, let end = entry.value[1]?.double,
                    let label = entry.value[2]?.string
                else { throw source.error("expected [begin, end, label]", at: .pointer(entry.pointer)) }
                speakers[index].add(
                    start: start, end: end, label: label, isWord: isWord, place: .pointer(entry.pointer))
            }
        }
        return .phones(try timeline(speakers, source))
    }

    static func read(_ text: TimingText, _ source: TimingSource) throws -> TimingContent? {
        guard let header = text.lines.first, header.text.contains(",") else { return nil }
        let names = CSVLine.fields(header.text).map { $0.lowercased() }
        guard let begin = names.firstIndex(of: "begin"), let finish = names.firstIndex(of: "end"),
            let name = names.firstIndex(of: "label")
        else { return nil }
        let kind = names.firstIndex(of: "type")
        let who = names.firstIndex(of: "speaker")
        var speakers: [Speaker] = []
        var known: [String: Int] = [:]
        for line in text.lines.dropFirst() {
            let row = CSVLine.fields(line.text)
            guard row.count > max(begin, finish, name), let start = Double(row[begin]),
                let end = Double(row[finish])
            else { throw source.error("expected begin, end and a label", at: .line(line.number)) }
            let speaker = who.flatMap { $0 < row.count ? row[$0] : nil } ?? ""
            let index = known[speaker] ?? speakers.count
            if index == speakers.count {
                speakers.append(Speaker(name: speaker))
                known[speaker] = index
            }
            let type = kind.flatMap { $0 < row.count ? row[$0].lowercased() : nil } ?? "phones"
            speakers[index].add(
                start: start, end: end, label: row[name], isWord: type.hasPrefix("word"),
                place: .line(line.number))
        }
        return .phones(try timeline(speakers, source))
    }

    private static func timeline(_ speakers: [Speaker], _ source: TimingSource) throws -> PhoneTimeline {
        let speakers = speakers.filter { !$0.symbols.isEmpty || !$0.words.isEmpty }
        let names = speakers.map(\.name).filter { !$0.isEmpty }
        if let wanted = source.speaker {
            guard let one = speakers.first(where: { Speakers.isSame($0.name, wanted) }) else {
                throw Speakers.unknown(wanted, names, source)
            }
            return try one.timeline(source)
        }
        guard !speakers.isEmpty else {
            throw source.error("it contains no phones and no words; give at least one")
        }
        if names.count > 1 { Speakers.note(names, source) }
        return Speakers.merged(try speakers.map { try $0.timeline(source) }, source)
    }
}

import AvatariumCore
import Phonetics

/// Inworld: `wordAlignment.phoneticDetails[].phones[] {phoneSymbol, startTimeSeconds, durationSeconds}`, stress as a
/// digit after the IPA.
enum InworldTimings {
    static let format = TimingFormat("inworld", "Inworld timestamps", ["json"], json: read)

    static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let roots = JSONCursor.all(value).compactMap {
            $0.holder(of: "wordAlignment")?.first(of: "wordAlignment")
        }
        guard !roots.isEmpty else { return nil }
        var symbols: [TimedSymbol] = []
        var words: [TimedWord] = []
        for root in roots {
            let base = words.count
            if let names = root.first(of: "words") {
                let texts = try names.strings(source)
                let starts = try root.first(of: "wordStartTimeSeconds")?.numbers(source) ?? []
                let ends = try root.first(of: "wordEndTimeSeconds")?.numbers(source) ?? []
                try source.matching(texts.count, starts.count, ends.count, at: root.pointer)
                for index in texts.indices {
                    words.append(
                        TimedWord(
                            start: starts[index], end: ends[index], text: texts[index],
                            place: .pointer("\(names.pointer)/\(index)")))
                }
            }
            for (order, detail) in (root.first(of: "phoneticDetails")?.elements ?? []).enumerated() {
                let word = base + (detail.value["wordIndex"]?.int ?? order)
                for phone in detail.first(of: "phones")?.elements ?? [] {
                    let start = try source.number(phone.value, "startTimeSeconds", at: phone.pointer)
                    let length = try source.number(phone.value, "durationSeconds", at: phone.pointer)
                    var symbol = try source.string(phone.value, "phoneSymbol", at: phone.pointer)
                    let digit = symbol.last?.wholeNumberValue
                    if digit != nil { symbol.removeLast() }
                    symbols.append(
                        TimedSymbol(
                            start: start, end: start + length, symbol: symbol,
                            stress: digit == 1 ? 1 : digit == 2 ? 2 : 0,
                            word: words.indices.contains(word) ? word : nil, place: .pointer(phone.pointer)))
                }
            }
        }
        guard !symbols.isEmpty else {
            return .phones(try WordTimings.timeline(words, source: source, form: "inworld"))
        }
        return .phones(
            try TimelineBuilder(source: source, form: "inworld").timeline(
                symbols, words: words))
    }
}

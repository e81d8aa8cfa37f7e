import AvatariumCore
import Phonetics

/// TalkingHead and HeadTTS: arrays of Oculus visemes (`visemes`, `vtimes`, `vdurations`) and of words (`words`,
/// `wtimes`, `wdurations`), either or both, in milliseconds.
enum TalkingHeadTimings {
    static let format = TimingFormat("talkinghead", "TalkingHead and HeadTTS", ["json"], json: read)

    static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let root =
            JSONCursor(value)["data"].flatMap { $0["visemes"] ?? $0["wtimes"] != nil ? $0 : nil }
            ?? JSONCursor(value)
        let words = try words(of: root, source)
        guard let visemes = root.first(of: "visemes"), let times = root.first(of: "vtimes"),
            let lengths = root.first(of: "vdurations")
        else {
            guard let words else { return nil }
            return .phones(
                try WordTimings.timeline(
                    words, source: source, form: "talkinghead", style: .script, isInSeconds: true))
        }
        let names = try visemes.strings(source)
        let starts = try times.numbers(source)
        let durations = try lengths.numbers(source)
        try source.matching(names.count, starts.count, durations.count, at: root.pointer)
        let order = starts.indices.sorted { starts[$0] < starts[$1] }
        // Visemes there overlap on purpose, to blend; the next one begins where it begins.
        let symbols = order.enumerated().map { place, index in
            let next = place + 1 < order.count ? starts[order[place + 1]] : .infinity
            return TimedSymbol(
                start: starts[index] / 1000, end: min(starts[index] + durations[index], next) / 1000,
                symbol: names[index], place: .pointer("\(visemes.pointer)/\(index)"))
        }
        return .phones(
            try TimelineBuilder(source: source, form: "headtts", confidence: 0.7).timeline(
                symbols, alphabet: .oculus, words: words ?? []))
    }

    /// The words, where the file has times for them.
    private static func words(of root: JSONCursor, _ source: TimingSource) throws -> [TimedWord]? {
        guard let list = root["words"], list.value.array != nil,
            let starts = try root.first(of: "wtimes")?.numbers(source),
            let durations = try root.first(of: "wdurations")?.numbers(source)
        else { return nil }
        let texts = try list.strings(source)
        try source.matching(texts.count, starts.count, durations.count, at: list.pointer)
        return texts.indices.map {
            TimedWord(
                start: starts[$0] / 1000, end: (starts[$0] + durations[$0]) / 1000,
                text: texts[$0].split(whereSeparator: \.isWhitespace).joined(separator: " "),
                place: .pointer(list.pointer(to: $0)))
        }
    }
}

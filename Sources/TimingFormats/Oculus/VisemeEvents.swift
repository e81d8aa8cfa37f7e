import AvatariumCore
import Phonetics

/// Lists of visemes by Oculus' or VRM's names with their times, as many tools save them: `[{"time", "viseme"}]`, in seconds
/// or milliseconds, with or without ends.
enum VisemeEvents {
    static let format = TimingFormat("visemes", "Visemes of Oculus and VRM with times", ["json"], json: read)

    private static let names = ["viseme", "name", "value", "shape", "label", "v"]
    private static let starts = ["time", "start", "t", "offset", "timestamp", "start_time", "startTime"]
    private static let ends = ["end", "end_time", "endTime"]

    static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let root = JSONCursor(value)
        let list = (root.first(of: "visemes", "lipsync", "mouthCues", "cues") ?? root).elements
        guard let first = list.first(where: { $0.value.object != nil }), let name = name(of: first),
            let alphabet = [Alphabet.oculus, .vrm].first(where: { alphabet in
                list.allSatisfy { item in
                    self.name(of: item).map { alphabet.segments(of: $0) != nil } ?? false
                }
            }), starts.contains(where: { first[$0] != nil }), !name.isEmpty, list.count > 1
        else { return nil }
        var symbols: [TimedSymbol] = []
        for item in list {
            guard let start = try item.time(source, of: starts) else {
                throw source.error("a viseme needs a time", at: .pointer(item.pointer))
            }
            let end =
                try item.time(source, of: ends) ?? item["duration"]?.time(source).map { start + $0 }
            symbols.append(
                TimedSymbol(
                    start: start, end: end, symbol: self.name(of: item) ?? "", place: .pointer(item.pointer)))
        }
        // Visemes last tenths of a second.
        let steps = zip(symbols, symbols.dropFirst()).map { $1.start - $0.start }.filter { $0 > 0 }.sorted()
        if let typical = steps.isEmpty ? nil : steps[steps.count / 2], typical >= 5 {
            for index in symbols.indices {
                symbols[index].start /= 1000
                symbols[index].end = symbols[index].end.map { $0 / 1000 }
            }
            source.note(
                "TIMING_UNIT",
                "its times are plausible for speech only as milliseconds, not as seconds; "
                    + "they are read as such",
                at: symbols[0].place)
        }
        return .phones(
            try TimelineBuilder(source: source, form: "visemes", confidence: 0.7).timeline(
                symbols, alphabet: alphabet))
    }

    private static func name(of item: JSONCursor) -> String? {
        names.lazy.compactMap { item[$0]?.value.string }.first
    }
}

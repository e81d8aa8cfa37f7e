import AvatariumCore
import Phonetics

/// Cartesia: `phoneme_timestamps {phonemes, start, end}` and `word_timestamps {words, start, end}` in seconds, in
/// chunks of one context.
enum CartesiaTimings {
    static let format = TimingFormat("cartesia", "Cartesia timestamps", ["json", "jsonl"], json: read)

    static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let chunks = JSONCursor.all(value)
        guard
            chunks.contains(where: {
                $0.value["phoneme_timestamps"] != nil || $0.value["word_timestamps"] != nil
            })
        else { return nil }
        var symbols: [TimedSymbol] = []
        var words: [TimedWord] = []
        var context: JSONCursor?
        for chunk in chunks {
            // A context is an utterance of its own, whose times count from 0.
            if let next = chunk.first(of: "context_id"),
                chunk["phoneme_timestamps"] ?? chunk["word_timestamps"] != nil
            {
                if let context, context.value != next.value {
                    throw source.error(
                        "a second context begins here, whose times start at 0 again; give a file for each context",
                        at: .pointer(next.pointer))
                }
                context = next
            }
            if let list = chunk.first(of: "phoneme_timestamps"), let names = list.first(of: "phonemes") {
                for item in try parallel(list, names, source) {
                    symbols.append(
                        TimedSymbol(
                            start: item.start ?? 0, end: item.end, symbol: item.text, place: item.place))
                }
            }
            if let list = chunk.first(of: "word_timestamps"), let names = list.first(of: "words") {
                words += try parallel(list, names, source)
            }
        }
        guard !symbols.isEmpty else {
            if let language = chunks.lazy.compactMap({ $0["language"]?.value.string }).first {
                source.nameLanguage(language, at: nil)
            }
            return .phones(try WordTimings.timeline(words, source: source, form: "cartesia"))
        }
        try symbols.scaleToSeconds(&words, source)
        return .phones(
            try TimelineBuilder(source: source, form: "cartesia").timeline(
                symbols, alphabet: .ipa, words: words))
    }

    private static func parallel(
        _ list: JSONCursor, _ names: JSONCursor, _ source: TimingSource
    ) throws -> [TimedWord] {
        let texts = try names.strings(source)
        let starts = try list.first(of: "start")?.numbers(source) ?? []
        let ends = try list.first(of: "end")?.numbers(source) ?? []
        try source.matching(texts.count, starts.count, ends.count, at: list.pointer)
        return texts.indices.map {
            TimedWord(
                start: starts[$0], end: ends[$0], text: texts[$0], place: .pointer("\(names.pointer)/\($0)"))
        }
    }
}

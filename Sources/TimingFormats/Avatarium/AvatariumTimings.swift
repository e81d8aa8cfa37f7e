import AvatariumCore
import Phonetics

/// Our own interchange file: `{"text", "alphabet", "phones": [{"start", "end", "phone"}]}`.
///
/// `alphabet` is `ipa` (default), `arpabet`, `xsampa`, `espeak`, or one of the viseme sets; a phone may carry
/// `stress` (0, 1, 2), `word` (an index) and the file `words: [{"start", "end", "word"}]`.
enum OwnTimings {
    static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        guard let phones = value["phones"]?.array else { return nil }
        if let name = value["alphabet"] {
            guard let text = name.string, Alphabet(named: text) != nil else {
                throw source.error(
                    "this alphabet is not known; use one of "
                        + Alphabet.allCases.map(\.rawValue).joined(separator: ", "),
                    at: .pointer("/alphabet"))
            }
        }
        var symbols: [TimedSymbol] = []
        for (index, phone) in phones.enumerated() {
            let pointer = "/phones/\(index)"
            let key = ["phone", "symbol", "ipa", "label", "value"].first { phone[$0] != nil } ?? "phone"
            let symbol = try source.string(phone, key, at: pointer)
            symbols.append(
                TimedSymbol(
                    start: try source.number(phone, "start", at: pointer),
                    end: phone["end"] == nil ? nil : try source.number(phone, "end", at: pointer),
                    symbol: symbol, stress: max(0, min(2, phone["stress"]?.int ?? 0)),
                    word: phone["word"]?.int ?? phone["wordIndex"]?.int, place: .pointer(pointer)))
        }
        var words: [TimedWord] = []
        for (index, word) in (value["words"]?.array ?? []).enumerated() {
            let pointer = "/words/\(index)"
            words.append(
                TimedWord(
                    start: try source.number(word, "start", at: pointer),
                    end: word["end"] == nil ? nil : try source.number(word, "end", at: pointer),
                    text: try source.string(word, word["word"] == nil ? "text" : "word", at: pointer),
                    place: .pointer(pointer)))
        }
        for index in symbols.indices where symbols[index].word.map({ !words.indices.contains($0) }) ?? false {
            symbols[index].word = nil
        }
        let alphabet =
            value["alphabet"]?.string.flatMap(Alphabet.init(named:)) ?? Alphabet.detect(symbols.map(\.symbol))
        return .phones(
            try TimelineBuilder(source: source, form: "avatarium").timeline(
                symbols, alphabet: alphabet, words: words))
    }
}

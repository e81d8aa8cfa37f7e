import AvatariumCore
import Phonetics

/// Avatarium's own interchange file: `{"text", "alphabet", "phones": [{"start", "end", "phone"}]}`.
///
/// `alphabet` is `ipa` (default), `arpabet`, `xsampa`, `espeak`, or one of the viseme sets; a phone may carry
/// `stress` (0, 1, 2), `word` (an index) and the file `words: [{"start", "end", "word"}]`.
enum AvatariumTimings {
    static let format = TimingFormat(
        "phones", "Avatarium phones", ["json"], json: read,
        writer: .phones { timeline, _ in timeline.phonesJSON() })

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
        if let language = value["language"]?.string {
            source.nameLanguage(language, at: .pointer("/language"))
        }
        try symbols.scaleToSeconds(&words, source)
        let builder = TimelineBuilder(source: source, form: "avatarium")
        guard let named = value["alphabet"]?.string.flatMap(Alphabet.init(named:)) else {
            return .phones(try builder.timeline(symbols, words: words))
        }
        return .phones(try builder.timeline(symbols, alphabet: named, words: words))
    }
}

extension PhoneTimeline {
    /// Returns Avatarium's own JSON: IPA with stress, and the words; times in seconds with microseconds.
    package func phonesJSON() -> String {
        var out = DecimalText(reserving: phones.count * 70)
        func add(_ name: String, _ text: String, from start: Double, to end: Double) {
            out.add("{\"start\":")
            out.add(start, digits: 6)
            out.add(",\"end\":")
            out.add(end, digits: 6)
            out.add(",\"\(name)\":\(Self.quoted(text))")
        }
        out.add("{\"alphabet\":\"ipa\",\"phones\":[\n")
        for (index, phone) in phones.enumerated() {
            add("phone", phone.ipa, from: phone.start, to: phone.end)
            if phone.stress > 0 { out.add(",\"stress\":\(phone.stress)") }
            if let word = phone.wordIndex { out.add(",\"word\":\(word)") }
            out.add(index + 1 < phones.count ? "},\n" : "}\n")
        }
        out.add("],\"words\":[\n")
        for (index, word) in words.enumerated() {
            add("word", word.text, from: word.start, to: word.end)
            out.add(index + 1 < words.count ? "},\n" : "}\n")
        }
        out.add("]}\n")
        return out.text
    }

    private static func quoted(_ text: String) -> String {
        String(decoding: JSON.string(text).encoded(), as: UTF8.self)
    }
}

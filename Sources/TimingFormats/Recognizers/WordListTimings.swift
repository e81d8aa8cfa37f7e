import AvatariumCore

/// Recognisers' words with times: Whisper and OpenAI, whisper.cpp, Deepgram, Kokoro's captions, Gentle.
enum WordListTimings {
    static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let root = JSONChunk(pointer: "", value: value)
        if let transcription = root.first("transcription") { return try whisperCpp(transcription, source) }
        var source = source
        if source.language == nil, let language = value["language"]?.string {
            source.language = known(language, source)
        }
        if let list = deepgram(root) ?? root.first("words", "timestamps", "word_segments") {
            return try content(list, source)
        }
        if let segments = root.first("segments") ?? (value.array != nil ? root : nil) {
            // Words where the segments have them, else the segments themselves.
            let words = segments.elements.flatMap { $0.first("words")?.elements ?? [] }
            let list = words.isEmpty ? segments.elements : words
            guard list.contains(where: { word($0) != nil && span($0) != nil }) else { return nil }
            return try content(list, source, form: "whisper")
        }
        return nil
    }

    private static func deepgram(_ root: JSONChunk) -> JSONChunk? {
        root.first("results")?.first("channels")?.elements.first?.first("alternatives")?.elements.first?
            .first("words")
            ?? root.first("channel")?.first("alternatives")?.elements.first?.first("words")
    }

    private static func content(_ list: JSONChunk, _ source: TimingSource) throws -> TimingContent? {
        guard let first = list.elements.first, word(first) != nil else { return nil }
        if list.elements.contains(where: { $0.value["phones"]?.array != nil }) {
            return try gentle(list.elements, source)
        }
        return try content(list.elements, source, form: "words")
    }

    private static func content(
        _ list: [JSONChunk], _ source: TimingSource, form: String
    ) throws -> TimingContent {
        var words: [TimedWord] = []
        // WhisperX gives numerals no times: they share those of the word before, or of the one after.
        var untimed = ""
        for chunk in list {
            guard let text = word(chunk) else {
                throw source.error("a word needs its text, start and end", at: .pointer(chunk.pointer))
            }
            if let span = span(chunk) {
                words.append(
                    TimedWord(
                        start: span.start, end: span.end, text: untimed + text, place: .pointer(chunk.pointer)
                    ))
                untimed = ""
            } else if words.isEmpty {
                untimed += text + " "
            } else {
                words[words.count - 1].text += " " + text
            }
        }
        return .phones(try WordTimings.timeline(words, source: source, form: form))
    }

    private static func word(_ chunk: JSONChunk) -> String? {
        chunk.first("punctuated_word", "word", "text")?.value.string
    }

    private static func span(_ chunk: JSONChunk) -> (start: Double, end: Double?)? {
        guard let start = chunk.first("start", "start_time", "start_ts", "startTime")?.value.double else {
            return nil
        }
        return (start, chunk.first("end", "end_time", "end_ts", "endTime")?.value.double)
    }

    /// `{"transcription": [{"offsets": {"from": ms, "to": ms}, "text"}]}`.
    private static func whisperCpp(_ list: JSONChunk, _ source: TimingSource) throws -> TimingContent? {
        let words = try list.elements.map { chunk in
            guard let text = chunk.value["text"]?.string, let offsets = chunk.first("offsets") else {
                throw source.error("a piece needs text and offsets", at: .pointer(chunk.pointer))
            }
            return TimedWord(
                start: try source.number(offsets.value, "from", at: offsets.pointer) / 1000,
                end: try source.number(offsets.value, "to", at: offsets.pointer) / 1000, text: text,
                place: .pointer(chunk.pointer))
        }
        return .phones(try WordTimings.timeline(words, source: source, form: "whisper"))
    }

    /// Gentle: words with `phones: [{"phone": "hh_B", "duration"}]`; words that it did not find have none.
    private static func gentle(_ list: [JSONChunk], _ source: TimingSource) throws -> TimingContent {
        var symbols: [TimedSymbol] = []
        var words: [TimedWord] = []
        for chunk in list {
            guard let span = span(chunk), let text = word(chunk) else { continue }
            var at = span.start
            for phone in chunk.first("phones")?.elements ?? [] {
                let end = at + (try source.number(phone.value, "duration", at: phone.pointer))
                symbols.append(
                    TimedSymbol(
                        start: at, end: end,
                        symbol: try source.string(phone.value, "phone", at: phone.pointer),
                        word: words.count, place: .pointer(phone.pointer)))
                at = end
            }
            words.append(
                TimedWord(start: span.start, end: span.end, text: text, place: .pointer(chunk.pointer)))
        }
        return .phones(
            try TimelineBuilder(source: source, form: "gentle").timeline(
                symbols, alphabet: .arpabet, words: words))
    }

    /// Whisper says `english` or `en`.
    private static func known(_ language: String, _ source: TimingSource) -> String? {
        let names = [
            "english": "en-us", "en": "en-us", "german": "de", "french": "fr", "spanish": "es",
            "italian": "it",
            "portuguese": "pt-br", "japanese": "ja", "korean": "ko", "chinese": "cmn", "zh": "cmn",
            "russian": "ru", "arabic": "ar", "hindi": "hi", "dutch": "nl", "polish": "pl", "turkish": "tr",
        ]
        let name = names[language.lowercased()] ?? language.lowercased()
        return try? source.pronouncer.checkedLanguage(name)
    }
}

import AvatariumCore
import Phonetics

/// What speech synthesizers report: Piper, Kokoro, HeadTTS, Cartesia, Inworld, espeak-ng's events.
enum SynthesizerTimings {
    /// Cartesia: `phoneme_timestamps {phonemes, start, end}` and `word_timestamps {words, start, end}`, in
    /// chunks.
    static func cartesia(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let chunks = JSONChunk.all(value)
        guard
            chunks.contains(where: {
                $0.value["phoneme_timestamps"] != nil || $0.value["word_timestamps"] != nil
            })
        else { return nil }
        var symbols: [TimedSymbol] = []
        var words: [TimedWord] = []
        for chunk in chunks {
            if let list = chunk.first("phoneme_timestamps"), let names = list.first("phonemes") {
                for item in try parallel(list, names, source) {
                    symbols.append(
                        TimedSymbol(start: item.start, end: item.end, symbol: item.text, place: item.place))
                }
            }
            if let list = chunk.first("word_timestamps"), let names = list.first("words") {
                words += try parallel(list, names, source)
            }
        }
        guard !symbols.isEmpty else {
            return .phones(try WordTimings.timeline(words, source: source, form: "cartesia"))
        }
        return .phones(
            try TimelineBuilder(source: source, form: "cartesia").timeline(
                symbols, alphabet: .ipa, words: words))
    }

    private static func parallel(
        _ list: JSONChunk, _ names: JSONChunk, _ source: TimingSource
    ) throws -> [TimedWord] {
        let texts = try names.strings(source)
        let starts = try list.first("start")?.numbers(source) ?? []
        let ends = try list.first("end")?.numbers(source) ?? []
        try source.matching(texts.count, starts.count, ends.count, at: list.pointer)
        return texts.indices.map {
            TimedWord(
                start: starts[$0], end: ends[$0], text: texts[$0], place: .pointer("\(names.pointer)/\($0)"))
        }
    }

    /// Inworld: `wordAlignment.phoneticDetails[].phones[] {phoneSymbol, startTimeSeconds, durationSeconds}`,
    /// stress as a digit after the IPA.
    static func inworld(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let roots = JSONChunk.all(value).compactMap { $0.holder(of: "wordAlignment")?.first("wordAlignment") }
        guard !roots.isEmpty else { return nil }
        var symbols: [TimedSymbol] = []
        var words: [TimedWord] = []
        for root in roots {
            let base = words.count
            if let names = root.first("words") {
                let texts = try names.strings(source)
                let starts = try root.first("wordStartTimeSeconds")?.numbers(source) ?? []
                let ends = try root.first("wordEndTimeSeconds")?.numbers(source) ?? []
                try source.matching(texts.count, starts.count, ends.count, at: root.pointer)
                for index in texts.indices {
                    words.append(
                        TimedWord(
                            start: starts[index], end: ends[index], text: texts[index],
                            place: .pointer("\(names.pointer)/\(index)")))
                }
            }
            for (order, detail) in (root.first("phoneticDetails")?.elements ?? []).enumerated() {
                let word = base + (detail.value["wordIndex"]?.int ?? order)
                for phone in detail.first("phones")?.elements ?? [] {
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
                symbols, alphabet: Alphabet.detect(symbols.map(\.symbol)), words: words))
    }

    /// HeadTTS and TalkingHead: arrays of Oculus visemes and of words, in milliseconds.
    static func headTTS(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let root = JSONChunk(
            pointer: "", value: value["data"]?["visemes"] != nil ? value["data"] ?? value : value)
        guard let visemes = root.first("visemes"), let times = root.first("vtimes"),
            let lengths = root.first("vdurations")
        else { return nil }
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
        var words: [TimedWord] = []
        if let list = try root.first("words")?.strings(source),
            let starts = try root.first("wtimes")?.numbers(source),
            let durations = try root.first("wdurations")?.numbers(source)
        {
            try source.matching(list.count, starts.count, durations.count, at: "/words")
            words = list.indices.map {
                TimedWord(
                    start: starts[$0] / 1000, end: (starts[$0] + durations[$0]) / 1000,
                    text: list[$0].split(whereSeparator: \.isWhitespace).joined(separator: " "),
                    place: .pointer("/words/\($0)"))
            }
        }
        return .phones(
            try TimelineBuilder(source: source, form: "headtts", confidence: 0.7).timeline(
                symbols, alphabet: .oculus, words: words))
    }

    /// Kokoro: `{"phonemes", "pred_dur"}`, a duration in frames of 25 ms for each phoneme and for the marks of
    /// begin and end; or tokens `{"text", "phonemes", "start_ts", "end_ts"}`.
    static func kokoro(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let root = JSONChunk(pointer: "", value: value)
        if let names = root.first("phonemes", "ps"), let frames = try root.first("pred_dur")?.numbers(source)
        {
            var symbols = try names.strings(source)
            if symbols.count + 2 == frames.count { symbols = [""] + symbols + [""] }
            try source.matching(symbols.count, frames.count, at: "/pred_dur")
            let units = zip(symbols, frames).map { SpelledUnit(symbol: $0, seconds: $1 * 0.025) }
            return .phones(
                try SpelledUnit.timeline(
                    units, alphabet: .kokoro, source: source, form: "kokoro", at: .pointer(names.pointer)))
        }
        let tokens = root.first("tokens")?.elements ?? root.elements
        guard let first = tokens.first, first.value["start_ts"] != nil, first.value["phonemes"] != nil else {
            return nil
        }
        var symbols: [TimedSymbol] = []
        var words: [TimedWord] = []
        for token in tokens {
            // Punctuation has no times.
            guard let start = token.value["start_ts"]?.double, let end = token.value["end_ts"]?.double else {
                continue
            }
            let spelling = try source.string(token.value, "phonemes", at: token.pointer)
            guard spelling.contains(where: \.isLetter) else { continue }
            symbols.append(
                TimedSymbol(
                    start: start, end: end, symbol: spelling, word: words.count,
                    place: .pointer(token.pointer)))
            words.append(
                TimedWord(
                    start: start, end: end, text: token.value["text"]?.string ?? "",
                    place: .pointer(token.pointer)))
        }
        return .phones(
            try TimelineBuilder(source: source, form: "kokoro", confidence: 0.8).timeline(
                symbols, alphabet: .kokoro, words: words))
    }

    /// Piper: `{"sample_rate", "phoneme_alignments": [{"phoneme", "num_samples"}]}`, or `phonemes` with
    /// `phoneme_ids` and `phoneme_id_samples`, whose ids carry pad 0, begin 1 and end 2. One object a sentence.
    static func piper(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        var units: [SpelledUnit] = []
        let chunks = JSONChunk.all(value)
        guard
            chunks.contains(where: {
                $0.value["phoneme_alignments"] != nil || $0.value["phoneme_id_samples"] != nil
            })
        else { return nil }
        for chunk in chunks {
            let rate = chunk.value["sample_rate"]?.double ?? 22_050
            guard rate > 0 else {
                throw source.error(
                    "the sample rate must be positive", at: .pointer("\(chunk.pointer)/sample_rate"))
            }
            if let list = chunk.first("phoneme_alignments") {
                for item in list.elements {
                    units.append(
                        SpelledUnit(
                            symbol: try source.string(item.value, "phoneme", at: item.pointer),
                            seconds: try source.number(item.value, "num_samples", at: item.pointer) / rate))
                }
            } else if let samples = try chunk.first("phoneme_id_samples")?.numbers(source),
                let phonemes = try chunk.first("phonemes")?.strings(source)
            {
                let ids =
                    try chunk.first("phoneme_ids")?.numbers(source)
                    ?? PiperAlignment.paddedIDs(count: samples.count)
                try source.matching(ids.count, samples.count, at: chunk.pointer)
                units += PiperAlignment.units(ids: ids, samples: samples, phonemes: phonemes, rate: rate)
            }
        }
        return .phones(
            try SpelledUnit.timeline(
                units, alphabet: .ipa, source: source, form: "piper", at: .pointer("")))
    }
}

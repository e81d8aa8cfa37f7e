import AvatariumCore
import Phonetics

/// What forced aligners and espeak-ng's event logs give in JSON.
enum AlignerTimings {
    /// MFA: `{"tiers": {"words": {"entries": [[begin, end, label]]}, "phones": ...}}`.
    static func mfa(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        guard let tiers = JSONChunk(pointer: "", value: value).first("tiers"), let object = tiers.value.object
        else { return nil }
        func entries(_ kind: String) throws -> [TimedWord] {
            guard let name = object.keys.first(where: { $0 == kind || $0.hasSuffix("- \(kind)") }),
                let list = tiers.first(name)?.first("entries")
            else { return [] }
            return try list.elements.map { entry in
                guard let start = entry.value[0]?.double, let end = entry.value[1]?.double,
                    let label = entry.value[2]?.string
                else { throw source.error("expected [begin, end, label]", at: .pointer(entry.pointer)) }
                return TimedWord(start: start, end: end, text: label, place: .pointer(entry.pointer))
            }
        }
        let words = try entries("words").filter { !Alphabet.isSilence($0.text) }
        let symbols = try entries("phones").map {
            TimedSymbol(start: $0.start, end: $0.end, symbol: $0.text, place: $0.place)
        }
        guard !symbols.isEmpty else {
            return .phones(try WordTimings.timeline(words, source: source, form: "mfa"))
        }
        return .phones(
            try TimelineBuilder(source: source, form: "mfa").timeline(
                symbols, alphabet: Alphabet.detect(symbols.map(\.symbol)), words: words))
    }

    /// pocketsphinx: `{"b", "d", "t", "w": [{"b", "d", "t", "w": [...]}]}`, begin and duration in seconds.
    static func pocketsphinx(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let chunks = JSONChunk.all(value)
        guard let first = chunks.first, first.value["b"]?.double != nil, first.value["w"]?.array != nil else {
            return nil
        }
        var symbols: [TimedSymbol] = []
        var words: [TimedWord] = []
        func span(_ chunk: JSONChunk) throws -> TimedWord {
            let start = try source.number(chunk.value, "b", at: chunk.pointer)
            var text = try source.string(chunk.value, "t", at: chunk.pointer)
            // "to(3)" is the third pronunciation of "to".
            if text.hasSuffix(")"), let open = text.lastIndex(of: "("), open > text.startIndex {
                text = String(text[..<open])
            }
            return TimedWord(
                start: start, end: start + (try source.number(chunk.value, "d", at: chunk.pointer)),
                text: text,
                place: .pointer(chunk.pointer))
        }
        for word in chunks.flatMap({ $0.first("w")?.elements ?? [] }) {
            let entry = try span(word)
            let silent = Alphabet.isSilence(entry.text)
            for phone in word.first("w")?.elements ?? [] {
                let sound = try span(phone)
                symbols.append(
                    TimedSymbol(
                        start: sound.start, end: sound.end, symbol: sound.text,
                        word: silent ? nil : words.count, place: sound.place))
            }
            if !silent { words.append(entry) }
        }
        guard !symbols.isEmpty else {
            return .phones(try WordTimings.timeline(words, source: source, form: "pocketsphinx"))
        }
        return .phones(
            try TimelineBuilder(source: source, form: "pocketsphinx").timeline(
                symbols, alphabet: .arpabet, words: words))
    }

    /// espeak-ng's events, one a line: `{"ev": "phoneme", "ms", "ph"}`; stops are moved from their burst to
    /// their closure.
    static func espeak(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let chunks = JSONChunk.all(value)
        guard chunks.contains(where: { $0.value["ev"]?.string == "phoneme" }) else { return nil }
        var symbols: [TimedSymbol] = []
        var words: [TimedWord] = []
        var end: Double?
        for chunk in chunks {
            guard let kind = chunk.value["ev"]?.string, ["phoneme", "word", "end"].contains(kind) else {
                continue
            }
            let time = try source.number(chunk.value, "ms", at: chunk.pointer) / 1000
            let place = TimingPlace.pointer(chunk.pointer)
            switch kind {
            case "phoneme":
                symbols.append(
                    TimedSymbol(
                        start: time, symbol: try source.string(chunk.value, "ph", at: chunk.pointer),
                        word: words.isEmpty ? nil : words.count - 1, place: place))
            case "word": words.append(TimedWord(start: time, text: "", place: place))
            default: end = time
            }
        }
        if let end, let last = symbols.indices.last { symbols[last].end = max(end, symbols[last].start) }
        let isIPA = symbols.contains { $0.symbol.unicodeScalars.contains { $0.value > 0x7F } }
        var timeline = try TimelineBuilder(source: source, form: "espeak-ng").timeline(
            symbols, alphabet: isIPA ? .ipa : .espeak, words: words)
        StopClosure.shift(&timeline.phones)
        return .phones(timeline)
    }

    /// Google's timepoints: times of SSML marks. The words between them come from the request's SSML, kept
    /// beside them as `input.ssml` or `ssml`, or are the marks' own names.
    static func google(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let root = JSONChunk(pointer: "", value: value)
        guard let points = root.first("timepoints") else { return nil }
        let marks = try points.elements.map { point in
            TimedWord(
                start: try source.number(point.value, "timeSeconds", at: point.pointer),
                text: try source.string(point.value, "markName", at: point.pointer),
                place: .pointer(point.pointer))
        }
        guard let ssml = root.first("input")?.value["ssml"]?.string ?? value["ssml"]?.string else {
            let spoken = marks.filter {
                $0.text.contains(where: \.isLetter) && !$0.text.contains(where: \.isNumber)
            }
            guard !spoken.isEmpty else {
                throw source.error(
                    "timepoints alone say when, not what; add the request's SSML as \"ssml\"",
                    at: .pointer("/timepoints"))
            }
            return .phones(try WordTimings.timeline(marks, source: source, form: "google"))
        }
        let texts = textAfterMarks(in: ssml)
        let words = marks.map { mark in
            TimedWord(start: mark.start, text: texts[mark.text] ?? "", place: mark.place)
        }
        var timed: [TimedWord] = []
        for (index, word) in words.enumerated() {
            var word = word
            word.end =
                index + 1 < words.count ? max(words[index + 1].start, word.start) : source.audioDuration
            timed.append(word)
        }
        return .phones(try WordTimings.timeline(timed, source: source, form: "google"))
    }

    /// The text that stands after each `<mark name="..."/>` up to the next one.
    private static func textAfterMarks(in ssml: String) -> [String: String] {
        var texts: [String: String] = [:]
        var current: String?
        for piece in ssml.split(separator: "<", omittingEmptySubsequences: true) {
            guard let close = piece.firstIndex(of: ">") else { continue }
            let tag = piece[..<close]
            if tag.hasPrefix("mark"), let name = tag.firstRange(of: "name=") {
                let quoted = tag[name.upperBound...]
                current = quoted.first.map { quote in String(quoted.dropFirst().prefix { $0 != quote }) }
            }
            if let current { texts[current, default: ""] += " " + piece[piece.index(after: close)...] }
        }
        return texts
    }
}

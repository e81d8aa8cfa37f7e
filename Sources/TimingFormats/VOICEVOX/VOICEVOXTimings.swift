import AvatariumCore

/// What VOICEVOX and its relatives (COEIROINK, SHAREVOX) are about to speak: `audio_query` with its accent phrases of moras,
/// and the frames of a song (`phonemes` with `frame_length`).
///
/// The engine's own steps, in their order: the mora that a question gets (on by default), silence before and after, the
/// pauses' own length and scale, the speed, then whole frames (`tts_pipeline/tts_engine.py` of voicevox_engine).
enum VOICEVOXTimings {
    static let format = TimingFormat("voicevox", "VOICEVOX audio query", ["json"], json: read)

    /// Frames per second of the engine: 24,000 samples in hops of 256.
    private static let frameRate = 93.75
    /// Seconds of the mora that a question gets.
    private static let questionLength = 0.15

    static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let root = JSONCursor(value)
        if let query = root.holder(of: "accent_phrases", depth: 2) { return try speech(query, source) }
        if root.elements.first?["moras"] != nil { return try speech(root, source) }
        guard let song = root.holder(of: "phonemes", depth: 1), let notes = song["phonemes"]?.elements,
            notes.contains(where: { $0["frame_length"] != nil })
        else { return nil }
        var run = Run()
        for note in notes {
            let frames = try source.number(note.value, "frame_length", at: note.pointer)
            try run.add(
                source.string(note.value, "phoneme", at: note.pointer), frames / frameRate, note, source)
        }
        return try run.content(source)
    }

    /// - Parameter query: The query, or the list of its accent phrases.
    private static func speech(_ query: JSONCursor, _ source: TimingSource) throws -> TimingContent {
        func number(_ key: String, _ usual: Double, in range: ClosedRange<Double>) throws -> Double {
            guard let number = try query[key]?.time(source) else { return usual }
            guard range.contains(number) else {
                throw source.error("\(number) is out of range", at: .pointer(query.pointer(to: key)))
            }
            return number
        }
        let speed = try number("speedScale", 1, in: 0.01...100)
        let pause = try query["pauseLength"]?.time(source)
        let pauseScale = try number("pauseLengthScale", 1, in: 0...100)
        var run = Run()
        func add(_ name: String, _ seconds: Double?, at place: JSONCursor) throws {
            try run.add(name, frames((seconds ?? 0) / speed), place, source)
        }
        // A list alone has no silence around it; nor has it speech without.
        if query.value.object != nil {
            try add("sil", number("prePhonemeLength", 0.1, in: 0...60), at: query)
        }
        for phrase in query["accent_phrases"]?.elements ?? query.elements {
            let moras = phrase["moras"]?.elements ?? []
            run.beginWord(moras.compactMap { $0["text"]?.value.string }.joined(), at: phrase)
            for mora in moras {
                if let consonant = mora["consonant"]?.value.string {
                    try add(consonant, mora["consonant_length"]?.time(source), at: mora)
                }
                try add(
                    source.string(mora.value, "vowel", at: mora.pointer), mora["vowel_length"]?.time(source),
                    at: mora)
            }
            if phrase["is_interrogative"]?.value == .bool(true), let last = moras.last,
                last["pitch"]?.value.double ?? 0 > 0, let vowel = last["vowel"]?.value.string
            {
                try add(vowel, questionLength, at: last)
            }
            run.endWord()
            if let rest = phrase["pause_mora"], rest.value.object != nil {
                try add("pau", (pause ?? rest["vowel_length"]?.time(source) ?? 0) * pauseScale, at: rest)
            }
        }
        if query.value.object != nil {
            try add("sil", number("postPhonemeLength", 0.1, in: 0...60), at: query)
        }
        return try run.content(source)
    }

    private static func frames(_ seconds: Double) -> Double {
        (seconds * frameRate).rounded(.toNearestOrEven) / frameRate
    }

    /// Phones that follow one another.
    private struct Run {
        private var symbols: [TimedSymbol] = []
        private var words: [TimedWord] = []
        private var isInWord = false
        private var end = 0.0

        mutating func beginWord(_ text: String, at place: JSONCursor) {
            guard !text.isEmpty else { return }
            words.append(TimedWord(start: end, text: text, place: .pointer(place.pointer)))
            isInWord = true
        }

        mutating func endWord() {
            if isInWord { words[words.count - 1].end = end }
            isInWord = false
        }

        mutating func add(_ name: String, _ seconds: Double, _ place: JSONCursor, _ source: TimingSource)
            throws
        {
            guard let ipa = VOICEVOXTimings.phonemes[name] else {
                throw source.error(
                    "'\(name.quotedForMessage(limit: 20))' is not a phoneme of VOICEVOX",
                    at: .pointer(place.pointer))
            }
            guard seconds >= 0, seconds < 3600 else {
                throw source.error("a length is negative or not a number", at: .pointer(place.pointer))
            }
            // A doubled consonant is held before it is let go.
            if let last = symbols.last, last.symbol == VOICEVOXTimings.doubling {
                symbols[symbols.count - 1].symbol = ipa
            }
            symbols.append(
                TimedSymbol(
                    start: end, end: end + seconds, symbol: ipa, word: isInWord ? words.count - 1 : nil,
                    place: .pointer(place.pointer)))
            end += seconds
        }

        func content(_ source: TimingSource) throws -> TimingContent {
            guard symbols.contains(where: { $0.end ?? 0 > $0.start && !$0.symbol.isEmpty }) else {
                throw source.error(
                    "its moras have no lengths (AivisSpeech leaves them 0); give the text as --transcript instead",
                    at: .pointer(""))
            }
            var symbols = symbols
            for index in symbols.indices where symbols[index].symbol == VOICEVOXTimings.doubling {
                symbols[index].symbol = ""
            }
            return .phones(
                try TimelineBuilder(source: source, form: "voicevox").timeline(
                    symbols, alphabet: .ipa, words: words))
        }
    }

    private static let doubling = "cl"

    /// OpenJTalk's phonemes in IPA; vowels in capitals have no voice.
    private static let phonemes: [String: String] = [
        "a": "a", "i": "i", "u": "ɯ", "e": "e", "o": "o", "A": "a", "I": "i", "U": "ɯ", "E": "e", "O": "o",
        "N": "ɴ", "cl": doubling, "pau": "", "sil": "", "k": "k", "ky": "kʲ", "kw": "kw", "g": "ɡ",
        "gy": "ɡʲ",
        "gw": "ɡw", "s": "s", "sh": "ɕ", "z": "z", "j": "dʑ", "t": "t", "ty": "tʲ", "ts": "ts", "ch": "tɕ",
        "d": "d",
        "dy": "dʲ", "n": "n", "ny": "ɲ", "h": "h", "hy": "ç", "f": "ɸ", "b": "b", "by": "bʲ", "p": "p",
        "py": "pʲ",
        "m": "m", "my": "mʲ", "y": "j", "r": "ɾ", "ry": "ɾʲ", "w": "w", "v": "v",
    ]
}

import AvatariumCore

/// Gentle: words with `phones: [{"phone": "hh_B", "duration"}]`.
///
/// A word that its dictionary lacks has the phone `oov` and is pronounced in its time; a word that was not found in the
/// audio has no times and is pronounced where the gap that it belongs to has room for it.
enum GentleTimings {
    static let format = TimingFormat("gentle", "Gentle", ["json"], json: read)

    /// Seconds that a letter of a word takes at least.
    private static let leastPerLetter = 0.03

    static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        guard let list = JSONCursor(value)["words"]?.elements,
            list.contains(where: { $0.value["phones"]?.array != nil })
        else { return nil }
        var symbols: [TimedSymbol] = []
        var words: [TimedWord] = []
        var missing: [JSONCursor] = []
        var end = 0.0
        var lost = 0
        /// Puts words without times between `end` and a time.
        func fill(until next: Double) throws {
            let texts = try missing.map { try source.string($0.value, "word", at: $0.pointer) }
            let letters = texts.reduce(0) { $0 + max(2, $1.count) }
            guard !texts.isEmpty, next - end >= leastPerLetter * Double(letters) else {
                lost += missing.count
                missing = []
                return
            }
            // As long as people take, and no longer than the gap.
            let length = min(next - end, 0.09 * Double(letters))
            for (text, cursor) in zip(texts, missing) {
                let stop = end + length * Double(max(2, text.count)) / Double(letters)
                symbols.append(
                    TimedSymbol(
                        start: end, end: stop, symbol: "oov", word: words.count,
                        place: .pointer(cursor.pointer)))
                words.append(TimedWord(start: end, end: stop, text: text, place: .pointer(cursor.pointer)))
                end = stop
            }
            missing = []
        }
        // What was heard beside the transcript has no word.
        for cursor in list where cursor["case"]?.value.string != "not-found-in-transcript" {
            guard let text = cursor["word"]?.value.string else {
                throw source.error("a word needs text", at: .pointer(cursor.pointer))
            }
            guard let start = try cursor.time(source, of: ["start"]),
                let stop = try cursor.time(source, of: ["end"])
            else {
                missing.append(cursor)
                continue
            }
            try fill(until: start)
            let phones = cursor["phones"]?.elements ?? []
            var at = start
            for phone in phones {
                let next = at + (try source.number(phone.value, "duration", at: phone.pointer))
                symbols.append(
                    TimedSymbol(
                        start: at, end: next,
                        symbol: try source.string(phone.value, "phone", at: phone.pointer),
                        word: words.count, place: .pointer(phone.pointer)))
                at = next
            }
            if phones.isEmpty {
                symbols.append(
                    TimedSymbol(
                        start: start, end: stop, symbol: "oov", word: words.count,
                        place: .pointer(cursor.pointer)))
            }
            words.append(TimedWord(start: start, end: stop, text: text, place: .pointer(cursor.pointer)))
            end = max(stop, at)
        }
        try fill(until: source.audioDuration ?? end)
        if lost > 0 {
            source.note(
                "TIMING_WORD_WITHOUT_TIME",
                "\(lost) \(lost == 1 ? "word was" : "words were") not found in the audio, and there is no gap for "
                    + "\(lost == 1 ? "it" : "them"); ignored")
        }
        return .phones(
            try TimelineBuilder(source: source, form: "gentle").timeline(
                symbols, alphabet: .arpabet, words: words))
    }
}

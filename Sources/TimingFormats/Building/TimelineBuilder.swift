import AvatariumCore
import Phonetics

/// A symbol of some alphabet with its times as the file gives them, seconds.
struct TimedSymbol: Sendable {
    var start: Double
    /// Nil where the form gives only starts.
    var end: Double?
    var symbol: String
    var stress = 0
    /// Index into the file's words, where it says.
    var word: Int?
    var place: TimingPlace
}

/// A word with its times as the file gives them, seconds.
package struct TimedWord: Sendable {
    package var start: Double
    package var end: Double?
    package var text: String
    package var place: TimingPlace

    package init(start: Double, end: Double? = nil, text: String, place: TimingPlace) {
        self.start = start
        self.end = end
        self.text = text
        self.place = place
    }
}

/// Makes one clean timeline out of what files say: checks, closes open ends, evens out small jitter.
struct TimelineBuilder {
    /// Overlaps and steps back up to this long, seconds, are rounding and are evened out.
    static let jitter = 0.020
    /// How far past the end of the audio a time may lie, seconds.
    static let overhang = 0.1
    /// No time lies further from 0, seconds (four months).
    static let longest = 1e7
    /// How many symbols a file may hold.
    static let maximumSymbols = 2_000_000

    var source: TimingSource
    /// What becomes `PhoneTimeline.source`.
    var form: String
    var confidence: Float = 1

    /// The timeline of symbols in time order.
    /// - Throws: E093 for a time that is no number, negative, out of order, overlapping or past the audio, and
    ///   for an unknown symbol.
    func timeline(
        _ symbols: [TimedSymbol], alphabet: Alphabet, words: [TimedWord] = []
    ) throws -> PhoneTimeline {
        guard !symbols.isEmpty else {
            throw source.error("it holds no sounds; give at least one phone, viseme or word")
        }
        guard symbols.count <= Self.maximumSymbols else {
            throw source.error("it holds more than \(Self.maximumSymbols) symbols; split it")
        }
        let spans = try spans(
            symbols.map { ($0.start, $0.end, $0.place) },
            typical: {
                0.001
                    * PhoneDurations.typical(of: alphabet.segments(of: symbols[$0].symbol)?.first?.ipa ?? "")
            })
        var phones: [Phone] = []
        var hasWords = false
        for (symbol, span) in zip(symbols, spans) {
            guard let segments = alphabet.segments(of: symbol.symbol) else {
                throw source.error(
                    "'\(symbol.symbol.prefix(20))' is no symbol of \(alphabet.rawValue); check the alphabet",
                    at: symbol.place)
            }
            guard span.end > span.start else { continue }
            if segments.isEmpty {
                append(Phone(start: span.start, end: span.end, ipa: "", confidence: confidence), &phones)
                continue
            }
            hasWords = hasWords || symbol.word != nil
            let shares = PhoneDurations.shares(of: segments.map(\.ipa))
            var at = span.start
            for (index, segment) in segments.enumerated() {
                let end =
                    index + 1 == segments.count ? span.end : at + shares[index] * (span.end - span.start)
                var phone = Phone(
                    start: at, end: end, ipa: segment.ipa, stress: segment.stress, wordIndex: symbol.word,
                    confidence: confidence)
                if phone.stress == 0, segments.count == 1 { phone.stress = symbol.stress }
                if alphabet.isViseme { append(phone, &phones) } else { phones.append(phone) }
                at = end
            }
        }
        let spoken = try self.words(words)
        if !hasWords { Self.assign(spoken, to: &phones) }
        return PhoneTimeline(phones: phones, words: spoken, source: form)
    }

    /// Words with checked, closed times.
    func words(_ words: [TimedWord]) throws -> [Word] {
        let spans = try spans(
            words.map { ($0.start, $0.end, $0.place) },
            typical: { 0.06 * Double(max(2, min(words[$0].text.count, 20))) })
        return zip(words, spans).map { Word(start: $1.start, end: $1.end, text: $0.text) }
    }

    /// Checks times against each other and against the audio.
    private func spans(
        _ times: [(start: Double, end: Double?, place: TimingPlace)], typical: (Int) -> Double
    ) throws -> [(start: Double, end: Double)] {
        let limit = source.audioDuration
        var out: [(start: Double, end: Double)] = []
        out.reserveCapacity(times.count)
        for (index, time) in times.enumerated() {
            guard abs(time.start) < Self.longest, abs(time.end ?? 0) < Self.longest else {
                throw source.error("a time is not a number of seconds; give times from 0", at: time.place)
            }
            guard time.start >= -0.001 else {
                throw source.error(
                    "the time \(Self.show(time.start)) s is negative; times count from the audio's start",
                    at: time.place)
            }
            var start = max(0, time.start)
            if let last = out.last {
                guard start >= last.start - Self.jitter else {
                    throw source.error(
                        "out of order: \(Self.show(start)) s comes after \(Self.show(last.start)) s; sort by "
                            + "time", at: time.place)
                }
                start = max(start, last.start)
                if let end = times[index - 1].end {
                    guard start >= end - Self.jitter else {
                        throw source.error(
                            "overlap: it starts at \(Self.show(start)) s, but the one before ends at "
                                + "\(Self.show(end)) s; give times that do not overlap", at: time.place)
                    }
                    out[index - 1].end = min(last.end, start)
                } else {
                    out[index - 1].end = start
                }
            }
            if let end = time.end, end < start - Self.jitter {
                throw source.error(
                    "it ends at \(Self.show(end)) s before it starts at \(Self.show(start)) s; swap them",
                    at: time.place)
            }
            if let limit, max(start, time.end ?? start) > limit + Self.overhang {
                throw source.error(
                    "the time \(Self.show(max(start, time.end ?? start))) s lies past the end of the audio "
                        + "(\(Self.show(limit)) s); these timings belong to other audio",
                    at: time.place)
            }
            var end = max(start, time.end ?? start + typical(index))
            if let limit {
                start = min(start, limit)
                end = min(end, limit)
            }
            out.append((start, end))
        }
        return out
    }

    /// Repeats of one silence or of one viseme merge.
    private func append(_ phone: Phone, _ phones: inout [Phone]) {
        if let last = phones.last, last.ipa == phone.ipa, last.wordIndex == phone.wordIndex,
            phone.start - last.end < 1e-6
        {
            phones[phones.count - 1].end = phone.end
        } else {
            phones.append(phone)
        }
    }

    /// Gives each phone the word in whose time its middle lies.
    private static func assign(_ words: [Word], to phones: inout [Phone]) {
        var at = 0
        for index in phones.indices where !phones[index].isSilence {
            let middle = (phones[index].start + phones[index].end) / 2
            while at < words.count, words[at].end <= middle { at += 1 }
            if at < words.count, words[at].start <= middle { phones[index].wordIndex = at }
        }
    }

    private static func show(_ seconds: Double) -> String {
        let rounded = (seconds * 1000).rounded() / 1000
        return "\(rounded)"
    }
}

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
    /// The share of labels that may be of no alphabet before the file counts as something else.
    private static let mostStrangers = 0.25

    var source: TimingSource
    /// What becomes `PhoneTimeline.source`.
    var form: String
    var confidence: Float = 1

    /// Returns the timeline of symbols in time order, in the alphabet that most of them are written in.
    func timeline(_ symbols: [TimedSymbol], words: [TimedWord] = []) throws -> PhoneTimeline {
        try timeline(
            symbols, alphabet: Alphabet.detect(symbols.lazy.map(\.symbol)), words: words, isDetected: true)
    }

    /// Returns the timeline of symbols in time order.
    /// - Parameter isDetected: Whether the alphabet was found from the labels: then a few odd ones are read apart or
    ///   get a neutral vowel, with a diagnostic that names them.
    /// - Throws: E093 for a time that is not a number, negative, out of order, overlapping or past the audio, and
    ///   for an unknown symbol.
    func timeline(
        _ symbols: [TimedSymbol], alphabet: Alphabet, words: [TimedWord] = [], isDetected: Bool = false
    ) throws -> PhoneTimeline {
        guard !symbols.isEmpty else {
            throw source.error("it contains no phones; give at least one phone, viseme or word")
        }
        guard symbols.count <= Self.maximumSymbols else {
            throw source.error("it contains more than \(Self.maximumSymbols) symbols; split it")
        }
        var phonetics = try LabelReader(
            symbols, alphabet: alphabet, source: source, isDetected: isDetected,
            mostStrangers: Self.mostStrangers)
        let times = try spans(
            symbols.map { ($0.start, $0.end, $0.place) },
            typical: { 0.001 * PhoneDurations.typical(of: phonetics.segments(at: $0).first?.ipa ?? "") })
        let spoken = try self.words(words)
        var phones: [Phone] = []
        var hasWords = false
        var word = 0
        for (index, span) in times.enumerated() where span.end > span.start {
            let symbol = symbols[index]
            let middle = (span.start + span.end) / 2
            while word < spoken.count, spoken[word].end <= middle { word += 1 }
            let covering =
                symbol.word.flatMap { spoken.indices.contains($0) ? $0 : nil }
                ?? (word < spoken.count && spoken[word].start <= middle ? word : nil)
            let segments = try phonetics.segments(at: index, inWord: covering.map { spoken[$0].text })
            if segments.isEmpty {
                append(Phone(start: span.start, end: span.end, ipa: "", confidence: confidence), &phones)
                continue
            }
            hasWords = hasWords || symbol.word != nil
            let shares = PhoneDurations.shares(of: segments.map(\.ipa))
            var at = span.start
            for (part, segment) in segments.enumerated() {
                let end = part + 1 == segments.count ? span.end : at + shares[part] * (span.end - span.start)
                var phone = Phone(
                    start: at, end: end, ipa: segment.ipa, stress: segment.stress, wordIndex: symbol.word,
                    confidence: confidence)
                if phone.stress == 0, segments.count == 1 { phone.stress = symbol.stress }
                if alphabet.isViseme { append(phone, &phones) } else { phones.append(phone) }
                at = end
            }
        }
        phonetics.note()
        if !hasWords { Self.assign(spoken, to: &phones) }
        return PhoneTimeline(phones: phones, words: spoken, source: form)
    }

    /// Returns words with checked, closed times; words without times or length share with their neighbours.
    func words(_ words: [TimedWord]) throws -> [Word] {
        let spans = try WordSchedule(source: source).resolve(
            words.map { word in
                WordSchedule.Item(
                    start: word.start, end: word.end, bounds: word.bounds,
                    typical: 0.06 * Double(max(2, min(word.text.utf8.count, 20))), text: word.text,
                    place: word.place)
            })
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
            try source.check(start: time.start, end: time.end, at: time.place)
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

    static func show(_ seconds: Double) -> String {
        let rounded = (seconds * 1000).rounded() / 1000
        return "\(rounded)"
    }
}

extension TimingSource {
    /// Checks one time by itself and against the audio.
    /// - Throws: E093 for a time that is not a number, negative, ending before it starts, or past the audio.
    func check(start: Double, end: Double?, at place: TimingPlace) throws {
        guard abs(start) < TimelineBuilder.longest, abs(end ?? 0) < TimelineBuilder.longest else {
            throw error("a time is not a number of seconds; give times from 0", at: place)
        }
        guard start >= -0.001 else {
            throw error(
                "the time \(TimelineBuilder.show(start)) s is negative; times count from the audio's start",
                at: place)
        }
        if let end, end < start - TimelineBuilder.jitter {
            throw error(
                "it ends at \(TimelineBuilder.show(end)) s before it starts at \(TimelineBuilder.show(start)) s; "
                    + "swap them", at: place)
        }
        if let limit = audioDuration, max(start, end ?? start) > limit + TimelineBuilder.overhang {
            throw error(
                "the time \(TimelineBuilder.show(max(start, end ?? start))) s lies past the end of the audio ("
                    + "\(TimelineBuilder.show(limit)) s); these timings belong to other audio", at: place)
        }
    }
}

/// Reads the labels of one file: each different label once.
private struct LabelReader {
    private let symbols: [TimedSymbol]
    private let alphabet: Alphabet
    private let source: TimingSource
    private var known: [String: [IPASegments.Segment]] = [:]
    /// Labels that are not of the alphabet, in order, with where they stand first and how often.
    private var strangers: [(label: String, place: TimingPlace, count: Int)] = []
    private var pronounced = 0

    init(
        _ symbols: [TimedSymbol], alphabet: Alphabet, source: TimingSource, isDetected: Bool,
        mostStrangers: Double
    ) throws {
        self.symbols = symbols
        self.alphabet = alphabet
        self.source = source
        var indices: [String: Int] = [:]
        for symbol in symbols where known[symbol.symbol] == nil {
            // Capitals are not of the IPA, whose reader takes any letter.
            let isOdd =
                isDetected && alphabet == .ipa && Alphabet.isASCIIPhonetics(symbol.symbol)
                && !Alphabet.isSilence(symbol.symbol) && !Alphabet.isUnknownWord(symbol.symbol)
            if !isOdd, let segments = alphabet.segments(of: symbol.symbol) {
                known[symbol.symbol] = segments
            } else {
                let index = indices[symbol.symbol] ?? strangers.count
                if index == strangers.count { strangers.append((symbol.symbol, symbol.place, 0)) }
                indices[symbol.symbol] = index
                strangers[index].count += 1
            }
        }
        let strange = strangers.reduce(0) { $0 + $1.count }
        if let first = strangers.first,
            !isDetected || Double(strange) > max(1, mostStrangers * Double(symbols.count))
                || strange * 2 > symbols.count
        {
            throw source.error(
                "'\(first.label.quotedForMessage(limit: 20))' is not a symbol of \(alphabet.rawValue); check the "
                    + "alphabet", at: first.place)
        }
        for stranger in strangers {
            known[stranger.label] =
                alphabet.parts(of: stranger.label)
                ?? (alphabet == .ipa ? Alphabet.xsampa.segments(of: stranger.label) : nil)
                ?? [IPASegments.Segment(ipa: Alphabet.unknownSound)]
        }
    }

    func segments(at index: Int) -> [IPASegments.Segment] { known[symbols[index].symbol] ?? [] }

    /// The phones of a label; of a label that stands for a whole unknown word, the phones of that word's text.
    mutating func segments(at index: Int, inWord word: String?) throws -> [IPASegments.Segment] {
        let segments = segments(at: index)
        guard Alphabet.isUnknownWord(symbols[index].symbol), let word, !Alphabet.isSilence(word),
            !Alphabet.isUnknownWord(word), word.contains(where: \.isLetter)
        else { return segments }
        let spoken = try WordTimings.parts(word[...], source).flatMap(\.segments)
        guard !spoken.isEmpty else { return segments }
        pronounced += 1
        return spoken
    }

    func note() {
        if let first = strangers.first {
            let names = strangers.prefix(5).map { "'\($0.label.quotedForMessage(limit: 20))'" }
            source.note(
                "TIMING_LABEL_UNKNOWN",
                "\(names.joined(separator: ", "))\(strangers.count > 5 ? ", ..." : "") "
                    + "\(strangers.count == 1 ? "is not a symbol" : "are not symbols") of "
                    + "\(alphabet.rawValue), in which the others are written; read letter by letter, or as "
                    + "a neutral vowel", at: first.place)
        }
        if pronounced > 0 {
            source.note(
                "TIMING_WORD_UNKNOWN",
                "\(pronounced == 1 ? "1 word" : "\(pronounced) words") that the aligner did not know "
                    + "\(pronounced == 1 ? "is" : "are") pronounced from the text", severity: .information)
        }
    }
}

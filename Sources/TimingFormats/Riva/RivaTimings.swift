import AvatariumCore
import Foundation
import Phonetics

/// NVIDIA Riva's speech synthesis: `{"meta": {"processed_text", "predicted_durations"}}`, a length for each token of the text
/// as its model reads it: words, characters, or phonemes (`{@HH}{@AH0}`), with or without a blank around each, and marks of
/// begin and end.
///
/// Riva documents neither the tokens nor the unit. The tokens are those whose number fits; lengths are seconds or
/// milliseconds, or else frames of its models (256 samples at 22,050 Hz), by what makes speech or fits the audio.
enum RivaTimings {
    static let format = TimingFormat("riva", "NVIDIA Riva durations", ["json"], json: read)

    /// Seconds of a frame of FastPitch and its kin.
    private static let frame = 256.0 / 22_050

    static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let chunks = JSONCursor.all(value).compactMap { chunk in
            ["predicted_durations", "predictedDurations"].lazy.compactMap { chunk.holder(of: $0, depth: 2) }
                .first
        }
        guard !chunks.isEmpty else { return nil }
        var pieces: [(text: String, length: Double, place: TimingPlace)] = []
        var arePhonemes = false
        for chunk in chunks {
            guard let list = chunk.first(of: "predicted_durations", "predictedDurations"),
                let text = chunk.first(of: "processed_text", "processedText", "text")?.value.string
            else {
                throw source.error(
                    "durations alone do not say what is spoken; add Riva's processed_text",
                    at: .pointer(chunk.pointer))
            }
            let lengths = try list.numbers(source)
            guard let tokens = tokens(of: text, count: lengths.count) else {
                throw source.error(
                    "\(lengths.count) durations fit neither the \(words(text).count) words nor the \(text.count) "
                        + "characters of its text; give the words with times", at: .pointer(list.pointer))
            }
            arePhonemes = arePhonemes || tokens.arePhonemes
            pieces += zip(tokens.texts, lengths).enumerated().map { index, pair in
                (pair.0, pair.1, .pointer(list.pointer(to: index)))
            }
        }
        let unit = try unit(of: pieces.map(\.length), speaking: pieces.map(\.text), source)
        var at = 0.0
        let timed = pieces.map { piece in
            defer { at += piece.length * unit }
            return (text: piece.text, start: at, end: at + piece.length * unit, place: piece.place)
        }
        if arePhonemes {
            let symbols = timed.map {
                TimedSymbol(
                    start: $0.start, end: $0.end, symbol: $0.text.isEmpty ? "sil" : $0.text, place: $0.place)
            }
            return .phones(try TimelineBuilder(source: source, form: "riva").timeline(symbols))
        }
        return .phones(
            try CharacterTimings.timeline(
                timed.flatMap { token in spelled(token.text, token.start, token.end, token.place) },
                source: source, form: "riva"))
    }

    /// The characters of a token, which share its time.
    private static func spelled(
        _ text: String, _ start: Double, _ end: Double, _ place: TimingPlace
    ) -> [CharacterTimings.Letter] {
        let text = text.isEmpty ? " " : text
        let step = (end - start) / Double(text.count)
        return text.enumerated().map { index, character in
            CharacterTimings.Letter(
                text: String(character), start: start + Double(index) * step,
                end: start + Double(index + 1) * step, place: place)
        }
    }

    private static func words(_ text: String) -> [Substring] { text.split(whereSeparator: \.isWhitespace) }

    /// The tokens of a text that a number of lengths fits; blanks and marks are empty.
    private static func tokens(of text: String, count: Int) -> (texts: [String], arePhonemes: Bool)? {
        let phonemes = phonemes(of: text)
        for (tokens, arePhonemes) in [
            (phonemes ?? [], true), (words(text).map { $0 + " " }, false), (text.map(String.init), false),
        ] where !tokens.isEmpty {
            switch count {
            case tokens.count: return (tokens, arePhonemes)
            case tokens.count + 2: return ([""] + tokens + [""], arePhonemes)
            case 2 * tokens.count + 1: return ([""] + tokens.flatMap { [$0, ""] }, arePhonemes)
            default: continue
            }
        }
        return nil
    }

    /// `{@HH}{@AH0}` with what stands between; nil where the text has none.
    private static func phonemes(of text: String) -> [String]? {
        guard text.contains("{@") else { return nil }
        var tokens: [String] = []
        var rest = text[...]
        while let next = rest.first {
            if rest.hasPrefix("{@"), let close = rest.prefix(16).firstIndex(of: "}") {
                tokens.append(String(rest.dropFirst(2)[..<close]))
                rest = rest[rest.index(after: close)...]
            } else {
                if !next.isWhitespace || tokens.last?.isEmpty == false { tokens.append("") }
                rest = rest.dropFirst()
            }
        }
        return tokens
    }

    /// Seconds of one unit.
    private static func unit(
        of lengths: [Double], speaking texts: [String], _ source: TimingSource
    ) throws -> Double {
        guard lengths.allSatisfy({ $0 >= 0 && $0 < 1e7 }), case let total = lengths.reduce(0, +), total > 0
        else {
            throw source.error("a duration is negative, or all are 0")
        }
        // About 0.07 s a letter, whatever the tokens are.
        let typical = 0.07 * Double(max(1, texts.reduce(0) { $0 + $1.count(where: \.isLetter) }))
        let wanted = source.audioDuration ?? typical
        let units = [1.0, 1e-3, frame]
        func distance(_ unit: Double) -> Double { abs(log(total * unit / wanted)) }
        guard let unit = units.min(by: { distance($0) < distance($1) }), distance(unit) < 1.4 else {
            throw source.error(
                "its durations are plausible for speech neither as seconds, as milliseconds nor as frames "
                    + "of Riva's models")
        }
        if unit != 1 {
            source.note(
                "TIMING_UNIT",
                "its durations are plausible for speech only as "
                    + "\(unit == 1e-3 ? "milliseconds" : "frames of 256 samples at 22050 Hz"); they are "
                    + "read as such")
        }
        return unit
    }
}

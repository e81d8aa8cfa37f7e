import AvatariumCore

/// Papagayo's projects (`.pgo`): `lipsync version 1`, the sound, frames per second, frames, voices; each voice has phrases
/// of words of mouths in Preston Blair's names, by frames from 0.
enum PapagayoTimings {
    static let format = TimingFormat("papagayo", "Papagayo project", ["pgo"], text: read)

    static func read(_ text: TimingText, _ source: TimingSource) throws -> TimingContent? {
        guard text.lines[0].text.hasPrefix("lipsync version") else { return nil }
        guard text.lines.count > 3, let rate = Double(bare(text.lines[2].text)), (1...1000).contains(rate)
        else {
            throw source.error("its third line must be the number of frames per second", at: .line(3))
        }
        var tracks: [(name: String, symbols: [TimedSymbol], words: [TimedWord])] = []
        for line in text.lines.dropFirst(5) {
            let depth = line.text.prefix { $0 == "\t" }.count
            let fields = line.text.split(whereSeparator: \.isWhitespace)
            switch depth {
            case 1 where Int(bare(line.text)) == nil:
                // A voice's name, then its text, which no number of phrases stands between.
                if tracks.last.map({ $0.symbols.isEmpty && $0.words.isEmpty }) != true {
                    tracks.append((bare(line.text), [], []))
                }
            case 3 where fields.count >= 4:
                guard let start = Double(fields[fields.count - 3]),
                    let end = Double(fields[fields.count - 2]),
                    !tracks.isEmpty
                else {
                    throw source.error("expected a word, its first and last frame", at: .line(line.number))
                }
                tracks[tracks.count - 1].words.append(
                    TimedWord(
                        start: start / rate, end: (end + 1) / rate,
                        text: fields.dropLast(3).joined(separator: " "), place: .line(line.number)))
            case 4:
                guard fields.count == 2, let frame = Double(fields[0]), !tracks.isEmpty else {
                    throw source.error("expected a frame and a mouth shape", at: .line(line.number))
                }
                tracks[tracks.count - 1].symbols.append(
                    TimedSymbol(start: frame / rate, symbol: String(fields[1]), place: .line(line.number)))
            default: continue
            }
        }
        tracks.removeAll { $0.symbols.isEmpty }
        let names = tracks.map(\.name)
        if let wanted = source.speaker {
            tracks = tracks.filter { Speakers.isSame($0.name, wanted) }
            if tracks.isEmpty { throw Speakers.unknown(wanted, names, source) }
        } else if tracks.count > 1 {
            Speakers.note(names, source)
        }
        guard !tracks.isEmpty else {
            throw source.error("it contains no mouth shapes; break down its words in Papagayo")
        }
        let timelines = try tracks.map { track in
            try TimelineBuilder(source: source, form: "papagayo", confidence: 0.6).timeline(
                closed(track.symbols, within: track.words).map(mouth), alphabet: .rhubarb, words: track.words)
        }
        return .phones(Speakers.merged(timelines, source))
    }

    private static func bare(_ text: Substring) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// A word's last mouth ends with the word; between words the mouth rests.
    private static func closed(_ symbols: [TimedSymbol], within words: [TimedWord]) -> [TimedSymbol] {
        var out = symbols
        var word = 0
        for index in out.indices {
            while word < words.count, words[word].end ?? 0 <= out[index].start { word += 1 }
            let end = word < words.count ? words[word].end ?? .infinity : .infinity
            let next = index + 1 < out.count ? out[index + 1].start : .infinity
            if min(end, next).isFinite { out[index].end = max(out[index].start, min(end, next)) }
        }
        return out
    }

    private static func mouth(_ symbol: TimedSymbol) -> TimedSymbol {
        var symbol = symbol
        symbol.symbol = RhubarbTimings.papagayoMouths[symbol.symbol] ?? symbol.symbol
        return symbol
    }
}

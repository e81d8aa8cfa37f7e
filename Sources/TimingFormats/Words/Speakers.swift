import AvatariumCore

/// Several speakers, channels or tiers of one file: merged by time, or one of them chosen.
enum Speakers {
    struct Track {
        var words: [TimedWord]
        /// Beside `words`: who says each, where the file says.
        var speakers: [String?]
    }

    /// Returns the words of the speaker that was asked for, or of all, in order of time.
    /// - Throws: E093 for a speaker that is not in the file.
    static func chosen(_ tracks: [Track], _ source: TimingSource) throws -> [TimedWord] {
        var names: [String] = []
        for name in tracks.lazy.flatMap(\.speakers) {
            if let name, names.count < 100, !names.contains(name) { names.append(name) }
        }
        if let wanted = source.speaker {
            let words = tracks.flatMap { track in
                zip(track.words, track.speakers).filter { isSame($0.1, wanted) }.map(\.0)
            }
            guard !words.isEmpty else { throw unknown(wanted, names, source) }
            return words
        }
        if names.count > 1 { note(names, source) }
        // A stream's pieces follow each other; channels lie beside each other.
        let all = tracks.map(\.words).filter { !$0.isEmpty }.flatMap { names.count > 1 ? [$0] : restarts($0) }
        guard all.count > 1 else { return all.first ?? [] }
        if names.count > 1 { return merged(all.joined()) }
        return chained(all, source)
    }

    static func isSame(_ name: String?, _ wanted: String) -> Bool {
        guard let name = name?.lowercased() else { return false }
        let wanted = wanted.lowercased()
        if name == wanted { return true }
        guard let last = name.split(whereSeparator: { !$0.isLetter && !$0.isNumber }).last else {
            return false
        }
        // SPEAKER_01 is 1 and 01.
        return last == wanted[...] || Int(last).map { $0 == Int(wanted) } ?? false
    }

    static func unknown(_ wanted: String, _ names: [String], _ source: TimingSource) -> AvatariumError {
        let known = names.prefix(10).map { "'\($0.quotedForMessage(limit: 30))'" }.joined(separator: ", ")
        return source.error(
            "it has no speaker '\(wanted.quotedForMessage(limit: 30))'; "
                + (names.isEmpty ? "it names none: omit the speaker" : "it has \(known)"))
    }

    static func note(_ names: [String], _ source: TimingSource) {
        let known = names.prefix(5).map { "'\($0.quotedForMessage(limit: 30))'" }.joined(separator: ", ")
        source.note(
            "TIMING_SPEAKERS",
            "it has \(names.count) speakers (\(known)\(names.count > 5 ? ", ..." : "")); one mouth speaks "
                + "all of them: give one as the speaker to select it", severity: .information)
    }

    /// Words by their start; those without times stay behind the one that they follow.
    private static func merged(_ words: some Sequence<TimedWord>) -> [TimedWord] {
        var last = 0.0
        let keyed = words.enumerated().map { index, word in
            last = word.start ?? last
            return (start: last, index: index, word: word)
        }
        return keyed.sorted { ($0.start, $0.index) < ($1.start, $1.index) }.map(\.word)
    }

    /// One mouth for all: where two speak at once, the one who began goes on.
    static func merged(_ timelines: [PhoneTimeline], _ source: TimingSource) -> PhoneTimeline {
        let form = timelines.first?.source ?? ""
        guard timelines.count > 1 else { return timelines.first ?? PhoneTimeline(phones: [], source: form) }
        var words: [Word] = []
        var phones: [Phone] = []
        for timeline in timelines {
            let first = words.count
            words += timeline.words
            phones += timeline.phones.filter { !$0.isSilence }.map { phone in
                var phone = phone
                phone.wordIndex = phone.wordIndex.map { $0 + first }
                return phone
            }
        }
        var kept: [Phone] = []
        var dropped = 0
        for phone in phones.sorted(by: { $0.start < $1.start }) {
            let end = kept.last?.end ?? 0
            guard phone.start < end - TimelineBuilder.jitter else {
                var phone = phone
                phone.start = max(phone.start, end)
                if phone.end > phone.start { kept.append(phone) }
                continue
            }
            dropped += 1
        }
        if dropped > 0 {
            source.note(
                "TIMING_OVERLAP",
                "\(dropped) \(dropped == 1 ? "phone lies" : "phones lie") under those of another speaker and "
                    + "\(dropped == 1 ? "was" : "were") ignored; give one as the speaker to select it")
        }
        // Words in order of time, and the phones' indices with them.
        let order = words.indices.sorted { (words[$0].start, $0) < (words[$1].start, $1) }
        var places = [Int](repeating: 0, count: words.count)
        for (place, index) in order.enumerated() { places[index] = place }
        for index in kept.indices { kept[index].wordIndex = kept[index].wordIndex.map { places[$0] } }
        return PhoneTimeline(phones: kept, words: order.map { words[$0] }, source: form)
    }

    /// Words cut where their times start again near 0 after more than 5 s: windows that were read one by one.
    private static func restarts(_ words: [TimedWord]) -> [[TimedWord]] {
        var pieces: [[TimedWord]] = [[]]
        var last = 0.0
        for word in words {
            if let start = word.start {
                if start < 1, last > 5 { pieces.append([]) }
                last = start
            }
            pieces[pieces.count - 1].append(word)
        }
        return pieces
    }

    /// The pieces of a stream: where one starts at 0 again, it follows the one before.
    private static func chained(_ pieces: [[TimedWord]], _ source: TimingSource) -> [TimedWord] {
        var words: [TimedWord] = []
        var offset = 0.0
        var end = 0.0
        for piece in pieces {
            if let start = piece.lazy.compactMap(\.start).first, start + offset < end - TimelineBuilder.jitter
            {
                offset = end
                source.note(
                    "TIMING_RESTART",
                    "its times start again at 0; the pieces are placed one after another", at: piece[0].place)
            }
            for var word in piece {
                word.start = word.start.map { $0 + offset }
                word.end = word.end.map { $0 + offset }
                word.bounds = word.bounds.map { $0.lowerBound + offset...$0.upperBound + offset }
                end = max(end, word.end ?? word.start ?? end)
                words.append(word)
            }
        }
        return words
    }
}

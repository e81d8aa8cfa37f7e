import AvatariumCore

/// Words in one array and their times in others beside it: `{"words": [...], "starts": [...], "ends": [...]}`, as Async and
/// many tools send them; in one object or in the messages of a stream.
enum WordArrays {
    static let format = TimingFormat(
        "wordarrays", "Words and times in arrays", ["json", "jsonl"], json: read)

    /// Names of the arrays, without the unit and `word` or `s` at their ends.
    private static let starts: Set<String> = [
        "start", "starts", "starttimes", "starttime", "begins", "times", "offsets", "timestamps",
    ]
    private static let ends: Set<String> = ["end", "ends", "endtimes", "endtime", "stops"]
    private static let lengths: Set<String> = ["durations", "duration", "lengths"]

    static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let holders = JSONCursor.all(value).compactMap { holder(in: $0, depth: 4) }
        guard !holders.isEmpty else { return nil }
        var words: [TimedWord] = []
        var areMilliseconds = false
        for holder in holders {
            guard let list = holder["words"], let first = array(in: holder, starts) else { continue }
            let texts = try list.strings(source)
            let begin = try first.cursor.numbers(source)
            let end = try array(in: holder, ends)?.cursor.numbers(source)
            let length = try array(in: holder, lengths)?.cursor.numbers(source)
            try source.matching(
                texts.count, begin.count, end?.count ?? texts.count, length?.count ?? texts.count,
                at: holder.pointer)
            areMilliseconds = areMilliseconds || first.isInMilliseconds
            words += texts.indices.map { index in
                TimedWord(
                    start: begin[index], end: end?[index] ?? length.map { begin[index] + $0[index] },
                    text: texts[index], place: .pointer(list.pointer(to: index)))
            }
        }
        if areMilliseconds {
            let unit = TimeUnit(perSecond: 1000, name: "milliseconds")
            words = words.map { $0.scaled(from: unit) }
        }
        words = try Speakers.chosen(
            [Speakers.Track(words: words, speakers: words.map { _ in nil })], source)
        return .phones(
            try WordTimings.timeline(
                words.joiningPieces(), source: source, form: "words", isInSeconds: areMilliseconds))
    }

    /// The first object with words and times at or below a value.
    private static func holder(in cursor: JSONCursor, depth: Int) -> JSONCursor? {
        if let words = cursor["words"]?.value.array, !words.isEmpty, words.allSatisfy({ $0.string != nil }),
            array(in: cursor, starts) != nil
        {
            return cursor
        }
        guard depth > 0, cursor.value.object != nil else { return nil }
        for (_, member) in cursor.members where member.value.object != nil {
            if let found = holder(in: member, depth: depth - 1) { return found }
        }
        return nil
    }

    /// The array of numbers of a kind, and whether its name says milliseconds.
    private static func array(
        in holder: JSONCursor, _ names: Set<String>
    ) -> (cursor: JSONCursor, isInMilliseconds: Bool)? {
        for (key, member) in holder.members where member.value.array?.first?.double != nil {
            var plain = key.lowercased().filter { $0 != "_" }
            if plain.hasPrefix("word") { plain.removeFirst(4) }
            for unit in ["milliseconds", "seconds", "ms", ""] where plain.hasSuffix(unit) {
                guard names.contains(String(plain.dropLast(unit.count))) else { continue }
                return (member, unit == "milliseconds" || unit == "ms")
            }
        }
        return nil
    }
}

import AvatariumCore

/// YouTube's captions as JSON (`json3`): events with pieces, `{"events": [{"tStartMs", "dDurationMs", "segs": [{"utf8",
/// "tOffsetMs"}]}]}`.
enum YouTubeTimings {
    static let format = TimingFormat("youtube", "YouTube captions (json3)", ["json3", "json"], json: read)

    static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let events = JSONCursor(value)["events"]?.elements ?? []
        guard events.contains(where: { $0["tStartMs"] != nil && $0["segs"] != nil }) else { return nil }
        var words: [TimedWord] = []
        for event in events {
            guard let start = try event["tStartMs"]?.time(source) else { continue }
            let end = try event["dDurationMs"]?.time(source).map { (start + $0) / 1000 }
            let pieces = (event["segs"]?.elements ?? []).filter {
                $0["utf8"]?.value.string?.contains { !$0.isWhitespace } == true
            }
            for (index, piece) in pieces.enumerated() {
                let offset = try piece["tOffsetMs"]?.time(source) ?? 0
                let next = index + 1 < pieces.count ? try pieces[index + 1]["tOffsetMs"]?.time(source) : nil
                words.append(
                    TimedWord(
                        start: (start + offset) / 1000, end: next.map { (start + $0) / 1000 } ?? end,
                        text: piece["utf8"]?.value.string ?? "", place: .pointer(piece.pointer)))
            }
        }
        return .phones(
            try WordTimings.timeline(
                words, source: source, form: "youtube", style: .captions, isInSeconds: true))
    }
}

import AvatariumCore

/// Gives every word a time of its own: closes open ends, and finds room for words without times or without length.
struct WordSchedule {
    struct Item {
        var start: Double?
        var end: Double?
        var bounds: ClosedRange<Double>?
        /// How long the word typically lasts, seconds.
        var typical: Double
        var text: String
        var place: TimingPlace
    }

    typealias Span = (start: Double, end: Double)

    /// A word shorter than this, seconds, and than a tenth of its typical length has no length of its own.
    private static let shortest = 0.02
    /// The share of its typical length that a word needs in a gap to be put there.
    private static let leastShare = 0.5
    /// A word put into a gap lasts at most this many times its typical length.
    private static let mostShare = 1.25

    let source: TimingSource
    /// Whether items may overlap (captions and speakers that talk at once); else that is an error.
    var allowsOverlap = true

    /// Returns the time of each item, in order, none empty and none overlapping.
    /// - Throws: E093 for a time that is not a number, negative, out of order or past the audio.
    func resolve(_ items: [Item]) throws -> [Span] {
        var spans: [Span?] = try check(items)
        var index = 0
        var floating: [Int] = []
        while index < items.count {
            guard spans[index] == nil else {
                index += 1
                continue
            }
            let first = index
            while index < items.count, spans[index] == nil { index += 1 }
            floating += first..<index
            place(first..<index, items, &spans)
        }
        note(floating, items)
        return spans.map { $0 ?? (0, 0) }
    }

    private func note(_ floating: [Int], _ items: [Item]) {
        guard let first = floating.first else { return }
        let words = floating.prefix(5).map { "'\(items[$0].text.quotedForMessage(limit: 20))'" }
        source.note(
            "TIMING_WORD_WITHOUT_TIME",
            "\(floating.count == 1 ? "1 word has" : "\(floating.count) words have") no time or no length of "
                + "\(floating.count == 1 ? "its" : "their") own (\(words.joined(separator: ", "))"
                + "\(floating.count > 5 ? ", ..." : "")); the gap or the words beside share theirs",
            at: items[first].place)
    }

    // MARK: Checks

    /// The spans of the items that have a time with some length.
    private func check(_ items: [Item]) throws -> [Span?] {
        var spans = [Span?](repeating: nil, count: items.count)
        var last: Int?
        var overlaps: (count: Int, place: TimingPlace)?
        for (index, item) in items.enumerated() {
            guard let given = item.start else { continue }
            try source.check(start: given, end: item.end, at: item.place)
            let start = max(0, given)
            if let last, let before = items[last].start {
                guard start >= before - TimelineBuilder.jitter else {
                    throw source.error(
                        "out of order: \(TimelineBuilder.show(start)) s comes after "
                            + "\(TimelineBuilder.show(before)) s; sort by time", at: item.place)
                }
            }
            let limit = source.audioDuration ?? .infinity
            var span: Span = (min(start, limit), min(item.end ?? .nan, limit))
            if let previous = last, let end = spans[previous]?.end {
                if items[previous].end == nil {
                    let begin = spans[previous]?.start ?? 0
                    spans[previous]?.end = max(span.start, begin)
                } else if end > span.start + TimelineBuilder.jitter {
                    guard allowsOverlap else {
                        throw source.error(
                            "overlap: it starts at \(TimelineBuilder.show(start)) s, but the one before ends at "
                                + "\(TimelineBuilder.show(end)) s; give times that do not overlap",
                            at: item.place)
                    }
                    overlaps = ((overlaps?.count ?? 0) + 1, overlaps?.place ?? item.place)
                    share(previous, index, items, &spans, &span)
                } else if end > span.start {
                    spans[previous]?.end = span.start
                }
            }
            if item.end == nil {
                // Closed by the next one's start; the last one by the audio or its typical length.
                span.end = span.start
            }
            spans[index] = span
            last = index
        }
        if let last, items[last].end == nil, let start = spans[last]?.start {
            let room = source.audioDuration.map { $0 - start } ?? .infinity
            spans[last]?.end = start + max(0, min(room, 1.6 * items[last].typical))
        }
        if let overlaps {
            source.note(
                "TIMING_OVERLAP",
                "\(overlaps.count == 1 ? "1 piece begins" : "\(overlaps.count) pieces begin") before the one "
                    + "before ends; they are spoken one after another", at: overlaps.place)
        }
        for (index, span) in spans.enumerated() {
            guard let span else { continue }
            let least = min(Self.shortest, 0.1 * items[index].typical)
            if span.end - span.start < max(least, 1e-6) { spans[index] = nil }
        }
        return spans
    }

    /// Ends the earlier of two overlapping items where the later begins, or, where that leaves too little, shares
    /// out the time of both.
    private func share(
        _ earlier: Int, _ later: Int, _ items: [Item], _ spans: inout [Span?], _ span: inout Span
    ) {
        guard let first = spans[earlier] else { return }
        let room = span.start - first.start
        if room >= Self.leastShare * items[earlier].typical {
            spans[earlier]?.end = span.start
            return
        }
        let end = max(first.end, items[later].end == nil ? span.start : span.end)
        let part = items[earlier].typical / max(items[earlier].typical + items[later].typical, 1e-6)
        let cut = first.start + part * (end - first.start)
        spans[earlier]?.end = cut
        span.start = cut
        span.end = max(end, cut)
    }

    // MARK: Words without room

    /// Finds room for a run of items without times: in the gap that they lie in, else beside a neighbour.
    private func place(_ run: Range<Int>, _ items: [Item], _ spans: inout [Span?]) {
        let before = run.lowerBound > 0 ? spans[run.lowerBound - 1] : nil
        let after = run.upperBound < items.count ? spans[run.upperBound] : nil
        let bounds = items[run.lowerBound].bounds
        let anchor = run.compactMap { items[$0].start }.first
        let low = max(before?.end ?? 0, min(bounds?.lowerBound ?? 0, after?.start ?? .infinity))
        var high = after?.start ?? source.audioDuration ?? .infinity
        if after == nil, let upper = bounds?.upperBound { high = min(high, upper) }
        high = max(low, high)
        let needed = run.reduce(0) { $0 + items[$1].typical }
        // Words without length at the start of a longer one were said in its time (Whisper writes so).
        if let anchor, let after, after.start - anchor < 1e-3, anchor > low + 1e-3,
            after.end - after.start > items[run.upperBound].typical
        {
            fill(run.lowerBound..<run.upperBound + 1, from: after.start, to: after.end, items, &spans)
            return
        }
        if high - low >= Self.leastShare * needed {
            let length = min(high - low, Self.mostShare * needed)
            let start =
                if let anchor { min(max(anchor, low), high - length) } else if before == nil, after != nil {
                    high - length
                } else { low }
            fill(run, from: start, to: start + length, items, &spans)
            return
        }
        // Beside the neighbour that it is written at, or the one with more time than it needs.
        func surplus(_ span: Span?, _ index: Int) -> Double {
            span.map { $0.end - $0.start - items[index].typical } ?? -.infinity
        }
        let isAtEnd = anchor.map { anchor in before.map { abs($0.end - anchor) < 1e-3 } ?? false } ?? false
        let isAtStart = anchor.map { anchor in after.map { abs($0.start - anchor) < 1e-3 } ?? false } ?? false
        let takesAfter =
            isAtEnd == isAtStart
            ? surplus(after, run.upperBound) > surplus(before, run.lowerBound - 1) : isAtStart
        if takesAfter, let after {
            fill(run.lowerBound..<run.upperBound + 1, from: low, to: after.end, items, &spans)
        } else if let before {
            fill(run.lowerBound - 1..<run.upperBound, from: before.start, to: high, items, &spans)
        } else {
            fill(run, from: low, to: max(high, low + 1e-3), items, &spans)
        }
    }

    /// Shares a stretch of time among items by their typical lengths.
    private func fill(
        _ range: Range<Int>, from start: Double, to end: Double, _ items: [Item], _ spans: inout [Span?]
    ) {
        let total = range.reduce(0) { $0 + items[$1].typical }
        var at = start
        for index in range {
            let next =
                index + 1 == range.upperBound
                ? end : at + (end - start) * items[index].typical / max(total, 1e-6)
            spans[index] = (at, max(next, at))
            at = max(next, at)
        }
    }
}

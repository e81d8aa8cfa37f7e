import AvatariumCore

/// Finds what is said in cues, each word once.
enum CaptionSpeech {
    /// A stretch of speech with its time.
    struct Piece {
        var start: Double?
        var end: Double?
        var bounds: ClosedRange<Double>?
        var lines: [String]
        var line: Int
        var speaker: String?
    }

    /// Cues that are shown for no longer than this, seconds, only hold what was shown before.
    private static let hold = 0.05
    /// Editors leave up to four frames between cues, seconds.
    private static let gap = 0.17
    /// Cues this close, seconds, follow each other without a pause.
    private static let close = 0.5

    static func pieces(of cues: [CaptionCue], _ source: TimingSource) -> [Piece] {
        var pieces: [Piece] = []
        var repeated: (count: Int, line: Int)?
        var index = 0
        // Cues that show the same words and mark none of them one by one; nor do some of them.
        var plainEnd = 0
        while index < cues.count {
            if index >= plainEnd {
                let (run, isHighlighted) = sameWords(from: index, in: cues)
                if isHighlighted {
                    pieces += spoken(in: cues[run])
                    repeated = ((repeated?.count ?? 0) + run.count - 1, repeated?.line ?? cues[index].line)
                    index = run.upperBound
                    continue
                }
                plainEnd = run.upperBound
            }
            let cue = cues[index]
            let (fresh, skipped) = fresh(
                cue, after: index > 0 ? cues[index - 1] : nil,
                before: index + 1 < cues.count ? cues[index + 1] : nil)
            if fresh.count < cue.lines.count || skipped > 0 {
                repeated = ((repeated?.count ?? 0) + 1, repeated?.line ?? cue.line)
            }
            pieces += timed(fresh, skipping: skipped, in: cue)
            index += 1
        }
        if let repeated {
            source.note(
                "TIMING_REPEATED_CAPTIONS",
                "\(repeated.count) \(repeated.count == 1 ? "cue shows" : "cues show") again what was said "
                    + "before; each word is spoken only "
                    + "once", at: .line(repeated.line), severity: .information)
        }
        return pieces
    }

    // MARK: Captions that roll up or grow

    /// The lines of a cue that the cue before does not show yet, and how many words of the first to skip.
    private static func fresh(
        _ cue: CaptionCue, after previous: CaptionCue?, before next: CaptionCue?
    ) -> (lines: [CaptionLine], skipped: Int) {
        var lines = cue.lines
        let hasTimes = lines.contains(where: \.hasTimes)
        guard let previous, cue.start - previous.end < close, !previous.lines.isEmpty else {
            return (lines, 0)
        }
        let shown = previous.lines.map(key)
        let keys = lines.map(key)
        let most = min(shown.count, keys.count)
        let again = (0...most).last { keys.prefix($0).elementsEqual(shown.suffix($0)) } ?? 0
        if again > 0 {
            let isHold = cue.end - cue.start <= hold || previous.end - previous.start <= hold
            let rolls = again < keys.count || again < shown.count
            let isLong = keys.prefix(again).reduce(0) { $0 + $1.split(separator: " ").count } > 2
            let isRolling = isHold || hasTimes || previous.lines.contains(where: \.hasTimes)
            if isRolling || isLong && (rolls || cue.start - previous.end < hold) {
                lines.removeFirst(again)
                // Above a line with times, what has none was said before.
                if hasTimes, let first = lines.firstIndex(where: \.hasTimes) { lines.removeFirst(first) }
                return (lines, 0)
            }
        }
        // A cue that begins with all of the cue before and goes on.
        let before = previous.lines.flatMap(\.words).map { bare($0.text) }
        let now = lines.flatMap(\.words).map { bare($0.text) }
        guard !hasTimes, !before.isEmpty, now.count > before.count, now.starts(with: before),
            cue.start - previous.end < gap
        else { return (lines, 0) }
        // From few words or across a gap, only where the cue after goes on too: "No", "No way" may both be said.
        let surely = cue.start - previous.end < hold ? 2 : 3
        let goesOn =
            next.map { next in
                let later = next.lines.flatMap(\.words).map { bare($0.text) }
                return next.start - cue.end < gap && later.count > now.count && later.starts(with: now)
            } ?? false
        return (lines, before.count >= surely || goesOn ? before.count : 0)
    }

    private static func key(_ line: CaptionLine) -> String {
        line.words.map { bare($0.text) }.filter { !$0.isEmpty }.joined(separator: " ")
    }

    private static func bare(_ word: String) -> String {
        word.lowercased().filter { $0.isLetter || $0.isNumber }
    }

    /// The pieces of a cue between the times in it.
    private static func timed(_ lines: [CaptionLine], skipping skipped: Int, in cue: CaptionCue) -> [Piece] {
        var pieces: [Piece] = []
        let speaker = lines.lazy.compactMap(\.speaker).first
        if skipped > 0 {
            let words = lines.flatMap(\.words).dropFirst(skipped).map(\.text)
            return [
                Piece(
                    start: cue.start, end: cue.end, lines: [words.joined(separator: " ")], line: cue.line,
                    speaker: speaker)
            ]
        }
        for line in lines {
            for piece in line.pieces {
                if let start = piece.start {
                    pieces.append(Piece(start: start, lines: [piece.text], line: cue.line, speaker: speaker))
                } else if pieces.isEmpty {
                    pieces.append(
                        Piece(start: cue.start, lines: [piece.text], line: cue.line, speaker: speaker))
                } else if line.speaker != nil, line.speaker != pieces.last?.speaker {
                    // Two voices in one cue share its time.
                    pieces.append(
                        Piece(
                            bounds: cue.start...max(cue.start, cue.end), lines: [piece.text], line: cue.line,
                            speaker: line.speaker))
                } else {
                    pieces[pieces.count - 1].lines.append(piece.text)
                }
            }
        }
        for index in pieces.indices {
            pieces[index].end = index + 1 < pieces.count ? pieces[index + 1].start ?? cue.end : cue.end
        }
        return pieces
    }

    // MARK: Captions that mark the word being said

    /// Cues from an index on that show the same words, and whether each marks others of them.
    private static func sameWords(
        from first: Int, in cues: [CaptionCue]
    ) -> (run: Range<Int>, isHighlighted: Bool) {
        let words = cues[first].lines.flatMap(\.words)
        guard words.count > 1, !cues[first].lines.contains(where: \.hasTimes) else {
            return (first..<first + 1, false)
        }
        var end = first + 1
        var marks: Set<[Bool]> = [words.map(\.isMarked)]
        while end < cues.count, cues[end].start - cues[end - 1].end < close {
            let next = cues[end].lines.flatMap(\.words)
            guard next.map(\.text) == words.map(\.text), !cues[end].lines.contains(where: \.hasTimes) else {
                break
            }
            marks.insert(next.map(\.isMarked))
            end += 1
        }
        let some = marks.filter { $0.contains(true) && $0.contains(false) }
        return (first..<end, some.count > 1 || some.count == 1 && marks.count > 1)
    }

    /// Each word in the first cue that marks it; words that none marks lie between their neighbours.
    private static func spoken(in cues: ArraySlice<CaptionCue>) -> [Piece] {
        guard let first = cues.first, let last = cues.last else { return [] }
        let words = first.lines.flatMap(\.words)
        var pieces = words.map { word in
            Piece(bounds: first.start...max(first.start, last.end), lines: [word.text], line: first.line)
        }
        for cue in cues {
            for (index, word) in cue.lines.flatMap(\.words).enumerated()
            where word.isMarked && pieces[index].start == nil {
                pieces[index].start = cue.start
                pieces[index].end = cue.end
                pieces[index].line = cue.line
            }
        }
        return shared(pieces)
    }

    /// Words that one cue marks together become one piece, which shares its time among them.
    private static func shared(_ pieces: [Piece]) -> [Piece] {
        var result: [Piece] = []
        for piece in pieces {
            if let last = result.last, let start = piece.start, last.start == start {
                result[result.count - 1].lines[0] += " " + piece.lines[0]
            } else {
                result.append(piece)
            }
        }
        return result
    }
}

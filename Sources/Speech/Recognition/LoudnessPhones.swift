import AvatariumCore

/// Sounds that open a mouth as loudness and spectrum suggest: syllables from the peaks of the jaw's curve, and
/// what stands between them.
enum LoudnessPhones {
    /// Below this level, 0...1 of 50 dB, nothing is spoken.
    static let silence: Float = 0.42
    /// A pause lasts at least this long, seconds.
    private static let shortestPause = 0.12
    /// A vowel's level must rise this much over the dips beside it.
    private static let prominence: Float = 0.06

    static func phones(from bands: SpeechBands, duration: Double) -> [Phone] {
        let open = SpeechBands.smoothed(bands[.open], seconds: 0.03)
        let loud = SpeechBands.smoothed(bands.total, seconds: 0.02)
        var phones: [Phone] = []
        for stretch in stretches(loud) {
            let start = min(duration, Double(stretch.range.lowerBound) * SpeechBands.hop)
            let end = min(duration, Double(stretch.range.upperBound) * SpeechBands.hop)
            guard end > start else { continue }
            if stretch.spoken {
                phones += sounds(in: stretch.range, open: open, bands: bands, end: end)
            } else {
                phones.append(Phone(start: start, end: end, ipa: "", confidence: 0.5))
            }
        }
        return phones
    }

    /// Spoken stretches and pauses.
    private static func stretches(_ loud: [Float]) -> [(range: Range<Int>, spoken: Bool)] {
        let least = Int(shortestPause / SpeechBands.hop)
        var out: [(range: Range<Int>, spoken: Bool)] = []
        var at = 0
        while at < loud.count {
            let spoken = loud[at] >= silence
            var end = at
            while end < loud.count, (loud[end] >= silence) == spoken { end += 1 }
            let isShort = !spoken && end - at < least && at > 0 && end < loud.count
            if let last = out.last, last.spoken == (spoken || isShort) {
                out[out.count - 1].range = last.range.lowerBound..<end
            } else {
                out.append((at..<end, spoken || isShort))
            }
            at = end
        }
        return out
    }

    /// Peaks become vowels, the dips between them consonants; each boundary lies half way up the slope.
    private static func sounds(
        in range: Range<Int>, open: [Float], bands: SpeechBands, end: Double
    ) -> [Phone] {
        var edges: [(frame: Int, ipa: String)] = []
        let turns = turningPoints(in: range, open)
        for (index, turn) in turns.enumerated() {
            let from: Int
            if index == 0 {
                from = range.lowerBound
            } else {
                let before = turns[index - 1].frame
                let half = (open[before] + open[turn.frame]) / 2
                from =
                    (before...turn.frame).first { turn.isPeak ? open[$0] >= half : open[$0] <= half }
                    ?? turn.frame
            }
            let ipa =
                turn.isPeak ? vowel(at: turn.frame, open, bands) : consonant(at: turn.frame, open, bands)
            if edges.last?.ipa != ipa { edges.append((from, ipa)) }
        }
        return edges.enumerated().compactMap { index, edge in
            let start = Double(edge.frame) * SpeechBands.hop
            let stop = index + 1 < edges.count ? Double(edges[index + 1].frame) * SpeechBands.hop : end
            return stop > start ? Phone(start: start, end: stop, ipa: edge.ipa, confidence: 0.3) : nil
        }
    }

    /// Alternating peaks and dips that differ by the prominence.
    private static func turningPoints(
        in range: Range<Int>, _ open: [Float]
    ) -> [(frame: Int, isPeak: Bool)] {
        var out: [(frame: Int, isPeak: Bool)] = []
        var high = range.lowerBound
        var low = range.lowerBound
        var seekingPeak: Bool?
        for frame in range {
            if open[frame] > open[high] { high = frame }
            if open[frame] < open[low] { low = frame }
            if seekingPeak != true, open[frame] > open[low] + prominence {
                out.append((low, false))
                high = frame
                seekingPeak = true
            } else if seekingPeak != false, open[frame] < open[high] - prominence {
                out.append((high, true))
                low = frame
                seekingPeak = false
            }
        }
        if out.isEmpty { return [(high, true)] }
        out.append(seekingPeak == true ? (high, true) : (low, false))
        return out
    }

    private static func vowel(at frame: Int, _ open: [Float], _ bands: SpeechBands) -> String {
        let tilt = bands[.low][frame] - bands[.front][frame]
        switch open[frame] {
        case 0.85...: return "a"
        case 0.7..<0.85: return tilt > 0.25 ? "ɔ" : "ɛ"
        case 0.55..<0.7: return tilt > 0.3 ? "o" : "e"
        default: return tilt > 0.35 ? "u" : "ɪ"
        }
    }

    private static func consonant(at frame: Int, _ open: [Float], _ bands: SpeechBands) -> String {
        if bands[.hiss][frame] > open[frame] + 0.15 { return "s" }
        return bands[.voice][frame] > 0.6 ? "n" : "t"
    }
}

import AvatariumCore
import Phonetics

/// A character of a synthesizer's phoneme string and how long it lasts: neural voices give time to stress
/// marks, length marks, spaces and punctuation too.
package struct SpelledUnit: Sendable {
    package var symbol: String
    package var seconds: Double

    package init(symbol: String, seconds: Double) {
        self.symbol = symbol
        self.seconds = seconds
    }

    /// Pauses shorter than this, seconds, belong to the phones around them.
    private static let shortestPause = 0.06

    /// The timeline of a run of units from time 0.
    ///
    /// A stress mark's time goes to the vowel that follows it, a length mark's and a diacritic's to the phone
    /// before; a space's and punctuation's becomes a pause if it is long, else half goes to either side.
    static func timeline(
        _ units: [SpelledUnit], alphabet: Alphabet, source: TimingSource, form: String, at place: TimingPlace
    ) throws -> PhoneTimeline {
        guard units.allSatisfy({ $0.seconds.isFinite && $0.seconds >= 0 && $0.seconds < 3600 }) else {
            throw source.error("a duration is negative or not a number", at: place)
        }
        let total = units.reduce(0) { $0 + $1.seconds }
        if let limit = source.audioDuration, total > limit + TimelineBuilder.overhang {
            throw source.error(
                "its durations sum to \((total * 1000).rounded() / 1000) s, more than the audio has",
                at: place)
        }
        let phones = phones(units, alphabet: alphabet)
        guard phones.contains(where: { !$0.isSilence }) else {
            throw source.error("it contains no phones; give at least one", at: place)
        }
        return PhoneTimeline(phones: phones, source: form)
    }

    /// A stretch of one kind.
    private struct Run {
        var text: String
        var seconds: Double
        var isPause: Bool
        var word: Int
        /// Time of stress marks, which is the following vowel's own.
        var stressSeconds = 0.0
    }

    package static func phones(_ units: [SpelledUnit], alphabet: Alphabet) -> [Phone] {
        // Short pauses: half to either side.
        let all = runs(units)
        var runs: [Run] = []
        runs.reserveCapacity(all.count)
        var carried = 0.0
        for (index, run) in all.enumerated() {
            if run.isPause, run.seconds < shortestPause, !runs.isEmpty, index + 1 < all.count {
                runs[runs.count - 1].seconds += run.seconds / 2
                carried = run.seconds / 2
            } else {
                runs.append(run)
                runs[runs.count - 1].seconds += carried
                carried = 0
            }
        }
        var phones: [Phone] = []
        var at = 0.0
        for run in runs where run.seconds > 0 {
            phones += Self.phones(of: run, from: at, alphabet: alphabet)
            at += run.seconds
        }
        return phones
    }

    private static func phones(of run: Run, from start: Double, alphabet: Alphabet) -> [Phone] {
        let segments = run.isPause ? [] : alphabet.segments(of: run.text) ?? []
        guard !segments.isEmpty else { return [Phone(start: start, end: start + run.seconds, ipa: "")] }
        let shares = PhoneDurations.shares(of: segments.map(\.ipa))
        var at = start
        return zip(segments, shares).map { segment, share in
            defer { at += share * run.seconds }
            return Phone(
                start: at, end: at + share * run.seconds, ipa: segment.ipa, stress: segment.stress,
                wordIndex: nil)
        }
    }

    /// Joins marks to their phones, and letters that make one phone.
    private static func runs(_ units: [SpelledUnit]) -> [Run] {
        var runs: [Run] = []
        var stress = ""
        var stressSeconds = 0.0
        var word = 0
        for unit in units {
            switch unit.symbol {
            case "ˈ", "ˌ", "'":
                stress = unit.symbol == "ˌ" ? "ˌ" : "ˈ"
                stressSeconds += unit.seconds
            case "ː", "ˑ", ":":
                if let last = runs.indices.last, !runs[last].isPause {
                    runs[last].text += unit.symbol
                    runs[last].seconds += unit.seconds
                }
            default:
                let letters = IPALetter.read(unit.symbol)
                if letters.isEmpty,
                    unit.symbol.unicodeScalars.contains(where: { $0.value >= 0x300 && !isPunctuation($0) }),
                    let last = runs.indices.last, !runs[last].isPause
                {
                    // A diacritic of its own.
                    runs[last].text += unit.symbol
                    runs[last].seconds += unit.seconds
                } else if letters.isEmpty {
                    if runs.last?.isPause == true {
                        runs[runs.count - 1].seconds += unit.seconds
                    } else {
                        runs.append(Run(text: "", seconds: unit.seconds, isPause: true, word: word))
                        word += 1
                    }
                } else if stress.isEmpty, let last = runs.indices.last, !runs[last].isPause,
                    IPASegments.of(runs[last].text + unit.symbol).count == 1
                {
                    // The second letter of a diphthong or an affricate.
                    runs[last].text += unit.symbol
                    runs[last].seconds += unit.seconds
                } else {
                    // Piper marks stress before the syllable's vowel, so its time is the vowel's.
                    runs.append(
                        Run(
                            text: stress + unit.symbol, seconds: unit.seconds + stressSeconds, isPause: false,
                            word: word))
                    stress = ""
                    stressSeconds = 0
                }
            }
        }
        return runs
    }

    private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .otherPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .spaceSeparator:
            true
        default: false
        }
    }
}

/// Piper's ids beside its phonemes.
enum PiperAlignment {
    /// Begin, pad, then a phoneme and a pad each, end.
    static func paddedIDs(count: Int) -> [Double] {
        (0..<count).map { $0 == 0 ? 1 : $0 == count - 1 ? 2 : $0 % 2 == 1 ? 0 : 3 }
    }

    /// One unit per phoneme; a pad's time goes to what is before it.
    static func units(ids: [Double], samples: [Double], phonemes: [String], rate: Double) -> [SpelledUnit] {
        // The list may or may not name the begin and end marks.
        var rest = phonemes.filter { $0 != "^" && $0 != "$" && $0 != "_" }[...]
        var units: [SpelledUnit] = []
        for (id, count) in zip(ids, samples) {
            if id == 0, !units.isEmpty {
                units[units.count - 1].seconds += count / rate
            } else {
                let isMark = id <= 2
                units.append(
                    SpelledUnit(symbol: isMark ? " " : rest.popFirst() ?? " ", seconds: count / rate))
            }
        }
        return units
    }
}

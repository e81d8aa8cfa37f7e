import AvatariumCore

/// The unit of a file's times, found by how fast people speak.
struct TimeUnit: Equatable {
    /// How many of it are a second.
    var perSecond: Double
    var name: String

    static let seconds = TimeUnit(perSecond: 1, name: "seconds")

    /// A stretch of speech as the file gives it.
    struct Sample {
        var start: Double
        var end: Double?
        /// How long such a stretch typically lasts, seconds.
        var typical: Double
    }

    private static let units = [
        TimeUnit(perSecond: 100, name: "hundredths of a second"),
        TimeUnit(perSecond: 1000, name: "milliseconds"),
        TimeUnit(perSecond: 1e6, name: "microseconds"), TimeUnit(perSecond: 1e7, name: "ticks of 100 ns"),
        TimeUnit(perSecond: 1e9, name: "nanoseconds"),
    ]
    private static let sampleRates = [8000.0, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000]

    /// So many times slower than people speak, numbers are not seconds: several whole numbers, or any.
    private static let implausibleWhole = 10.0
    private static let implausible = 200.0
    /// How many times faster or slower than typical a plausible unit may be.
    private static let tolerance = 4.0
    /// The tolerance for a whole text of at least `many` words or phones, whose rate varies less.
    private static let toleranceOfMany = 2.5
    private static let many = 5
    /// Nobody speaks so many times faster.
    private static let tooFast = 12.0

    /// Returns the unit in which a file counts.
    ///
    /// Seconds wherever they are plausible. Else the one of the usual units in which the speech would have an
    /// ordinary rate, with a diagnostic; sample counts only where the audio's length tells their rate.
    /// - Parameter expected: The unit that the form is documented to have; it needs no diagnostic.
    /// - Throws: E093 where no unit, or more than one, makes speech of the numbers.
    static func guess(
        _ samples: [Sample], source: TimingSource, at place: TimingPlace?, expected: TimeUnit? = nil
    ) throws -> TimeUnit {
        var rates: [Double] = []
        var isWhole = true
        for (index, sample) in samples.enumerated() {
            isWhole =
                isWhole && sample.start == sample.start.rounded()
                && (sample.end.map { $0 == $0.rounded() } ?? true)
            let end = sample.end ?? (index + 1 < samples.count ? samples[index + 1].start : nil)
            guard let end, end > sample.start, sample.typical > 0 else { continue }
            rates.append((end - sample.start) / sample.typical)
        }
        guard !rates.isEmpty else { return .seconds }
        rates.sort()
        let slowness = rates[rates.count / 2]
        if let expected, isWhole, (0.1...10).contains(slowness / expected.perSecond) { return expected }
        guard slowness > 1 / tooFast || rates.count < 3 else {
            throw source.error(
                "its times are not seconds: a word or phone would last only "
                    + "\(TimelineBuilder.show(slowness)) of its usual duration; give seconds",
                at: place)
        }
        let tolerance = rates.count < many ? tolerance : toleranceOfMany
        let least = isWhole && rates.count > 1 ? implausibleWhole : implausible
        let last = samples.lazy.compactMap { $0.end ?? $0.start }.max() ?? 0
        let fitsAudio = source.audioDuration.map { last <= $0 + TimelineBuilder.overhang } ?? false
        guard slowness.isFinite, slowness > least, !fitsAudio else { return .seconds }
        func isPlausible(_ perSecond: Double) -> Bool {
            let ratio = slowness / perSecond
            guard ratio > 1 / tolerance, ratio < tolerance else { return false }
            return source.audioDuration.map { last / perSecond <= $0 + TimelineBuilder.overhang } ?? true
        }
        func chosen(_ unit: TimeUnit) -> TimeUnit {
            source.note(
                "TIMING_UNIT",
                "its times are plausible for speech only as \(unit.name), not as seconds; they are read as "
                    + "such", at: place)
            return unit
        }
        func distance(_ unit: TimeUnit) -> Double {
            let ratio = slowness / unit.perSecond
            return max(ratio, 1 / ratio)
        }
        if let unit = units.filter({ isPlausible($0.perSecond) }).min(by: { distance($0) < distance($1) }) {
            return chosen(unit)
        }
        let rate = sampleRates.filter(isPlausible)
        if isWhole, !rate.isEmpty {
            if let duration = source.audioDuration {
                // Labels of samples reach to the end of the audio.
                let nearest = rate.max { last / $0 < last / $1 } ?? rate[0]
                if last / nearest >= 0.9 * duration, last / nearest <= duration + TimelineBuilder.overhang {
                    return chosen(TimeUnit(perSecond: nearest, name: "samples at \(Int(nearest)) Hz"))
                }
            }
            throw source.error(
                "its times look like sample numbers, and their rate is not known; give seconds, or times in "
                    + "milliseconds", at: place)
        }
        if let duration = source.audioDuration, last > duration {
            // Nothing makes speech that fits: the ordinary check says where it leaves the audio.
            return .seconds
        }
        throw source.error(
            "its times are not seconds: one word or phone would last "
                + "\(TimelineBuilder.show(slowness)) times its usual "
                + "duration\(slowness < 100 ? " (frame numbers?)" : "")"
                + "; give seconds", at: place)
    }
}

extension TimedWord {
    /// Returns the word with its times in seconds.
    func scaled(from unit: TimeUnit) -> TimedWord {
        var word = self
        word.start = start.map { $0 / unit.perSecond }
        word.end = end.map { $0 / unit.perSecond }
        word.bounds = bounds.map { $0.lowerBound / unit.perSecond...$0.upperBound / unit.perSecond }
        return word
    }
}

extension [TimedSymbol] {
    /// Brings phones, and the words beside them, to seconds where their times make speech only in another unit.
    mutating func scaleToSeconds(_ words: inout [TimedWord], _ source: TimingSource) throws {
        let unit = try TimeUnit.guess(
            map { TimeUnit.Sample(start: $0.start, end: $0.end, typical: 0.1) }, source: source,
            at: first?.place)
        guard unit != .seconds else { return }
        for index in indices {
            self[index].start /= unit.perSecond
            self[index].end = self[index].end.map { $0 / unit.perSecond }
        }
        for index in words.indices {
            words[index].start = words[index].start.map { $0 / unit.perSecond }
            words[index].end = words[index].end.map { $0 / unit.perSecond }
        }
    }
}

import AvatariumCore

/// Animates speech while it is still being produced: takes the phones known so far, and returns the frames that
/// later phones cannot change.
///
/// With the look-ahead of half a second, frames follow each other as if the speech had been known from the start,
/// however it is cut into pieces; only what compares phones with each other (loudness, and stress where the source
/// marks none) looks no further than the end of the piece. Live voices take a shorter one: then the mouth sees less
/// of what comes next, and what is planned over longer times (blinks, gaze) goes by the seed alone, so that nothing
/// that was shown is ever taken back. Time is linear in the phones known, for each piece.
public struct FaceTrackStream: Sendable {
    /// Options and cues. Cues must be added before the frames that they affect are returned, that is, with their
    /// words.
    public var options: PerformanceOptions
    public let frameRate: FrameRate
    /// The number of frames returned so far.
    public private(set) var frameCount = 0
    /// The duration of the speech known so far, in seconds.
    public private(set) var knownSeconds = 0.0

    private var loudness = VowelLoudness()
    private var stressed: [HandPlan.Stress] = []
    /// Whether the source has marked stress so far.
    private var marksStress = false
    /// Segments up to the last known phone: those after it may still change.
    private var settledSegments = 0

    /// The look-ahead in seconds: frames are returned up to this time before the end of the known speech.
    public let lookAheadSeconds: Double
    /// The emotion cues that were taken so far, and the same with later starts where they came after they should have
    /// begun to show.
    private var knownEmotions = 0
    private var lateEmotions: [EmotionCue] = []
    /// How many gestures are known.
    private var knownGestures = 0
    private var lateGestures: [GestureCue] = []

    /// The look-ahead, in seconds, with which frames equal those of speech that is completely known. The widest
    /// reach is that of the mouth's window, 0.25 s before a phone; then come the fades of emotions, 0.3 s before
    /// a word.
    public static let exactLookAhead = 0.5
    /// The shortest look-ahead, in seconds; lips close 90 ms before a p.
    public static let shortestLookAhead = 0.1
    /// How far before the start of the last phone exact frames end, seconds.
    private static let beforeStart = 0.35
    /// How far before the start of the last word, seconds: hands set out for the next one.
    private static let beforeWord = GestureTimes.beforeWord + 0.03
    /// How far beyond what is known blinks and looks are planned by the seed, seconds.
    private static let planned = 10.0

    /// - Parameter lookAheadSeconds: The look-ahead, 0.1 to 0.5 seconds.
    public init(
        options: PerformanceOptions = PerformanceOptions(), frameRate: FrameRate,
        lookAheadSeconds: Double = FaceTrackStream.exactLookAhead
    ) {
        self.options = options
        self.frameRate = frameRate
        self.lookAheadSeconds =
            lookAheadSeconds.isFinite
            ? min(max(lookAheadSeconds, Self.shortestLookAhead), Self.exactLookAhead) : Self.exactLookAhead
    }

    private var isExact: Bool { lookAheadSeconds == Self.exactLookAhead }

    /// Adds speech, and returns the frames after those already returned.
    ///
    /// - Parameters:
    ///   - timeline: All phones and words known so far, in seconds; earlier ones must not change.
    ///   - durationSeconds: The end of the known speech; not less than before.
    ///   - audio: The audio of the new part.
    ///   - isWhole: Whether this is the last part; frames then cover the whole duration.
    public mutating func extend(
        to timeline: PhoneTimeline, durationSeconds: Double, audio: AudioBuffer? = nil, isWhole: Bool = false
    ) -> [FaceFrame] {
        let duration = durationSeconds.isFinite ? min(max(durationSeconds, 0), 360_000) : 0
        let segments = SpeechSegment.segments(of: timeline, durationSeconds: duration)
        let settled = (segments.lastIndex { !$0.sound.isSilence } ?? -1) + 1
        if settled > settledSegments {
            let new = segments[settledSegments..<settled]
            // Vowels that were guessed from loudness have it already.
            let heard = timeline.source == PhoneTimeline.audioAnalysis ? nil : audio
            loudness.append(new, audio: heard, audioStart: knownSeconds)
            marksStress = marksStress || new.contains { $0.sound.isVowel && $0.stress == 1 }
            let knownAt = isExact ? 0 : frameRate.seconds(atFrame: frameCount)
            stressed += GesturePlan.stressed(new, isMarked: marksStress).map {
                HandPlan.Stress(vowel: $0, knownAt: knownAt)
            }
            settledSegments = settled
        }
        knownSeconds = max(knownSeconds, duration)
        delayLateEmotions()
        delayLateGestures()
        let end =
            isWhole
            ? frameRate.frameCount(coveringSeconds: duration)
            : framesBefore(horizon(segments.prefix(settled), timeline))
        guard end > frameCount else { return [] }
        defer { frameCount = end }
        return frames(frameCount..<end, segments, timeline, durationSeconds: duration)
    }

    private func frames(
        _ range: Range<Int>, _ segments: [SpeechSegment], _ timeline: PhoneTimeline, durationSeconds: Double
    ) -> [FaceFrame] {
        var curve = MouthCurve(
            segments: segments, loudness: loudness, mouthStrength: options.mouthStrength, frameRate: frameRate
        )
        var options = options
        if !isExact { options.gestures = lateGestures }
        let performance = PerformanceLayer(
            options: options, segments: isExact ? segments : [], stressed: stressed, words: timeline.words,
            durationSeconds: isExact ? durationSeconds : knownSeconds + Self.planned)
        var emotions = EmotionLayer(
            cues: isExact ? options.emotions : lateEmotions,
            headMotion: options.headMotion)
        return range.map { index in
            let time = frameRate.seconds(atFrame: index)
            var frame = FaceFrame()
            emotions.apply(to: &frame, at: time)
            MouthSolver.solve(curve.pose(at: time), into: &frame)
            performance.apply(to: &frame, at: time)
            return frame.clamped()
        }
    }

    /// Seconds before which frames are given.
    private func horizon(_ known: ArraySlice<SpeechSegment>, _ timeline: PhoneTimeline) -> Double {
        guard let last = known.last else { return 0 }
        var horizon = last.end - lookAheadSeconds
        if isExact {
            horizon = min(horizon, last.start - Self.beforeStart)
            if let word = timeline.words.last { horizon = min(horizon, word.start - Self.beforeWord) }
        }
        // A contact is moved to the nearest frame.
        return horizon - 1 / frameRate.framesPerSecond
    }

    /// Lets emotions whose cues come after they should have begun to show begin now.
    private mutating func delayLateEmotions() {
        guard !isExact else { return }
        let shown = frameRate.seconds(atFrame: frameCount)
        for var cue in options.emotions.dropFirst(knownEmotions) {
            cue.start = max(cue.start, shown + EmotionLayer.fade / 2)
            if let end = cue.end { cue.end = max(end, cue.start) }
            lateEmotions.append(cue)
        }
        knownEmotions = options.emotions.count
    }

    /// Lets gestures of the hands that come after they should have begun begin now.
    private mutating func delayLateGestures() {
        guard !isExact else { return }
        let shown = frameRate.seconds(atFrame: frameCount)
        for var cue in options.gestures.dropFirst(knownGestures) {
            if cue.gesture.isOfHands, cue.start < shown {
                cue.stroke = GestureTimes(cue)?.stroke
                cue.start = shown
            }
            lateGestures.append(cue)
        }
        knownGestures = options.gestures.count
    }

    private func framesBefore(_ seconds: Double) -> Int {
        seconds > 0 ? frameRate.frameCount(coveringSeconds: seconds) : 0
    }
}

extension FaceFrame {
    /// All weights within 0...1; NaN becomes 0.
    fileprivate func clamped() -> FaceFrame {
        var frame = self
        for index in frame.shapes.indices { frame.shapes[index] = unit(frame.shapes[index]) }
        for index in frame.visemes.indices { frame.visemes[index] = unit(frame.visemes[index]) }
        for index in frame.emotions.indices { frame.emotions[index] = unit(frame.emotions[index]) }
        return frame
    }

    private func unit(_ value: Float) -> Float {
        value > 0 ? min(value, 1) : 0
    }
}

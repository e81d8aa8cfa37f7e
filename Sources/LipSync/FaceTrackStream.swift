import AvatariumCore

/// Animates speech while it is still being made: takes what is known of it, and gives the frames that nothing to
/// come can change.
///
/// However the speech is cut into pieces, frames follow each other as if it had been known from the start; only
/// what compares sounds with each other (loudness, and stress where the source marks none) looks no further than
/// the end of the piece. Time is linear in the phones known, for each piece.
public struct FaceTrackStream: Sendable {
    /// Cues may be added before the frames that they touch are given: that is, with the words that they belong to.
    public var options: PerformanceOptions
    public let frameRate: FrameRate
    /// Frames given so far.
    public private(set) var frameCount = 0
    /// Seconds of the speech known so far.
    public private(set) var knownSeconds = 0.0

    private var loudness = VowelLoudness()
    private var stressed: [SpeechSegment] = []
    /// Whether the source has marked stress so far.
    private var marksStress = false
    /// Segments up to the last known sound: those after it may still change.
    private var settledSegments = 0

    /// Seconds before the last known sound's end, and before its start and that of the last word, up to which
    /// nothing to come can reach. The widest reach is that of the mouth's window, 0.25 s; then come the fades of
    /// emotions, 0.3 s before a word.
    private enum Reach {
        static let beforeEnd = 0.5
        static let beforeStart = 0.35
    }

    public init(options: PerformanceOptions = PerformanceOptions(), frameRate: FrameRate) {
        self.options = options
        self.frameRate = frameRate
    }

    /// Takes what is now known, and returns the frames after those already given.
    ///
    /// - Parameters:
    ///   - timeline: all sounds and words known, in seconds; those given before must stay as they are.
    ///   - durationSeconds: where what is known ends; not less than before.
    ///   - audio: the sound of what is new.
    ///   - isWhole: whether nothing follows: then frames cover all of the duration.
    public mutating func extend(
        to timeline: PhoneTimeline, durationSeconds: Double, audio: AudioBuffer? = nil, isWhole: Bool = false
    ) -> [FaceFrame] {
        let duration = durationSeconds.isFinite ? min(max(durationSeconds, 0), 360_000) : 0
        let segments = SpeechSegment.segments(of: timeline, durationSeconds: duration)
        let settled = (segments.lastIndex { !$0.sound.isSilence } ?? -1) + 1
        if settled > settledSegments {
            let new = segments[settledSegments..<settled]
            loudness.append(new, audio: audio, audioStart: knownSeconds)
            marksStress = marksStress || new.contains { $0.sound.isVowel && $0.stress == 1 }
            stressed += GesturePlan.stressed(new, isMarked: marksStress)
            settledSegments = settled
        }
        knownSeconds = max(knownSeconds, duration)
        let end =
            isWhole
            ? frameRate.frameCount(coveringSeconds: duration)
            : framesBefore(Self.horizon(segments.prefix(settled), timeline, frameRate))
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
        let performance = PerformanceLayer(
            options: options, segments: segments, stressed: stressed, words: timeline.words,
            durationSeconds: durationSeconds)
        var emotions = EmotionLayer(cues: options.emotions, headMotion: options.headMotion)
        return range.map { index in
            let time = frameRate.seconds(atFrame: index)
            var frame = FaceFrame()
            emotions.apply(to: &frame, at: time)
            MouthSolver.solve(curve.pose(at: time), into: &frame)
            performance.apply(to: &frame, at: time)
            return frame.clamped()
        }
    }

    /// Seconds before which nothing can change any more.
    private static func horizon(
        _ known: ArraySlice<SpeechSegment>, _ timeline: PhoneTimeline, _ frameRate: FrameRate
    ) -> Double {
        guard let last = known.last else { return 0 }
        var horizon = min(last.end - Reach.beforeEnd, last.start - Reach.beforeStart)
        if let word = timeline.words.last { horizon = min(horizon, word.start - Reach.beforeStart) }
        // A contact is moved to the nearest frame.
        return horizon - 1 / frameRate.framesPerSecond
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

import AvatariumCore

/// Turns what is said into what a face does.
///
/// Five pure steps over timelines: phones become segments without gaps, segments get articulatory targets,
/// targets melt into a curve (coarticulation) with exact contacts, each frame's pose is solved for face shapes,
/// and the performance (emotions, blinks, gaze, head) is laid around it.
/// `docs/LIPSYNC.md` gives the model with its sources and measurements.
public struct LipSync: Sendable {
    public var options: PerformanceOptions

    public init(options: PerformanceOptions = PerformanceOptions()) {
        self.options = options
    }

    /// The face for every frame of a clip; linear in the number of phones and frames.
    ///
    /// - Parameters:
    ///   - timeline: sounds in seconds; anything that is out of order, overlapping or not finite is mended.
    ///   - durationSeconds: length of the clip; frames cover all of it.
    ///   - audio: the speech itself, where there is any: its loudness scales vowels, never closures.
    public func faceTrack(
        for timeline: PhoneTimeline, durationSeconds: Double, frameRate: FrameRate, audio: AudioBuffer? = nil
    ) -> FaceTrack {
        let duration = durationSeconds.isFinite ? min(max(durationSeconds, 0), 360_000) : 0
        let segments = SpeechSegment.segments(of: timeline, durationSeconds: duration)
        let loudness = audio.map { VowelLoudness(segments: segments, audio: $0) }
        var curve = MouthCurve(
            segments: segments, loudness: loudness, mouthStrength: options.mouthStrength, frameRate: frameRate
        )
        let count = frameRate.frameCount(coveringSeconds: duration)
        let performance = PerformanceLayer(
            options: options, segments: segments, timeline: timeline, durationSeconds: duration)
        var emotions = EmotionLayer(
            cues: options.emotions, headMotion: options.headMotion)
        var frames: [FaceFrame] = []
        frames.reserveCapacity(count)
        for index in 0..<count {
            let time = frameRate.seconds(atFrame: index)
            var frame = FaceFrame()
            emotions.apply(to: &frame, at: time)
            MouthSolver.solve(curve.pose(at: time), into: &frame)
            performance.apply(to: &frame, at: time)
            frames.append(frame.clamped())
        }
        return FaceTrack(frameRate: frameRate, frames: frames)
    }
}

extension FaceFrame {
    /// All weights within 0...1; NaN becomes 0.
    func clamped() -> FaceFrame {
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

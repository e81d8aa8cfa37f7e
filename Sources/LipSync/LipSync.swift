import AvatariumCore

/// Converts phones to a face track.
///
/// Five pure steps over timelines: phones become segments without gaps, segments get articulatory targets,
/// targets are blended into a curve (coarticulation) with exact contacts, each frame's pose is solved for face shapes,
/// and the performance (emotions, blinks, gaze, head) is laid around it.
/// `docs/LIPSYNC.md` gives the model with its sources and measurements.
public struct LipSync: Sendable {
    public var options: PerformanceOptions

    public init(options: PerformanceOptions = PerformanceOptions()) {
        self.options = options
    }

    /// Returns the face of every frame of a clip, in time linear in the number of phones and frames.
    /// `FaceTrackStream` does the same for speech that is still being produced.
    ///
    /// - Parameters:
    ///   - timeline: Phones with their times in seconds; spans that are out of order, overlapping or not finite are repaired.
    ///   - durationSeconds: length of the clip; frames cover all of it.
    ///   - audio: the speech itself, where there is any: its loudness scales vowels, never closures.
    public func faceTrack(
        for timeline: PhoneTimeline, durationSeconds: Double, frameRate: FrameRate, audio: AudioBuffer? = nil
    ) -> FaceTrack {
        var stream = FaceTrackStream(options: options, frameRate: frameRate)
        let frames = stream.extend(
            to: timeline, durationSeconds: durationSeconds, audio: audio, isWhole: true)
        return FaceTrack(frameRate: frameRate, frames: frames)
    }
}

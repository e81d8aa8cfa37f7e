/// A face over time, sampled on the clip's own frame grid: frame `i` is at `frameRate.seconds(atFrame: i)`.
public struct FaceTrack: Sendable, Equatable {
    public var frameRate: FrameRate
    public var frames: [FaceFrame]

    public init(frameRate: FrameRate, frames: [FaceFrame]) {
        self.frameRate = frameRate
        self.frames = frames
    }

    public var durationSeconds: Double { frameRate.seconds(atFrame: frames.count) }
}

import AvatariumCore

/// The result of rendering a clip, and its cost.
public struct ClipReport: Sendable, Codable {
    public var output: String
    public var avatar: String
    /// The source of the phones: `espeak-ng`, `textgrid`, `forced-alignment` ...
    public var timingSource: String
    public var durationSeconds: Double
    public var frames: Int
    public var size: ImageSize
    public var fps: FrameRate
    /// Wall time from the start to the finished file, in seconds.
    public var wallSeconds: Double
    /// CPU time of the whole process in that period, in seconds.
    public var cpuSeconds: Double
    /// Wall time from the start until the encoder accepted the first frame, in seconds.
    public var firstFrameSeconds: Double
    /// Wall time by stage, in seconds; stages overlap, so their sum exceeds `wallSeconds`.
    public var stages: [Stage]
    /// The XXH3-128 hash of all raw pixels, as 32 hexadecimal digits: equal digests mean identical frames.
    public var digest: String
    /// The size of the finished file in bytes, if there is one.
    public var bytes: Int?
    /// The peak resident memory of the process, in bytes.
    public var peakMemoryBytes: Int
    public var renderer: String
    /// The integrated loudness of the speech in LUFS, if it was normalised.
    public var loudness: Double?
    /// The path of the poster, if there is one.
    public var poster: String?
    public var diagnostics: [Diagnostic]

    public struct Stage: Sendable, Codable {
        public var name: String
        public var seconds: Double
    }

    /// The average number of frames per second over the whole run.
    public var framesPerSecond: Double { wallSeconds > 0 ? Double(frames) / wallSeconds : 0 }
}

/// The progress of a clip.
public struct ClipProgress: Sendable, Codable {
    public var stage: String
    public var frame: Int
    /// The number of frames of the whole clip; nil while speech is still being synthesised.
    public var frames: Int?
    /// Wall time since the start, in seconds.
    public var elapsedSeconds: Double
}

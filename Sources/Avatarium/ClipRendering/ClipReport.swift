import AvatariumCore

/// What was made, and what it cost.
public struct ClipReport: Sendable, Codable {
    public var output: String
    public var avatar: String
    /// Where the phones came from: `espeak-ng`, `textgrid`, `forced-alignment` ...
    public var timingSource: String
    public var durationSeconds: Double
    public var frames: Int
    public var size: ImageSize
    public var fps: FrameRate
    /// Wall seconds from start to finished file.
    public var wallSeconds: Double
    /// CPU seconds of the whole process in that time.
    public var cpuSeconds: Double
    /// Wall seconds from start until the first frame was handed to the encoder and taken.
    public var firstFrameSeconds: Double
    /// Wall seconds by stage; stages overlap, so they add up to more than `wallSeconds`.
    public var stages: [Stage]
    /// XXH3-128 of all raw pixels, 32 hexadecimal digits: equal digests are equal pictures.
    public var digest: String
    /// Bytes of the finished file, where there is one.
    public var bytes: Int?
    /// Peak resident memory of the process, bytes.
    public var peakMemoryBytes: Int
    public var renderer: String
    /// The integrated loudness of the speech, LUFS, where it was brought to one.
    public var loudness: Double?
    /// The path of the poster, where there is one.
    public var poster: String?
    public var diagnostics: [Diagnostic]

    public struct Stage: Sendable, Codable {
        public var name: String
        public var seconds: Double
    }

    /// Frames per second of the whole run.
    public var framesPerSecond: Double { wallSeconds > 0 ? Double(frames) / wallSeconds : 0 }
}

/// How far a clip is.
public struct ClipProgress: Sendable, Codable {
    public var stage: String
    public var frame: Int
    /// Frames of the whole clip; nil while its speech is still being made.
    public var frames: Int?
    /// Wall seconds since the start.
    public var elapsedSeconds: Double
}

import AvatariumCore

/// The options of a `ClipWriter`.
public struct ClipWriterOptions: Sendable {
    public var format: ClipFormat
    /// The path of the file, the pattern of a PNG sequence, or `-` for standard output.
    public var path: String
    /// Width and height in pixels; even for MP4 and WebM.
    public var width: Int
    public var height: Int
    public var frameRate: FrameRate
    /// Whether to keep the alpha of frames (`ClipFormat.carriesAlpha`).
    public var hasAlpha: Bool
    /// Samples per second of the audio given to `write(audio:)`; nil for a silent clip.
    public var audioSampleRate: Int?
    public var quality: Quality
    /// The number of encoder threads; nil uses one per core, at most 8.
    public var threads: Int?
    /// The title in the file's metadata.
    public var title: String?
    /// The codec and its settings, if not the format's defaults.
    public var encoding = EncodingOptions()
    /// The captions of a track that players can show.
    public var captions: [CaptionCue] = []

    /// What `-` writes to; tests put a pipe or a full device here.
    package var standardOutput: Int32 = 1
    /// Takes the bytes that would go to standard output, where somebody in this process wants them.
    package var receiver: (@Sendable (UnsafeRawBufferPointer) -> Void)?

    public init(
        format: ClipFormat, path: String, width: Int, height: Int, frameRate: FrameRate = .fps30,
        hasAlpha: Bool = false, audioSampleRate: Int? = nil, quality: Quality = .standard,
        threads: Int? = nil, title: String? = nil
    ) {
        self.format = format
        self.path = path
        self.width = width
        self.height = height
        self.frameRate = frameRate
        self.hasAlpha = hasAlpha
        self.audioSampleRate = audioSampleRate
        self.quality = quality
        self.threads = threads
        self.title = title
    }

    /// Validates the options before anything is opened.
    ///
    /// - Throws: E071 with `context["field"]`.
    public func validate() throws {
        func refuse(_ field: String, _ message: String) -> AvatariumError {
            AvatariumError(.invalidConfig, message, context: ["field": field])
        }
        if format.isSoundOnly {
            guard audioSampleRate != nil else {
                throw refuse(
                    "output",
                    "\(format.rawValue) is an audio format, and the clip has no audio; write .mp4 or .webm")
            }
        }
        if !captions.isEmpty, !format.carriesCaptions {
            throw refuse(
                "captions",
                "\(format.rawValue) has no track for captions; burn them in, or write .mp4, .webm or .mov")
        }
        guard (1...16384).contains(width), (1...16384).contains(height), width * height <= 1 << 26 else {
            throw refuse("size", "a picture of \(width)x\(height) is out of range; use 1 to 16384 per side")
        }
        if format.needsEvenSize, width % 2 != 0 || height % 2 != 0 {
            throw refuse(
                "size",
                "\(width)x\(height) has an odd side, which \(format.rawValue) does not support; use "
                    + "\(width + width % 2)x\(height + height % 2), or write .mov or PNG frames")
        }
        if hasAlpha, !format.carriesAlpha {
            throw refuse(
                "background",
                "\(format.rawValue) has no transparency; write .webm, .mov or PNG frames, or give a background"
            )
        }
        try encoding.validate(format, hasAlpha: hasAlpha)
        if let audioSampleRate, !(4000...384_000).contains(audioSampleRate) {
            throw refuse(
                "audioSampleRate", "audio of \(audioSampleRate) Hz is out of range; use 4000 to 384000")
        }
        guard frameRate.framesPerSecond <= 1000, frameRate.framesPerSecond >= 0.1,
            frameRate.numerator <= 1_000_000, frameRate.denominator <= 1_000_000
        else {
            throw refuse("frameRate", "\(frameRate) frames per second is out of range; use 0.1 to 1000")
        }
        if format == .gif, frameRate.framesPerSecond > 50 {
            throw refuse(
                "fps",
                "players show a frame of a GIF for at least 0.02 s, so that \(frameRate) frames per second would play "
                    + "slowly; use 50 or less")
        }
        if let threads, !(1...64).contains(threads) {
            throw refuse("threads", "\(threads) encoder threads are out of range; use 1 to 64")
        }
        guard !path.isEmpty else { throw refuse("output", "the output path is empty; name a file") }
    }
}

/// Information about the written file.
public struct ClipFileInfo: Sendable, Codable, Equatable {
    /// The file's path, the pattern of the frames, or `-`.
    public var path: String
    public var frameCount: Int
    public var durationSeconds: Double
    /// The number of bytes written.
    public var byteCount: Int
    /// The path of the audio file beside a PNG sequence.
    public var audioPath: String?
    /// Seconds of audio after the last frame that were cut off.
    public var audioSecondsDropped: Double
}

import AvatariumCore
import Media
import Rendering
import TimingFormats

/// The format of what a sink receives: frames of one size and rate, and mono audio.
public struct FrameFormat: Sendable, Hashable {
    public var size: ImageSize
    public var frameRate: FrameRate
    /// Whether frames may have transparent parts.
    public var hasAlpha: Bool
    /// Samples per second of the audio; nil for a clip without audio.
    public var audioSampleRate: Int?
    /// The trade-off between compression effort and speed.
    public var quality: Quality
    /// The codec and its settings, if they override the format's defaults.
    public var encoding = EncodingOptions()
    /// Captions for a separate track.
    public var captions: [CaptionCue] = []

    public init(
        size: ImageSize, frameRate: FrameRate, hasAlpha: Bool, audioSampleRate: Int?, quality: Quality
    ) {
        self.size = size
        self.frameRate = frameRate
        self.hasAlpha = hasAlpha
        self.audioSampleRate = audioSampleRate
        self.quality = quality
    }

    init(_ clip: Clip, audioSampleRate: Int?, timeline: PhoneTimeline? = nil) {
        self.init(
            size: clip.look.size, frameRate: clip.frameRate,
            hasAlpha: clip.movie == nil && clip.look.background.hasAlpha,
            audioSampleRate: audioSampleRate, quality: clip.look.quality)
        encoding = clip.encoding
        guard clip.edit.captions.contains(.soft), let timeline else { return }
        captions = timeline.captions().map(\.line)
    }
}

/// Receives the frames and the audio of a clip, in order: a file, a stream, or your own implementation.
///
/// `begin` is called first, then for each frame `write(audio:)` and `write(frame:)`, and finally either `finish` or
/// `cancel`. Calls never overlap. While a sink is busy, rendering waits, so frames do not accumulate.
///
/// ```swift
/// actor FrameCounter: FrameSink {
///     private(set) var count = 0
///     func begin(_ format: FrameFormat) {}
///     func write(frame: PixelBuffer) { count += 1 }
///     func write(audio samples: [Float]) {}
///     func finish() -> Int? { nil }
///     func cancel() {}
/// }
/// ```
public protocol FrameSink: Sendable {
    /// Starts the clip, once its audio format is known.
    func begin(_ format: FrameFormat) async throws
    /// Writes the next frame. Its buffer is reused after this returns, so copy what you want to keep.
    func write(frame: PixelBuffer) async throws
    /// Writes mono samples (-1 to 1) that belong to the next frame.
    func write(audio samples: [Float]) async throws
    /// Finishes the clip.
    /// - Returns: The number of bytes written, if known.
    func finish() async throws -> Int?
    /// Cancels the clip and removes everything written so far. Can be called before `begin`.
    func cancel() async
}

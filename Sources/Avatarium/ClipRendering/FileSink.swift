import AvatariumCore
import Media

/// Writes a clip to a file, which appears under its name when it is complete.
///
/// The name selects the format: .mp4, .webm, .mov, .gif, .webp, .m3u8, `frames/%05d.png`, .wav, .m4a, .mp3, .opus and
/// .flac for audio only, or `-` for fragmented MP4 on standard output.
public actor FileSink: FrameSink {
    public nonisolated let path: String
    public nonisolated let format: ClipFormat
    private var writer: ClipWriter?

    /// - Throws: E071 if the name does not select a format, E025 if the file's directory does not exist.
    public init(path: String) throws {
        format = try ClipFormat(path: path)
        self.path = path
        // Said before any work is done; the writer looks closer when it opens the file.
        if format != .fragmentedMP4, format != .pngSequence { try ResultFile.requireFolder(of: path) }
    }

    public func begin(_ frames: FrameFormat) throws {
        writer = try ClipWriter(Self.options(path: path, format: format, frames))
    }

    public func write(frame: PixelBuffer) throws { try writer?.write(frame: frame) }

    public func write(audio samples: [Float]) throws { try writer?.write(audio: samples) }

    public func finish() throws -> Int? { try writer?.finish().byteCount }

    public func cancel() { writer?.cancel() }

    /// Returns what a `ClipWriter` needs to know.
    static func options(path: String, format: ClipFormat, _ frames: FrameFormat) -> ClipWriterOptions {
        var options = ClipWriterOptions(
            format: format, path: path, width: frames.size.width, height: frames.size.height,
            frameRate: frames.frameRate, hasAlpha: frames.hasAlpha, audioSampleRate: frames.audioSampleRate,
            quality: frames.quality)
        options.encoding = frames.encoding
        options.captions = frames.captions
        return options
    }
}

import AvatariumCore
import Media

/// Sends a clip to a streaming server while it is being rendered: `rtmp://`, `rtmps://`, `srt://`, `rtsp://` or
/// `rtp://`.
///
/// Frames are sent in real time, as such servers expect, even if they are rendered faster.
public actor StreamSink: FrameSink {
    private let target: StreamTarget
    private var writer: StreamWriter?

    /// - Returns: Nil if the string is not the URL of a stream.
    public init?(url: String) {
        guard let target = StreamTarget(url) else { return nil }
        self.target = target
    }

    /// The URL without its secret parts.
    public nonisolated var name: String { target.safeURL }

    public func begin(_ format: FrameFormat) throws {
        writer = try StreamWriter(
            target, size: format.size, frameRate: format.frameRate, audioSampleRate: format.audioSampleRate)
    }

    public func write(frame: PixelBuffer) async throws {
        guard let writer else { return }
        let wait = writer.waitSeconds
        if wait > 0 { try await Task.sleep(for: .seconds(wait)) }
        try writer.write(frame: frame)
    }

    public func write(audio samples: [Float]) throws { try writer?.write(audio: samples) }

    public func finish() throws -> Int? { try writer?.finish() }

    public func cancel() { writer?.cancel() }
}

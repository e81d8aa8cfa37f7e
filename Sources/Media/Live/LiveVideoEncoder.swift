import AvatariumCore
import CAV

/// Encodes frames as H.264 for live viewing: each frame's bytes are returned before the next frame is added, and
/// no decoder has to wait for a later frame.
///
/// There are no B-frames, so x264 writes `max_num_reorder_frames = 0` into the sequence parameter set (H.264
/// E.2.1); without it browsers delay frames. Parameter sets precede every keyframe (Annex B), so that a stream
/// can be joined at any of them. An encoder belongs to one thread or actor at a time.
public final class LiveVideoEncoder {
    /// The bytes of one frame: an access unit in Annex B form.
    public struct AccessUnit: Sendable {
        public var bytes: [UInt8]
        /// Whether decoding can start at this frame (a keyframe).
        public var isKey: Bool
    }

    /// The codec string of WebCodecs: High profile, level 4.0.
    public static let codec = "avc1.640028"

    private let encoder: VideoEncoder
    /// The size of each frame in pixels.
    public let size: ImageSize

    /// Whether x264 searches less: a quarter less CPU time and twice the bits at the same accuracy.
    public let isFastest: Bool

    /// - Parameters:
    ///   - size: The size in pixels; both sides even, at most 1920x1088.
    ///   - frameRate: The maximum frame rate.
    ///   - isFastest: Whether to use x264's preset `ultrafast` instead of `superfast`.
    /// - Throws: E071 if H.264 level 4.0 does not support the size; E081 if libx264 is missing.
    public init(size: ImageSize, frameRate: FrameRate, isFastest: Bool = false) throws {
        guard size.width % 2 == 0, size.height % 2 == 0, size.width >= 16, size.height >= 16,
            size.width * size.height <= 1920 * 1088
        else {
            throw AvatariumError(
                .invalidConfig,
                "a live picture of \(size) cannot be sent; use even sides of at least 16 and at most 1920x1088 pixels",
                context: ["field": "size"])
        }
        self.size = size
        self.isFastest = isFastest
        encoder = try VideoEncoder(
            VideoSettings.live(size, preset: isFastest ? "ultrafast" : "superfast"),
            VideoSettings.liveOptions(size, frameRate), globalHeader: false)
    }

    /// Encodes one frame.
    /// - Parameter isKey: Whether decoding must be able to start at this frame.
    /// - Throws: E071 if the frame has a different size; E092 if the encoder fails.
    public func encode(_ frame: PixelBuffer, isKey: Bool) throws -> AccessUnit {
        guard frame.width == size.width, frame.height == size.height else {
            throw AvatariumError(
                .invalidConfig, "a frame of \(frame.width)x\(frame.height) does not fit a stream of \(size)",
                context: ["field": "frame"])
        }
        var unit: AccessUnit?
        try frame.bytes.withUnsafeBufferPointer { pixels in
            try encoder.encode(pixels, isKey: isKey) { packet in
                let bytes = UnsafeBufferPointer(start: packet.pointee.data, count: Int(packet.pointee.size))
                unit = AccessUnit(
                    bytes: Array(bytes), isKey: packet.pointee.flags & AV_PKT_FLAG_KEY != 0)
            }
        }
        guard let unit else {
            throw AvatariumError(.internalError, "the live video encoder returned no packet for a frame")
        }
        return unit
    }
}

extension VideoSettings {
    /// Bits per second that a live stream has at most.
    static func liveBitRate(_ size: ImageSize) -> Int { max(300_000, size.width * size.height * 27 / 10) }

    /// x264 without delay. The rate is bounded (VBV) so that a key picture cannot fill a viewer's connection: about
    /// 2.5 Mbit/s at 1280x720.
    static func live(
        _ size: ImageSize, preset: String = "superfast", keyFrameSeconds: Double = 10
    ) -> VideoSettings {
        let rate = liveBitRate(size)
        return VideoSettings(
            encoder: "libx264", layout: .yuv420,
            privateOptions: [
                ("preset", preset), ("tune", "zerolatency"), ("profile", "high"), ("crf", "24"),
                ("maxrate", "\(rate)"), ("bufsize", "\(rate / 2)"), ("forced-idr", "1"),
            ], keyFrameSeconds: keyFrameSeconds)
    }

    static func liveOptions(_ size: ImageSize, _ frameRate: FrameRate) -> ClipWriterOptions {
        // Several streams share the cores: each keeps to one thread, and none waits for slices of another.
        ClipWriterOptions(
            format: .mp4, path: "live", width: size.width, height: size.height, frameRate: frameRate,
            threads: 1)
    }
}

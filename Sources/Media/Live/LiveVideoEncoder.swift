import AvatariumCore
import CAV

/// Encodes frames as H.264 for a viewer who watches while they are made: every frame's bytes come out before the next
/// frame goes in, and no decoder has to wait for a later one.
///
/// There are no B pictures, so x264 writes `max_num_reorder_frames = 0` into the sequence parameter set (H.264 E.2.1);
/// without it browsers hold frames back. Parameter sets stand before every key picture (Annex B), so that a stream can be
/// joined at any of them. An encoder belongs to one thread or actor at a time.
public final class LiveVideoEncoder {
    /// One frame's bytes: an access unit in Annex B form.
    public struct AccessUnit: Sendable {
        public var bytes: [UInt8]
        /// Whether decoding can begin here.
        public var isKey: Bool
    }

    /// What WebCodecs calls the stream: High profile, level 4.0.
    public static let codec = "avc1.640028"

    private let encoder: VideoEncoder
    /// Pixels of each frame.
    public let size: ImageSize

    /// - Parameters:
    ///   - size: Pixels; both sides even, at most 1920x1088.
    ///   - frameRate: How often frames come at most.
    /// - Throws: E071 for a size that H.264 level 4.0 does not have; E081 where libx264 is missing.
    public init(size: ImageSize, frameRate: FrameRate) throws {
        guard size.width % 2 == 0, size.height % 2 == 0, size.width >= 16, size.height >= 16,
            size.width * size.height <= 1920 * 1088
        else {
            throw AvatariumError(
                .invalidConfig,
                "a live picture of \(size) cannot be sent; use even sides of at least 16 and at most 1920x1088 pixels",
                context: ["field": "size"])
        }
        self.size = size
        encoder = try VideoEncoder(
            VideoSettings.live(size), VideoSettings.liveOptions(size, frameRate), globalHeader: false)
    }

    /// Encodes one frame.
    /// - Parameter isKey: Whether a viewer is to be able to begin here.
    /// - Throws: E071 for a frame of another size; E092 where the encoder fails.
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
    static func live(_ size: ImageSize, keyFrameSeconds: Double = 10) -> VideoSettings {
        let rate = liveBitRate(size)
        return VideoSettings(
            encoder: "libx264", layout: .yuv420,
            privateOptions: [
                ("preset", "superfast"), ("tune", "zerolatency"), ("profile", "high"), ("crf", "24"),
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

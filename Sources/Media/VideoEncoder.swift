import AvatariumCore
import CAV
import Glibc

/// Frames in, packets out: one libav video encoder and the conversion to the planes that it takes.
final class VideoEncoder {
    let context: UnsafeMutablePointer<AVCodecContext>
    let settings: VideoSettings
    private var packet: UnsafeMutablePointer<AVPacket>
    /// Frames that the encoder may still be reading; as many as it needs, used again and again.
    private var frames: [UnsafeMutablePointer<AVFrame>] = []
    private(set) var frameCount = 0
    /// Reduces pictures to 256 colours each, for GIF.
    private var palette: FilterGraph?

    /// - Throws: E081 where this libav has no such encoder or it refuses the settings.
    init(_ settings: VideoSettings, _ options: ClipWriterOptions, globalHeader: Bool) throws {
        _ = LibAV.silenced
        self.settings = settings
        guard let codec = avcodec_find_encoder_by_name(settings.encoder) else {
            throw Self.missing(settings.encoder, "libavcodec was built without it")
        }
        guard let context = avcodec_alloc_context3(codec), let packet = av_packet_alloc() else {
            throw Self.missing(settings.encoder, "out of memory")
        }
        self.context = context
        self.packet = packet
        context.pointee.width = Int32(options.width)
        context.pointee.height = Int32(options.height)
        context.pointee.pix_fmt = settings.layout.pixelFormat
        context.pointee.time_base = AVRational(
            num: Int32(options.frameRate.denominator), den: Int32(options.frameRate.numerator))
        context.pointee.framerate = AVRational(
            num: Int32(options.frameRate.numerator), den: Int32(options.frameRate.denominator))
        context.pointee.sample_aspect_ratio = AVRational(num: 1, den: 1)
        context.pointee.gop_size = Int32(
            max(1, (settings.keyFrameSeconds * options.frameRate.framesPerSecond).rounded()))
        // Left to themselves the encoders take more threads than there are cores, each with frames of its own.
        context.pointee.thread_count = Int32(options.threads ?? min(8, HostLimits.current.cores))
        if let gop = options.encoding.gop { context.pointee.gop_size = Int32(gop) }
        if let bitrate = settings.bitrate { context.pointee.bit_rate = Int64(bitrate) }
        settings.layout.tagColour(of: context)
        if settings.palette {
            context.pointee.pix_fmt = AV_PIX_FMT_PAL8
            let alpha = options.hasAlpha ? "1" : "0"
            palette = try FilterGraph(
                "buffer@in0=video_size=\(options.width)x\(options.height):pix_fmt=rgba:time_base="
                    + "\(options.frameRate.denominator)/\(options.frameRate.numerator):pixel_aspect=1/1,split[a][b];"
                    + "[a]palettegen=stats_mode=single:reserve_transparent=\(alpha)[p];"
                    + "[b][p]paletteuse=new=1:dither=bayer:bayer_scale=4,buffersink@out")
        }
        if globalHeader { context.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER }
        let status = LibAV.withOptions(settings.privateOptions) { avcodec_open2(context, codec, &$0) }
        guard status >= 0 else { throw Self.missing(settings.encoder, LibAV.message(status)) }
    }

    private static func missing(_ encoder: String, _ reason: String) -> AvatariumError {
        // Encoders map a gigabyte, and say of a map that fails only that something failed.
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur < 4 << 30 {
            return AvatariumError(
                .glNotAvailable,
                "the video encoder \(encoder) cannot start: the process may use \(limit.rlim_cur >> 20) MiB of address "
                    + "space; raise the limit (ulimit -v) to 4 GiB or more",
                context: ["encoder": encoder, "limit": "RLIMIT_AS"], scope: .run)
        }
        return AvatariumError(
            .hostRequirementMissing,
            "the video encoder \(encoder) cannot be used: \(reason); install Debian's "
                + "libavcodec\(avcodec_version() >> 16), or choose another codec or format",
            context: ["encoder": encoder])
    }

    /// Converts and encodes one frame; visits the packets that are ready.
    /// - Parameter isKey: Whether decoding must be able to begin with this frame.
    func encode(
        _ rgba: UnsafeBufferPointer<UInt8>, isKey: Bool = false,
        _ visit: (UnsafeMutablePointer<AVPacket>) throws -> Void
    ) throws {
        let frame = try writableFrame()
        settings.layout.fill(frame, from: rgba)
        frame.pointee.pts = Int64(frameCount)
        frame.pointee.pict_type = isKey ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE
        frameCount += 1
        guard let palette else { return try send(frame, visit) }
        try palette.push(frame)
        try palette.pull { try send($0, visit) }
    }

    /// Visits the packets that the encoder still holds.
    func finish(_ visit: (UnsafeMutablePointer<AVPacket>) throws -> Void) throws {
        try send(nil, visit)
    }

    private func send(
        _ frame: UnsafeMutablePointer<AVFrame>?, _ visit: (UnsafeMutablePointer<AVPacket>) throws -> Void
    ) throws {
        try LibAV.encode(frame, by: context, packet: packet, failure: failed) { packet in
            // One frame each: muxers take the last packet's length from here.
            if packet.pointee.duration == 0 { packet.pointee.duration = 1 }
            try visit(packet)
        }
    }

    private func failed(_ words: String) -> AvatariumError {
        AvatariumError(
            .internalError, "the video encoder \(settings.encoder) failed at frame \(frameCount): \(words)",
            context: ["encoder": settings.encoder, "frame": "\(frameCount)", "stage": "encode"])
    }

    /// A frame that the encoder has done with, or a new one.
    private func writableFrame() throws -> UnsafeMutablePointer<AVFrame> {
        for frame in frames where av_frame_is_writable(frame) > 0 { return frame }
        guard let frame = av_frame_alloc() else { throw failed("out of memory") }
        frames.append(frame)
        frame.pointee.width = context.pointee.width
        frame.pointee.height = context.pointee.height
        frame.pointee.format = settings.layout.pixelFormat.rawValue
        frame.pointee.color_range = context.pointee.color_range
        frame.pointee.color_primaries = context.pointee.color_primaries
        frame.pointee.color_trc = context.pointee.color_trc
        frame.pointee.colorspace = context.pointee.colorspace
        frame.pointee.chroma_location = context.pointee.chroma_sample_location
        try LibAV.check(av_frame_get_buffer(frame, 0), failed)
        return frame
    }

    deinit {
        for frame in frames {
            var doomed: UnsafeMutablePointer<AVFrame>? = frame
            av_frame_free(&doomed)
        }
        var doomedPacket: UnsafeMutablePointer<AVPacket>? = packet
        av_packet_free(&doomedPacket)
        var doomed: UnsafeMutablePointer<AVCodecContext>? = context
        avcodec_free_context(&doomed)
    }
}

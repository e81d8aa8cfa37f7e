import AvatariumCore
import CAV
import Foundation

/// The URL of a server that receives a clip while it is rendered.
public struct StreamTarget: Sendable, Equatable {
    /// The transport protocol.
    public enum Transport: String, Sendable, CaseIterable {
        /// FLV over RTMP (also `rtmps`): H.264 and AAC.
        case rtmp
        /// MPEG-TS over SRT.
        case srt
        /// RTP by way of an RTSP server's ANNOUNCE, over TCP.
        case rtsp
        /// MPEG-TS in RTP packets, over UDP.
        case rtp
    }

    public let url: String
    public let transport: Transport

    /// - Returns: Nil if the text is not the URL of a stream.
    public init?(_ text: String) {
        guard let scheme = text.range(of: "://").map({ text[..<$0.lowerBound].lowercased() }) else {
            return nil
        }
        let names = ["rtmps": Transport.rtmp]
        guard let transport = Transport(rawValue: scheme) ?? names[scheme] else { return nil }
        self.transport = transport
        url = text
    }

    /// Refuses a WHIP endpoint, which libavformat 59 does not support.
    /// - Throws: E081 with the version that supports it.
    public static func refuseWHIP(_ text: String) throws {
        let name = text.lowercased()
        guard
            name.hasPrefix("whip://") || name.hasPrefix("whips://")
                || (name.hasPrefix("http://") || name.hasPrefix("https://")) && name.contains("whip")
        else { return }
        let version = avformat_version()
        throw AvatariumError(
            .hostRequirementMissing,
            "WHIP needs libavformat 62 (FFmpeg 8.0), and this is \(version >> 16).\(version >> 8 & 255); send rtmp:// or "
                + "srt:// to a server that speaks WebRTC, such as MediaMTX",
            context: ["field": "output", "muxer": "whip"])
    }

    /// The URL without user, password and query, which may contain a stream key; for messages.
    public var safeURL: String {
        guard var parts = URLComponents(string: url) else { return "\(transport.rawValue)://..." }
        parts.user = nil
        parts.password = nil
        parts.query = nil
        let path = parts.path.split(separator: "/")
        // Of RTMP the last part of the path is the key.
        if transport == .rtmp, path.count > 1 {
            parts.path = "/" + path.dropLast().joined(separator: "/") + "/..."
        }
        return parts.string ?? "\(transport.rawValue)://..."
    }

    /// The port: the one that is named, or else the transport's own, where it has one.
    fileprivate var port: Int? {
        let parts = URLComponents(string: url)
        return switch transport {
        case .rtmp: parts?.port ?? (parts?.scheme?.lowercased() == "rtmps" ? 443 : 1935)
        case .rtsp: parts?.port ?? 554
        case .srt, .rtp: parts?.port
        }
    }

    /// Whether it goes over TCP, whose kernel queues what a server does not take.
    fileprivate var isTCP: Bool { transport == .rtmp || transport == .rtsp }

    fileprivate var muxer: String {
        switch transport {
        case .rtmp: "flv"
        case .srt: "mpegts"
        case .rtsp: "rtsp"
        case .rtp: "rtp_mpegts"
        }
    }
}

/// Sends a clip to a server while it is rendered, no faster than real time: H.264 without B-frames, AAC, a
/// keyframe every two seconds. A writer belongs to one thread or actor at a time.
public final class StreamWriter {
    private let target: StreamTarget
    private let frameRate: FrameRate
    private let size: ImageSize
    private let format: UnsafeMutablePointer<AVFormatContext>
    private let video: VideoEncoder
    private let audio: AudioEncoder?
    private let deadline: Deadline
    private var isOpen = false
    private var sentBytes = 0
    private var givenSamples = 0
    private let sampleRate: Int?
    private var began: ContinuousClock.Instant?

    /// What the kernel has taken and the server has not.
    private var sendQueue: SendQueue?
    /// Seconds of the stream, at its highest rate, that may wait in the kernel. A server that stops reading is noticed when
    /// they are full, and then `patience` later.
    private static let secondsQueued = 1
    /// Seconds that a server may take for one step.
    package static let patience = 10.0
    private let patience: Double

    /// Read by libavformat while it waits for the network.
    private final class Deadline {
        private let seconds: Double
        private var at = Double.infinity
        init(seconds: Double) { self.seconds = seconds }
        func start() { at = ProcessInfo.processInfo.systemUptime + seconds }
        var isOver: Bool { ProcessInfo.processInfo.systemUptime > at }
    }

    /// Connects to the server.
    /// - Throws: E001 if the server cannot be reached or refuses; E005 if it does not respond; E081 if the
    ///   transport or an encoder is missing; E083.
    public convenience init(
        _ target: StreamTarget, size: ImageSize, frameRate: FrameRate, audioSampleRate: Int?
    ) throws {
        try self.init(
            target, size: size, frameRate: frameRate, audioSampleRate: audioSampleRate,
            patience: Self.patience)
    }

    /// - Parameter patience: Seconds that the server may take for one step.
    package init(
        _ target: StreamTarget, size: ImageSize, frameRate: FrameRate, audioSampleRate: Int?,
        patience: Double
    ) throws {
        _ = LibAV.silenced
        self.patience = patience
        deadline = Deadline(seconds: patience)
        self.target = target
        self.frameRate = frameRate
        self.size = size
        sampleRate = audioSampleRate
        guard size.width % 2 == 0, size.height % 2 == 0 else {
            throw AvatariumError(
                .invalidConfig, "a stream's picture must have even sides, not \(size)",
                context: ["field": "size"])
        }
        guard let port = target.port else {
            throw AvatariumError(
                .invalidConfig,
                "\(target.safeURL) has no port; give one, as in \(target.transport.rawValue)://host:port",
                context: ["field": "output"])
        }
        guard let muxer = av_guess_format(target.muxer, nil, nil) else {
            throw AvatariumError(
                .hostRequirementMissing,
                "libavformat was built without \(target.muxer); install Debian's libavformat59",
                context: ["muxer": target.muxer])
        }
        let globalHeader = muxer.pointee.flags & AVFMT_GLOBALHEADER != 0
        video = try VideoEncoder(
            VideoSettings.live(size, keyFrameSeconds: 2), VideoSettings.liveOptions(size, frameRate),
            globalHeader: globalHeader)
        audio = try audioSampleRate.map {
            try AudioEncoder(encoder: "aac", sampleRate: $0, globalHeader: globalHeader)
        }
        var allocated: UnsafeMutablePointer<AVFormatContext>?
        let status = avformat_alloc_output_context2(&allocated, muxer, nil, target.url)
        guard status >= 0, let allocated else {
            throw AvatariumError(.internalError, "the stream cannot be created: \(LibAV.message(status))")
        }
        format = allocated
        do { try connect() } catch {
            close()
            throw error
        }
        if target.isTCP {
            let queue = SendQueue(toPort: port)
            queue.limit(bytes: VideoSettings.liveBitRate(size) / 8 * Self.secondsQueued)
            sendQueue = queue
        }
    }

    private func connect() throws {
        format.pointee.interrupt_callback = AVIOInterruptCB(
            callback: { opaque in
                guard let opaque else { return 0 }
                return Unmanaged<Deadline>.fromOpaque(opaque).takeUnretainedValue().isOver ? 1 : 0
            }, opaque: Unmanaged.passUnretained(deadline).toOpaque())
        deadline.start()
        let picture = avformat_new_stream(format, nil)
        try LibAV.check(avcodec_parameters_from_context(picture?.pointee.codecpar, video.context), failed)
        picture?.pointee.time_base = video.context.pointee.time_base
        picture?.pointee.avg_frame_rate = video.context.pointee.framerate
        if let audio {
            let sound = avformat_new_stream(format, nil)
            try LibAV.check(avcodec_parameters_from_context(sound?.pointee.codecpar, audio.context), failed)
            sound?.pointee.time_base = audio.context.pointee.time_base
        }
        if format.pointee.oformat.pointee.flags & AVFMT_NOFILE == 0 {
            try LibAV.check(
                avio_open2(
                    &format.pointee.pb, target.url, AVIO_FLAG_WRITE, &format.pointee.interrupt_callback, nil),
                unreachable)
        }
        let options: [(String, String)] =
            switch target.transport {
            case .rtmp: [("flvflags", "no_duration_filesize")]
            case .rtsp: [("rtsp_transport", "tcp")]
            case .srt, .rtp: []
            }
        format.pointee.flags |= AVFMT_FLAG_FLUSH_PACKETS
        _ = try LibAV.withOptions(options) {
            try LibAV.check(avformat_write_header(format, &$0), unreachable)
        }
        isOpen = true
    }

    /// Seconds until the next frame is due.
    public var waitSeconds: Double {
        guard let began else { return 0 }
        let due = began + .seconds(frameRate.seconds(atFrame: video.frameCount))
        return max(0, (due - ContinuousClock.now) / .seconds(1))
    }

    /// Sends a frame.
    /// - Throws: E001 if the connection is lost; E005 if it stalls.
    public func write(frame: PixelBuffer) throws {
        guard frame.width == size.width, frame.height == size.height else {
            throw AvatariumError(
                .invalidConfig, "a frame of \(frame.width)x\(frame.height) does not fit a stream of \(size)",
                context: ["field": "frame"])
        }
        began = began ?? .now
        try frame.bytes.withUnsafeBufferPointer {
            try video.encode($0, sendVideo)
        }
    }

    /// Sends mono samples, -1 to 1.
    public func write(audio samples: [Float]) throws {
        givenSamples += samples.count
        try audio?.encode(samples[...], sendAudio)
    }

    /// Ends the stream.
    /// - Returns: The number of bytes sent as packets.
    public func finish() throws -> Int {
        try audio?.finish(atSeconds: frameRate.seconds(atFrame: video.frameCount), sendAudio)
        try video.finish(sendVideo)
        deadline.start()
        try LibAV.check(av_interleaved_write_frame(format, nil), lost)
        // What is only in the kernel's queue has not been sent. The trailer closes RTSP's connection: this comes before it.
        while let waiting = sendQueue?.waitingBytes, waiting > 0 {
            guard !deadline.isOver else { throw lost("\(waiting) bytes were not accepted") }
            usleep(10_000)
        }
        deadline.start()
        try LibAV.check(av_write_trailer(format), lost)
        isOpen = false
        close()
        return sentBytes
    }

    /// Cancels the stream.
    public func cancel() {
        if isOpen {
            deadline.start()
            av_write_trailer(format)
        }
        close()
    }

    private var isClosed = false

    private func close() {
        guard !isClosed else { return }
        isClosed = true
        isOpen = false
        if format.pointee.oformat.pointee.flags & AVFMT_NOFILE == 0 { avio_closep(&format.pointee.pb) }
        avformat_free_context(format)
    }

    private func sendVideo(_ packet: UnsafeMutablePointer<AVPacket>) throws {
        try send(packet, 0, video.context.pointee.time_base)
    }

    private func sendAudio(_ packet: UnsafeMutablePointer<AVPacket>) throws {
        guard let audio else { return }
        try send(packet, 1, audio.context.pointee.time_base)
    }

    private func send(_ packet: UnsafeMutablePointer<AVPacket>, _ stream: Int, _ base: AVRational) throws {
        guard let target = format.pointee.streams[stream] else { return }
        packet.pointee.stream_index = Int32(stream)
        sentBytes += Int(packet.pointee.size)
        av_packet_rescale_ts(packet, base, target.pointee.time_base)
        deadline.start()
        try LibAV.check(av_interleaved_write_frame(format, packet), lost)
        // RTSP's muxer says nothing of what its connection did not take in time.
        guard !deadline.isOver else { throw lost("a packet was not accepted") }
    }

    private func failed(_ words: String) -> AvatariumError {
        AvatariumError(
            .internalError,
            "the stream's headers cannot be written: \(words)", context: ["stage": "mux"])
    }

    private func unreachable(_ words: String) -> AvatariumError {
        deadline.isOver
            ? AvatariumError(
                .timeout,
                "\(target.safeURL) did not answer within \(Int(patience)) s; check the address and that the server listens",
                context: ["field": "output"])
            : AvatariumError(
                .connectionFailed,
                "\(target.safeURL) refuses the stream: \(words); check the address, the key and that the "
                    + "server listens",
                context: ["field": "output"])
    }

    private func lost(_ words: String) -> AvatariumError {
        AvatariumError(
            deadline.isOver ? .timeout : .connectionFailed,
            "the stream to \(target.safeURL) was interrupted after \(video.frameCount) frames: \(words); "
                + "start it again",
            context: ["field": "output", "frame": "\(video.frameCount)"])
    }

    deinit { close() }
}

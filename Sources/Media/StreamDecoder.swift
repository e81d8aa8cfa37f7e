import AvatariumCore
import CAV

/// A libav decoder of one stream: packets in, frames out.
final class StreamDecoder {
    private var context: UnsafeMutablePointer<AVCodecContext>
    private var frame: UnsafeMutablePointer<AVFrame>
    /// Packets that the decoder refused, or frames that it gave up on.
    private(set) var damagedCount = 0

    struct Unavailable: Error {
        let codec: String
        let reason: String
    }

    init(_ stream: UnsafeMutablePointer<AVStream>, threads: Int32 = 1) throws(Unavailable) {
        let parameters = stream.pointee.codecpar
        let id = parameters?.pointee.codec_id ?? AV_CODEC_ID_NONE
        let name = LibAV.text(avcodec_get_name(id)) ?? "?"
        var codec = avcodec_find_decoder(id)
        // libav's own VP8/VP9 decoders leave the alpha plane aside; libvpx reads it.
        let alphaMode = av_dict_get(stream.pointee.metadata, "alpha_mode", nil, 0)
        if LibAV.text(alphaMode?.pointee.value) == "1",
            let libvpx = avcodec_find_decoder_by_name(id == AV_CODEC_ID_VP8 ? "libvpx" : "libvpx-vp9")
        {
            codec = libvpx
        }
        guard let codec else { throw Unavailable(codec: name, reason: "libav has no decoder for it") }
        guard let context = avcodec_alloc_context3(codec), let frame = av_frame_alloc() else {
            throw Unavailable(codec: name, reason: "out of memory")
        }
        self.context = context
        self.frame = frame
        avcodec_parameters_to_context(context, parameters)
        // Needed for the samples to skip at start and end (gapless playback) to be honoured.
        context.pointee.pkt_timebase = stream.pointee.time_base
        context.pointee.thread_count = threads
        context.pointee.max_pixels = 64 << 20
        let status = avcodec_open2(context, codec, nil)
        guard status >= 0 else { throw Unavailable(codec: name, reason: LibAV.message(status)) }
    }

    /// Hands a packet over (nil: the stream has ended) and visits every frame that comes out.
    func decode(
        _ packet: UnsafeMutablePointer<AVPacket>?, _ visit: (UnsafeMutablePointer<AVFrame>) throws -> Void
    ) throws {
        var status = avcodec_send_packet(context, packet)
        if status < 0, status != LibAV.endOfFile { damagedCount += 1 }
        while true {
            status = avcodec_receive_frame(context, frame)
            guard status >= 0 else {
                if status != LibAV.tryAgain, status != LibAV.endOfFile { damagedCount += 1 }
                return
            }
            defer { av_frame_unref(frame) }
            try visit(frame)
        }
    }

    deinit {
        var doomedFrame: UnsafeMutablePointer<AVFrame>? = frame
        av_frame_free(&doomedFrame)
        var doomed: UnsafeMutablePointer<AVCodecContext>? = context
        avcodec_free_context(&doomed)
    }
}

import AvatariumCore
import CAV

/// An opened container: its streams, and packets one after another.
final class Demuxer {
    private let source: InputSource
    private(set) var format: UnsafeMutablePointer<AVFormatContext>
    private var packet: UnsafeMutablePointer<AVPacket>

    enum Failure: Error {
        case notMedia(String)
        case noMemory
    }

    init(_ source: InputSource) throws(Failure) {
        _ = LibAV.silenced
        self.source = source
        guard let allocated = avformat_alloc_context(), let packet = av_packet_alloc() else {
            throw .noMemory
        }
        allocated.pointee.pb = source.context
        allocated.pointee.flags |= AVFMT_FLAG_CUSTOM_IO
        // Nothing but the bytes that we hand over may be opened.
        allocated.pointee.protocol_whitelist = av_strdup("none")
        // Damaged packets are to be reported, not passed on as sound.
        allocated.pointee.error_recognition = AV_EF_CRCCHECK
        self.packet = packet
        var opened: UnsafeMutablePointer<AVFormatContext>? = allocated
        var status = avformat_open_input(&opened, nil, nil, nil)
        if status >= 0, let open = opened {
            status = avformat_find_stream_info(open, nil)
            if status < 0 { avformat_close_input(&opened) }
        }
        guard status >= 0, let opened else {
            var doomed: UnsafeMutablePointer<AVPacket>? = packet
            av_packet_free(&doomed)
            throw .notMedia(LibAV.message(status))
        }
        format = opened
    }

    /// Streams of the container, in its order.
    var streams: [UnsafeMutablePointer<AVStream>] {
        (0..<Int(format.pointee.nb_streams)).compactMap { format.pointee.streams[$0] }
    }

    /// The stream that players would choose, or nil where there is none of the kind.
    func bestStream(_ kind: AVMediaType) -> UnsafeMutablePointer<AVStream>? {
        let index = av_find_best_stream(format, kind, -1, -1, nil, 0)
        return index >= 0 ? format.pointee.streams[Int(index)] : nil
    }

    /// Makes the demuxer skip every stream but one.
    func select(_ chosen: UnsafeMutablePointer<AVStream>) {
        for stream in streams where stream != chosen { stream.pointee.discard = AVDISCARD_ALL }
    }

    enum Step {
        case packet(UnsafeMutablePointer<AVPacket>)
        case end
        case damaged(String)
    }

    /// The next packet, valid until the next call.
    func next() -> Step {
        av_packet_unref(packet)
        let status = av_read_frame(format, packet)
        if status >= 0 { return .packet(packet) }
        if status == LibAV.endOfFile { return .end }
        return .damaged(LibAV.message(status))
    }

    deinit {
        var doomed: UnsafeMutablePointer<AVPacket>? = packet
        av_packet_free(&doomed)
        var closing: UnsafeMutablePointer<AVFormatContext>? = format
        avformat_close_input(&closing)
    }
}

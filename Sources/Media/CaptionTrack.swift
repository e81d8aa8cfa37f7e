import AvatariumCore
import CAV

/// A caption of a track that players can show.
public typealias CaptionCue = TimedText

/// The captions of a container: 3GPP timed text in MP4 and MOV (ISO/IEC 14496-17, 3GPP TS 26.245), WebVTT in WebM.
struct CaptionTrack {
    private var cues: ArraySlice<CaptionCue>
    private let isWebVTT: Bool
    private let stream: Int32

    /// Ticks a second.
    private static let timeBase = AVRational(num: 1, den: 1000)
    /// Bytes of one caption.
    private static let longest = 4000

    /// Adds a stream to a container.
    /// - Throws: What `failed` makes of libav's words.
    init(
        _ cues: [CaptionCue], to format: UnsafeMutablePointer<AVFormatContext>, isWebVTT: Bool,
        _ failed: (String) -> AvatariumError
    ) throws {
        self.isWebVTT = isWebVTT
        var last = 0.0
        // Captions of one track follow each other.
        self.cues =
            cues.compactMap { cue in
                let start = max(last, cue.start)
                guard cue.end > start else { return nil }
                last = cue.end
                return CaptionCue(start: start, end: cue.end, text: cue.text)
            }[...]
        guard let added = avformat_new_stream(format, nil), let parameters = added.pointee.codecpar else {
            throw failed("out of memory")
        }
        stream = added.pointee.index
        parameters.pointee.codec_type = AVMEDIA_TYPE_SUBTITLE
        parameters.pointee.codec_id = isWebVTT ? AV_CODEC_ID_WEBVTT : AV_CODEC_ID_MOV_TEXT
        added.pointee.time_base = Self.timeBase
        added.pointee.disposition = AV_DISPOSITION_DEFAULT
        guard !isWebVTT else { return }
        let entry = Self.sampleEntry
        guard let room = av_mallocz(entry.count + Int(AV_INPUT_BUFFER_PADDING_SIZE)) else {
            throw failed("out of memory")
        }
        let bytes = room.assumingMemoryBound(to: UInt8.self)
        for (index, byte) in entry.enumerated() { bytes[index] = byte }
        parameters.pointee.extradata = bytes
        parameters.pointee.extradata_size = Int32(entry.count)
    }

    /// What stands in a tx3g sample entry after its reserved bytes (3GPP TS 26.245, 5.16): white text without a box,
    /// centred at the bottom, in the player's sans-serif.
    private static let sampleEntry: [UInt8] = {
        let flags: [UInt8] = [0, 0, 0, 0]
        let justification: [UInt8] = [1, 0xFF]
        let background: [UInt8] = [0, 0, 0, 0]
        let box: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0]
        let style: [UInt8] = [0, 0, 0, 0, 0, 1, 0, 18, 255, 255, 255, 255]
        let font = Array("Sans-Serif".utf8)
        let table: [UInt8] =
            [0, 0, 0, UInt8(8 + 2 + 3 + font.count)] + Array("ftab".utf8) + [0, 1, 0, 1]
            + [UInt8(font.count)] + font
        return flags + justification + background + box + style + table
    }()

    /// Writes the captions that begin before a moment.
    mutating func write(
        before seconds: Double, _ format: UnsafeMutablePointer<AVFormatContext>,
        _ guarded: (Int32) throws -> Void
    ) throws {
        while let cue = cues.first, cue.start < seconds {
            cues.removeFirst()
            var packet = av_packet_alloc()
            defer { av_packet_free(&packet) }
            let text = Array(cue.text.utf8.prefix(Self.longest))
            let bytes = isWebVTT ? text : [UInt8(text.count >> 8), UInt8(text.count & 255)] + text
            guard let packet, let target = format.pointee.streams[Int(stream)] else { return }
            try guarded(av_new_packet(packet, Int32(bytes.count)))
            for (index, byte) in bytes.enumerated() { packet.pointee.data[index] = byte }
            packet.pointee.stream_index = stream
            packet.pointee.pts = Int64((cue.start * 1000).rounded())
            packet.pointee.dts = packet.pointee.pts
            packet.pointee.duration = max(1, Int64((cue.end * 1000).rounded()) - packet.pointee.pts)
            packet.pointee.flags |= AV_PKT_FLAG_KEY
            av_packet_rescale_ts(packet, Self.timeBase, target.pointee.time_base)
            try guarded(av_interleaved_write_frame(format, packet))
        }
    }
}

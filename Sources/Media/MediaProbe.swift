import AvatariumCore
import CAV

/// Reads the contents and the frames of media files.
public enum MediaProbe {
    /// Returns the contents of a file, from its headers.
    ///
    /// - Throws: E021 if the file cannot be read or is not a media file.
    public static func read(path: String) throws -> MediaInfo {
        let demuxer = try open(path)
        let format = demuxer.format.pointee
        return MediaInfo(
            container: LibAV.text(format.iformat?.pointee.name) ?? "?",
            durationSeconds: format.duration > 0 ? Double(format.duration) / Double(AV_TIME_BASE) : nil,
            streams: demuxer.streams.map(describe), metadata: LibAV.entries(format.metadata))
    }

    /// Decodes every frame of the best video stream.
    ///
    /// - Parameter visit: Called with the presentation time in seconds and the frame (straight alpha).
    /// - Throws: E021 as `read`, or if a frame cannot be decoded; errors of `visit`.
    public static func decodeVideo(
        path: String, _ visit: (_ seconds: Double, _ picture: PixelBuffer) throws -> Void
    ) throws {
        let demuxer = try open(path)
        guard let stream = demuxer.bestStream(AVMEDIA_TYPE_VIDEO) else {
            throw unreadable(path, "it has no video stream")
        }
        demuxer.select(stream)
        let decoder = try decoder(of: stream, path)
        let converter = PictureConverter()
        let timeBase = av_q2d(stream.pointee.time_base)
        func take(_ frame: UnsafeMutablePointer<AVFrame>) throws {
            guard let picture = converter.picture(frame) else {
                throw unreadable(path, "a frame cannot be converted")
            }
            try visit(Double(frame.pointee.best_effort_timestamp) * timeBase, picture)
        }
        reading: while true {
            switch demuxer.next() {
            case .packet(let packet):
                if packet.pointee.stream_index == stream.pointee.index { try decoder.decode(packet, take) }
            case .end: break reading
            case .damaged(let words): throw unreadable(path, words)
            }
        }
        try decoder.decode(nil, take)
        if decoder.damagedCount > 0 {
            throw unreadable(path, "\(decoder.damagedCount) packets cannot be decoded")
        }
    }

    /// Returns the presentation time of the first sample of the best audio stream, in seconds, without the
    /// encoder's priming samples.
    ///
    /// - Throws: E021 as `read`, or if no sample can be decoded.
    public static func audioStartSeconds(path: String) throws -> Double {
        let demuxer = try open(path)
        guard let stream = demuxer.bestStream(AVMEDIA_TYPE_AUDIO) else {
            throw unreadable(path, "it has no audio stream")
        }
        let decoder = try decoder(of: stream, path)
        var start: Int64?
        while start == nil, case .packet(let packet) = demuxer.next() {
            guard packet.pointee.stream_index == stream.pointee.index else { continue }
            try decoder.decode(packet) { start = start ?? $0.pointee.pts }
        }
        guard let start else { throw unreadable(path, "no sample can be decoded") }
        return Double(start) * av_q2d(stream.pointee.time_base)
    }

    /// Returns the number of keyframes of the best video stream.
    ///
    /// - Throws: E021 as `read`.
    public static func keyFrameCount(path: String) throws -> Int {
        let demuxer = try open(path)
        guard let stream = demuxer.bestStream(AVMEDIA_TYPE_VIDEO) else {
            throw unreadable(path, "it has no video stream")
        }
        var count = 0
        while case .packet(let packet) = demuxer.next() {
            guard packet.pointee.stream_index == stream.pointee.index else { continue }
            if packet.pointee.flags & AV_PKT_FLAG_KEY != 0 { count += 1 }
        }
        return count
    }

    /// Returns the captions of a track of timed text or WebVTT, rounded to milliseconds.
    ///
    /// - Throws: E021 as `read`, or if there is no such track.
    public static func captions(path: String) throws -> [CaptionCue] {
        let demuxer = try open(path)
        guard let stream = demuxer.bestStream(AVMEDIA_TYPE_SUBTITLE) else {
            throw unreadable(path, "it has no captions")
        }
        let timeBase = av_q2d(stream.pointee.time_base)
        let isWebVTT = stream.pointee.codecpar?.pointee.codec_id == AV_CODEC_ID_WEBVTT
        func rounded(_ ticks: Int64) -> Double { (Double(ticks) * timeBase * 1000).rounded() / 1000 }
        var cues: [CaptionCue] = []
        while case .packet(let packet) = demuxer.next() {
            guard packet.pointee.stream_index == stream.pointee.index else { continue }
            let all = UnsafeBufferPointer(start: packet.pointee.data, count: Int(packet.pointee.size))
            // Timed text has its length in front, and an empty one where nothing is shown.
            let text = isWebVTT ? all[...] : all.dropFirst(2)
            guard !text.isEmpty else { continue }
            cues.append(
                CaptionCue(
                    start: rounded(packet.pointee.pts),
                    end: rounded(packet.pointee.pts + packet.pointee.duration),
                    text: String(decoding: text, as: UTF8.self)))
        }
        return cues
    }

    private static func open(_ path: String) throws -> Demuxer {
        let source: InputSource
        do throws(RegularFile.Failure) {
            source = try InputSource(path: path)
        } catch {
            throw unreadable(path, "it \(error)")
        }
        do throws(Demuxer.Failure) {
            return try Demuxer(source)
        } catch {
            if case .notMedia(let words) = error { throw unreadable(path, words) }
            throw unreadable(path, "out of memory")
        }
    }

    private static func decoder(
        of stream: UnsafeMutablePointer<AVStream>, _ path: String
    ) throws -> StreamDecoder {
        do throws(StreamDecoder.Unavailable) {
            return try StreamDecoder(stream, threads: 0)
        } catch {
            throw unreadable(path, "\(error.codec): \(error.reason)")
        }
    }

    private static func unreadable(_ path: String, _ reason: String) -> AvatariumError {
        AvatariumError(
            .avatarLoadFailed,
            "the media file '\(path.quotedForMessage(limit: 200))' cannot be read: \(reason); check that it is whole",
            context: ["path": path])
    }

    private static func describe(_ stream: UnsafeMutablePointer<AVStream>) -> MediaInfo.Stream {
        let s = stream.pointee
        let timeBase = av_q2d(s.time_base)
        func seconds(_ ticks: Int64) -> Double? {
            ticks == LibAV.noTimestamp ? nil : Double(ticks) * timeBase
        }
        guard let p = s.codecpar?.pointee else {
            return MediaInfo.Stream(kind: .other, codec: "?", metadata: [:])
        }
        var result = MediaInfo.Stream(
            kind: .other, codec: LibAV.text(avcodec_get_name(p.codec_id)) ?? "?",
            startSeconds: seconds(s.start_time), durationSeconds: seconds(s.duration),
            frameCount: s.nb_frames > 0 ? Int(s.nb_frames) : nil, metadata: LibAV.entries(s.metadata))
        if p.codec_type == AVMEDIA_TYPE_VIDEO {
            result.kind = .video
            result.width = Int(p.width)
            result.height = Int(p.height)
            result.pixelFormat = LibAV.text(av_get_pix_fmt_name(AVPixelFormat(p.format)))
            result.frameRate = "\(s.avg_frame_rate.num)/\(s.avg_frame_rate.den)"
            result.colourRange = LibAV.text(av_color_range_name(p.color_range))
            result.colourPrimaries = LibAV.text(av_color_primaries_name(p.color_primaries))
            result.colourTransfer = LibAV.text(av_color_transfer_name(p.color_trc))
            result.colourMatrix = LibAV.text(av_color_space_name(p.color_space))
            result.chromaLocation = LibAV.text(av_chroma_location_name(p.chroma_location))
        } else if p.codec_type == AVMEDIA_TYPE_AUDIO {
            result.kind = .audio
            result.sampleRate = Int(p.sample_rate)
            result.channelCount = Int(p.ch_layout.nb_channels)
        }
        return result
    }
}

import AvatariumCore
import CAV
import Files
import Glibc

/// A clip in one container: encoders, interleaving, container. The sound alone has no pictures.
final class MuxedClip: ClipSink {
    private let options: ClipWriterOptions
    private let destination: Destination
    private let format: UnsafeMutablePointer<AVFormatContext>
    private let video: VideoEncoder?
    private let audio: AudioEncoder?
    private var captions: CaptionTrack?
    private var samples = SampleQueue()
    /// Samples handed to the audio encoder.
    private var usedSampleCount = 0
    /// Samples go to the container at most this far ahead of the pictures, so that it need not hold many.
    private let audioLeadSeconds = 0.5

    /// Where the container's bytes go.
    private enum Destination {
        case file(OutputFile)
        /// libavformat opens the files itself.
        case segments(SegmentFolder)

        func check() throws { if case .file(let file) = self { try file.check() } }

        func discard() {
            switch self {
            case .file(let file): file.discard()
            case .segments(let folder): folder.discard()
            }
        }

        /// - Returns: Bytes written.
        func commit() throws -> Int {
            switch self {
            case .file(let file):
                try file.commit()
                return file.byteCount
            case .segments(let folder):
                try folder.commit()
                return folder.byteCount
            }
        }

        var url: String {
            switch self {
            case .file(let file): file.url
            case .segments(let folder): "file:" + folder.url
            }
        }
    }

    var frameCount: Int { video?.frameCount ?? 0 }

    init(_ options: ClipWriterOptions) throws {
        _ = LibAV.silenced
        self.options = options
        let container = options.format.container
        guard let muxer = av_guess_format(container.name, nil, nil) else {
            throw AvatariumError(
                .hostRequirementMissing,
                "libavformat was built without the \(container.name) container; write another format",
                context: ["muxer": container.name])
        }
        let globalHeader = muxer.pointee.flags & AVFMT_GLOBALHEADER != 0 || options.format == .hls
        video =
            container.isSoundOnly
            ? nil : try VideoEncoder(VideoSettings(options), options, globalHeader: globalHeader)
        audio = try container.soundEncoder.flatMap { encoder in
            try options.audioSampleRate.map {
                try AudioEncoder(encoder: encoder, sampleRate: $0, globalHeader: globalHeader)
            }
        }
        destination =
            options.format == .hls
            ? .segments(try SegmentFolder(path: options.path))
            : .file(
                try OutputFile(
                    path: options.path, standardOutput: options.standardOutput, receiver: options.receiver))
        var allocated: UnsafeMutablePointer<AVFormatContext>?
        let status = avformat_alloc_output_context2(&allocated, muxer, nil, destination.url)
        guard status >= 0, let allocated else {
            destination.discard()
            throw AvatariumError(.internalError, "the container cannot be created: \(LibAV.message(status))")
        }
        format = allocated
        do {
            try writeHeader()
        } catch {
            cancel()
            throw error
        }
    }

    private func writeHeader() throws {
        if case .file(let file) = destination {
            format.pointee.pb = file.context
            format.pointee.flags |= AVFMT_FLAG_CUSTOM_IO
        }
        format.pointee.flags |= AVFMT_FLAG_BITEXACT
        // Matroska says the encoder's delay in a field of its own, and players subtract it. libavformat 59 would
        // move pictures and sound to make room for it, so that the sound came first; see `writeAudio`.
        if options.format == .webm { format.pointee.avoid_negative_ts = 0 }
        if options.path == "-" { format.pointee.flags |= AVFMT_FLAG_FLUSH_PACKETS }
        if let video { try addPictures(video) }
        if let audio {
            let sound = avformat_new_stream(format, nil)
            try LibAV.check(
                avcodec_parameters_from_context(sound?.pointee.codecpar, audio.context), failed)
            sound?.pointee.time_base = audio.context.pointee.time_base
        }
        if !options.captions.isEmpty {
            captions = try CaptionTrack(
                options.captions, to: format, isWebVTT: options.format == .webm, failed)
        }
        if let title = options.title { av_dict_set(&format.pointee.metadata, "title", title, 0) }
        try LibAV.withOptions(muxerOptions) { try guarded(avformat_write_header(format, &$0)) }
    }

    private var muxerOptions: [(String, String)] {
        switch options.format {
        case .mp4, .mov, .m4a: [("movflags", "+faststart+write_colr")]
        case .fragmentedMP4: [("movflags", "+frag_keyframe+delay_moov+default_base_moof+write_colr")]
        // Without end, as browsers and chats expect it.
        case .gif, .webp: [("loop", "0")]
        case .hls:
            if case .segments(let folder) = destination {
                folder.options(segmentSeconds: VideoSettings.segmentSeconds)
            } else {
                []
            }
        default: []
        }
    }

    private func addPictures(_ video: VideoEncoder) throws {
        let picture = avformat_new_stream(format, nil)
        try LibAV.check(
            avcodec_parameters_from_context(picture?.pointee.codecpar, video.context), failed)
        if let tag = video.settings.tag, options.format != .webm {
            picture?.pointee.codecpar.pointee.codec_tag = tag.utf8.reversed().reduce(0) {
                $0 << 8 | UInt32($1)
            }
        }
        picture?.pointee.time_base = video.context.pointee.time_base
        picture?.pointee.avg_frame_rate = video.context.pointee.framerate
        if options.format == .webm, options.hasAlpha {
            av_dict_set(&picture!.pointee.metadata, "alpha_mode", "1", 0)
        }
    }

    func write(_ rgba: UnsafeBufferPointer<UInt8>) throws {
        try video?.encode(rgba, writeVideo)
        let seconds = options.frameRate.seconds(atFrame: frameCount)
        try encodeAudio(upToSeconds: seconds + audioLeadSeconds)
        try captions?.write(before: seconds, format, guarded)
    }

    func write(audio chunk: [Float]) throws {
        guard audio != nil else { return }
        samples.append(chunk)
        try encodeAudio(
            upToSeconds: video == nil
                ? .greatestFiniteMagnitude
                : options.frameRate.seconds(atFrame: frameCount) + audioLeadSeconds)
    }

    private func encodeAudio(upToSeconds seconds: Double) throws {
        guard let audio, let rate = options.audioSampleRate else { return }
        let target = Int(min(seconds * Double(rate), 1e15).rounded())
        while let slice = samples.next(min(target - usedSampleCount, 16384)) {
            usedSampleCount += slice.count
            try audio.encode(slice, writeAudio)
        }
    }

    func finish() throws -> ClipFileInfo {
        let soundSeconds = options.audioSampleRate.map {
            Double(usedSampleCount + samples.count) / Double($0)
        }
        let seconds =
            video == nil ? soundSeconds ?? 0 : options.frameRate.seconds(atFrame: frameCount)
        try encodeAudio(upToSeconds: seconds)
        try captions?.write(before: seconds, format, guarded)
        try audio?.finish(atSeconds: seconds, writeAudio)
        try video?.finish(writeVideo)
        try guarded(av_write_trailer(format))
        let byteCount = try destination.commit()
        avformat_free_context(format)
        return ClipFileInfo(
            path: options.path, frameCount: frameCount, durationSeconds: seconds, byteCount: byteCount,
            audioPath: nil,
            audioSecondsDropped: options.audioSampleRate.map { Double(samples.count) / Double($0) } ?? 0)
    }

    func cancel() {
        avformat_free_context(format)
        destination.discard()
    }

    private func writeVideo(_ packet: UnsafeMutablePointer<AVPacket>) throws {
        guard let video else { return }
        try write(packet, stream: 0, timeBase: video.context.pointee.time_base)
    }

    private func writeAudio(_ packet: UnsafeMutablePointer<AVPacket>) throws {
        guard let audio else { return }
        if options.format == .webm, !avatarium_matroska_adds_delay() {
            let delay = Int64(audio.context.pointee.initial_padding)
            packet.pointee.pts += delay
            packet.pointee.dts += delay
        }
        try write(packet, stream: video == nil ? 0 : 1, timeBase: audio.context.pointee.time_base)
    }

    private func write(
        _ packet: UnsafeMutablePointer<AVPacket>, stream: Int, timeBase: AVRational
    ) throws {
        guard let target = format.pointee.streams[stream] else { return }
        packet.pointee.stream_index = Int32(stream)
        av_packet_rescale_ts(packet, timeBase, target.pointee.time_base)
        try guarded(av_interleaved_write_frame(format, packet))
    }

    /// The output's own error, which says more, goes before libav's.
    private func guarded(_ status: Int32) throws {
        try destination.check()
        if status < 0, case .segments = destination, status == avatarium_averror(ENOSPC) {
            throw AtomicFile.error(options.path, .noSpace)
        }
        try LibAV.check(status, failed)
    }

    private func failed(_ words: String) -> AvatariumError {
        AvatariumError(
            .internalError, "the container of '\(options.path)' refused a packet: \(words)",
            context: ["path": options.path, "stage": "mux"])
    }
}

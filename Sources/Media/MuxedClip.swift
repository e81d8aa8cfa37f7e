import AvatariumCore
import CAV

/// A clip in one container file: encoders, interleaving, container.
final class MuxedClip: ClipSink {
    private let options: ClipWriterOptions
    private let file: OutputFile
    private let format: UnsafeMutablePointer<AVFormatContext>
    private let video: VideoEncoder
    private let audio: AudioEncoder?
    private var samples = SampleQueue()
    /// Samples handed to the audio encoder.
    private var usedSampleCount = 0
    /// Samples go to the container at most this far ahead of the pictures, so that it need not hold many.
    private let audioLeadSeconds = 0.5

    var frameCount: Int { video.frameCount }

    init(_ options: ClipWriterOptions) throws {
        _ = LibAV.silenced
        self.options = options
        let container =
            switch options.format {
            case .webm: "webm"
            case .mov: "mov"
            default: "mp4"
            }
        guard let muxer = av_guess_format(container, nil, nil) else {
            throw AvatariumError(
                .hostRequirementMissing, "libavformat was built without the \(container) container.",
                context: ["muxer": container])
        }
        let globalHeader = muxer.pointee.flags & AVFMT_GLOBALHEADER != 0
        video = try VideoEncoder(VideoSettings(options), options, globalHeader: globalHeader)
        audio = try options.audioSampleRate.map {
            try AudioEncoder(
                encoder: options.format == .webm ? "libopus" : options.format == .mov ? "pcm_s16le" : "aac",
                sampleRate: $0, globalHeader: globalHeader)
        }
        let file = try OutputFile(
            path: options.path, standardOutput: options.standardOutput, receiver: options.receiver)
        self.file = file
        var allocated: UnsafeMutablePointer<AVFormatContext>?
        let status = avformat_alloc_output_context2(&allocated, muxer, nil, file.url)
        guard status >= 0, let allocated else {
            file.discard()
            throw AvatariumError(.internalError, "The container cannot be made: \(LibAV.words(status)).")
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
        format.pointee.pb = file.context
        format.pointee.flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT
        // Matroska says the encoder's delay in a field of its own, and players subtract it. libavformat 59 would
        // move pictures and sound to make room for it, so that the sound came first; see `writeAudio`.
        if options.format == .webm { format.pointee.avoid_negative_ts = 0 }
        if options.path == "-" { format.pointee.flags |= AVFMT_FLAG_FLUSH_PACKETS }
        let picture = avformat_new_stream(format, nil)
        try LibAV.check(
            avcodec_parameters_from_context(picture?.pointee.codecpar, video.context), failed)
        picture?.pointee.time_base = video.context.pointee.time_base
        picture?.pointee.avg_frame_rate = video.context.pointee.framerate
        if options.format == .webm, options.hasAlpha {
            av_dict_set(&picture!.pointee.metadata, "alpha_mode", "1", 0)
        }
        if let audio {
            let sound = avformat_new_stream(format, nil)
            try LibAV.check(
                avcodec_parameters_from_context(sound?.pointee.codecpar, audio.context), failed)
            sound?.pointee.time_base = audio.context.pointee.time_base
        }
        if let title = options.title { av_dict_set(&format.pointee.metadata, "title", title, 0) }
        let flags: [(String, String)] =
            switch options.format {
            case .mp4, .mov: [("movflags", "+faststart+write_colr")]
            case .fragmentedMP4:
                [("movflags", "+frag_keyframe+delay_moov+default_base_moof+write_colr")]
            default: []
            }
        try LibAV.withOptions(flags) { try guarded(avformat_write_header(format, &$0)) }
    }

    func write(_ rgba: UnsafeBufferPointer<UInt8>, premultiplied: Bool) throws {
        try video.encode(rgba, premultiplied: premultiplied, writeVideo)
        try encodeAudio(upToSeconds: options.frameRate.seconds(atFrame: frameCount) + audioLeadSeconds)
    }

    func write(audio chunk: [Float]) throws {
        samples.append(chunk)
        try encodeAudio(upToSeconds: options.frameRate.seconds(atFrame: frameCount) + audioLeadSeconds)
    }

    private func encodeAudio(upToSeconds seconds: Double) throws {
        guard let audio, let rate = options.audioSampleRate else { return }
        let target = Int((seconds * Double(rate)).rounded())
        while let slice = samples.next(min(target - usedSampleCount, 16384)) {
            usedSampleCount += slice.count
            try audio.encode(slice, writeAudio)
        }
    }

    func finish() throws -> ClipFileInfo {
        let seconds = options.frameRate.seconds(atFrame: frameCount)
        try encodeAudio(upToSeconds: seconds)
        try audio?.finish(atSeconds: seconds, writeAudio)
        try video.finish(writeVideo)
        try guarded(av_write_trailer(format))
        try file.commit()
        avformat_free_context(format)
        return ClipFileInfo(
            path: options.path, frameCount: frameCount, durationSeconds: seconds, byteCount: file.byteCount,
            audioPath: nil,
            audioSecondsDropped: options.audioSampleRate.map { Double(samples.count) / Double($0) } ?? 0)
    }

    func cancel() {
        avformat_free_context(format)
        file.discard()
    }

    private func writeVideo(_ packet: UnsafeMutablePointer<AVPacket>) throws {
        try write(packet, stream: 0, timeBase: video.context.pointee.time_base)
    }

    private func writeAudio(_ packet: UnsafeMutablePointer<AVPacket>) throws {
        guard let audio else { return }
        if options.format == .webm {
            let delay = Int64(audio.context.pointee.initial_padding)
            packet.pointee.pts += delay
            packet.pointee.dts += delay
        }
        try write(packet, stream: 1, timeBase: audio.context.pointee.time_base)
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
        try file.check()
        try LibAV.check(status, failed)
    }

    private func failed(_ words: String) -> AvatariumError {
        AvatariumError(
            .internalError, "The container of \(options.path) refused a packet: \(words).",
            context: ["path": options.path, "stage": "mux"])
    }
}

import AvatariumCore
import CAV

/// Any audio to mono float at one sample rate (libswresample; its filter delay is compensated).
final class MonoResampler {
    private var context: OpaquePointer?
    private let inputRate: Int32
    private let inputFormat: AVSampleFormat
    private let inputChannels: Int32
    private let outputRate: Int32

    struct Unavailable: Error {
        let reason: String
    }

    init(
        inputRate: Int32, inputFormat: AVSampleFormat, inputLayout: UnsafePointer<AVChannelLayout>,
        outputRate: Int32
    ) throws(Unavailable) {
        self.inputRate = inputRate
        self.inputFormat = inputFormat
        inputChannels = inputLayout.pointee.nb_channels
        self.outputRate = outputRate
        var mono = AVChannelLayout()
        av_channel_layout_default(&mono, 1)
        // A count of channels without an order cannot be mixed: take the usual layout of that count.
        var layout = AVChannelLayout()
        if inputLayout.pointee.order == AV_CHANNEL_ORDER_UNSPEC {
            av_channel_layout_default(&layout, inputChannels)
        } else {
            av_channel_layout_copy(&layout, inputLayout)
        }
        defer { av_channel_layout_uninit(&layout) }
        var status = swr_alloc_set_opts2(
            &context, &mono, AV_SAMPLE_FMT_FLT, outputRate, &layout, inputFormat, inputRate, 0, nil)
        // Float output is not kept from clipping unless asked: weights of a mix add up to at most 1.
        if status >= 0 {
            status = av_opt_set_double(UnsafeMutableRawPointer(context), "rematrix_maxval", 1, 0)
        }
        if status >= 0 { status = swr_init(context) }
        guard status >= 0 else { throw Unavailable(reason: LibAV.words(status)) }
    }

    /// From mono float at one rate to mono float at another.
    convenience init(monoRate: Int32, outputRate: Int32) throws(Unavailable) {
        var mono = AVChannelLayout()
        av_channel_layout_default(&mono, 1)
        try self.init(
            inputRate: monoRate, inputFormat: AV_SAMPLE_FMT_FLT, inputLayout: &mono, outputRate: outputRate)
    }

    /// Whether a frame is of the kind that this resampler was made for.
    func accepts(_ frame: AVFrame) -> Bool {
        frame.sample_rate == inputRate && frame.format == inputFormat.rawValue
            && frame.ch_layout.nb_channels == inputChannels
    }

    /// Appends the samples of a decoded frame.
    func append(_ frame: UnsafeMutablePointer<AVFrame>, to samples: inout [Float]) {
        convert(count: frame.pointee.nb_samples, to: &samples) { context, output, room in
            frame.pointee.extended_data.withMemoryRebound(
                to: UnsafePointer<UInt8>?.self, capacity: Int(inputChannels)
            ) { swr_convert(context, output, room, $0, frame.pointee.nb_samples) }
        }
    }

    /// Appends mono float samples.
    func append(_ input: ArraySlice<Float>, to samples: inout [Float]) {
        input.withUnsafeBytes { bytes in
            convert(count: Int32(input.count), to: &samples) { context, output, room in
                var plane = bytes.bindMemory(to: UInt8.self).baseAddress
                return swr_convert(context, output, room, &plane, Int32(input.count))
            }
        }
    }

    /// Appends what is still held back by the filter.
    func finish(to samples: inout [Float]) {
        convert(count: 0, to: &samples) { context, output, room in
            swr_convert(context, output, room, nil, 0)
        }
    }

    private func convert(
        count: Int32, to samples: inout [Float],
        _ body: (OpaquePointer?, UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>, Int32) -> Int32
    ) {
        let room = swr_get_out_samples(context, count)
        guard room > 0 else { return }
        let chunk = [Float](unsafeUninitializedCapacity: Int(room)) { buffer, written in
            var plane = UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: UInt8.self)
            written = Int(max(0, body(context, &plane, room)))
        }
        samples.append(contentsOf: chunk)
    }

    deinit { swr_free(&context) }
}

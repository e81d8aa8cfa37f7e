import AvatariumCore
import CAV

/// Any audio to mono float at one sample rate (libswresample; its filter delay is compensated).
///
/// Channels are mixed to their mean. Of films, which have their speech in the centre, that keeps its level, and so does what
/// stands in left and right alike. Channels that are another's negative can be turned round.
final class MonoResampler {
    private var context: OpaquePointer?
    private let inputRate: Int32
    private let inputFormat: AVSampleFormat
    private let inputChannels: Int32
    private let outputRate: Int32
    /// What each channel gives to the mix.
    private var weights: [Double] = []
    /// What the channels have in common.
    private(set) var levels = ChannelLevels()
    /// Whether the weights of the mix add up to more than 1.
    private(set) var mayPassOne = false

    struct Unavailable: Error {
        let reason: String
    }

    /// - Parameter turned: The channels to be turned round.
    init(
        inputRate: Int32, inputFormat: AVSampleFormat, inputLayout: UnsafePointer<AVChannelLayout>,
        outputRate: Int32, turned: Set<Int> = []
    ) throws(Unavailable) {
        self.inputRate = inputRate
        self.inputFormat = inputFormat
        inputChannels = inputLayout.pointee.nb_channels
        self.outputRate = outputRate
        // A count of channels without an order cannot be mixed: take the usual layout of that count.
        var layout = AVChannelLayout()
        let isUnordered = inputLayout.pointee.order == AV_CHANNEL_ORDER_UNSPEC
        if isUnordered {
            av_channel_layout_default(&layout, inputChannels)
        } else {
            av_channel_layout_copy(&layout, inputLayout)
        }
        // Channels stay apart through the resampler, since they are compared.
        var output = AVChannelLayout()
        av_channel_layout_copy(&output, &layout)
        defer {
            av_channel_layout_uninit(&layout)
            av_channel_layout_uninit(&output)
        }
        var status = swr_alloc_set_opts2(
            &context, &output, AV_SAMPLE_FMT_FLTP, outputRate, &layout, inputFormat, inputRate, 0, nil)
        weights = Self.weights(of: &layout, isUnordered: isUnordered)
        mayPassOne = weights.reduce(0, +) > 1
        levels = ChannelLevels(weights: weights)
        for channel in turned where weights.indices.contains(channel) { weights[channel].negate() }
        if status >= 0 { status = swr_init(context) }
        guard status >= 0 else { throw Unavailable(reason: LibAV.message(status)) }
    }

    /// What each channel gives to the mix.
    private static func weights(
        of layout: inout AVChannelLayout, isUnordered: Bool
    ) -> [Double] {
        let count = Int(layout.nb_channels)
        guard count > 2 else { return [Double](repeating: 1 / Double(count), count: count) }
        let weights: [Double] = (0..<count).map { index in
            switch av_channel_layout_channel_from_index(&layout, UInt32(index)) {
            case AV_CHAN_FRONT_CENTER: 1
            case AV_CHAN_FRONT_LEFT, AV_CHAN_FRONT_RIGHT: 0.5
            case AV_CHAN_LOW_FREQUENCY: 0
            default: 0.25
            }
        }
        // Microphones side by side.
        guard !isUnordered, weights.contains(where: { $0 > 0.25 }) else {
            return [Double](repeating: 1 / Double(count), count: count)
        }
        return weights
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
        let room = Int(swr_get_out_samples(context, count))
        guard room > 0 else { return }
        let channels = Int(inputChannels)
        var chunk = [Float](repeating: 0, count: channels * room)
        let got = chunk.withUnsafeMutableBytes { bytes in
            let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            var planes = (0..<channels).map { start?.advanced(by: $0 * room * MemoryLayout<Float>.stride) }
            return Int(max(0, body(context, &planes, Int32(room))))
        }
        guard channels > 1 else {
            samples += chunk[..<got]
            return
        }
        levels.add(chunk, stride: room, count: got)
        let first = samples.count
        samples.append(contentsOf: repeatElement(0, count: got))
        for (channel, weight) in weights.enumerated() where weight != 0 {
            let weight = Float(weight)
            for index in 0..<got { samples[first + index] += weight * chunk[channel * room + index] }
        }
    }

    deinit { swr_free(&context) }
}

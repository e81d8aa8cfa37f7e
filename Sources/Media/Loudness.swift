import AvatariumCore
import CAV

/// Mono samples that can be read again and again, piece by piece.
package struct SoundSource {
    package let sampleRate: Int
    package let sampleCount: Int
    /// Returns the samples of a range inside `0..<sampleCount`.
    package let read: (Range<Int>) throws -> [Float]

    package init(sampleRate: Int, sampleCount: Int, read: @escaping (Range<Int>) throws -> [Float]) {
        self.sampleRate = sampleRate
        self.sampleCount = sampleCount
        self.read = read
    }

    /// Samples that are taken at a time.
    private static let piece = 1 << 16

    /// Visits all samples in order.
    package func forEachPiece(_ visit: ([Float]) throws -> Void) throws {
        for start in stride(from: 0, to: sampleCount, by: Self.piece) {
            try Task.checkCancellation()
            try visit(try read(start..<min(start + Self.piece, sampleCount)))
        }
    }

    fileprivate var source: String {
        "abuffer@in0=sample_rate=\(sampleRate):sample_fmt=flt:channel_layout=mono:time_base=1/\(sampleRate)"
    }
}

/// How loud sound is, and how it is made as loud as asked for.
package enum Loudness {
    /// Targets that can be asked for, LUFS.
    package static let range = -40.0 ... -8.0
    /// What no sample passes, as a share of full scale: -1.5 dB, so that what lossy codecs add stays below 0 dB.
    package static let ceiling: Float = 0.84
    /// Below this, LUFS, there is nothing to be made louder.
    private static let silence = -60.0

    /// Returns the integrated loudness in LUFS (EBU R 128, ITU-R BS.1770-4), by libavfilter's `ebur128`; nil for
    /// silence and for less than 0.4 s.
    /// - Throws: E081 where libavfilter is missing.
    package static func integrated(_ sound: SoundSource) throws -> Double? {
        let graph = try FilterGraph(
            "\(sound.source),ebur128=metadata=1,abuffersink@out", isSound: true)
        var last: Double?
        func take(_ frame: UnsafeMutablePointer<AVFrame>) {
            last = LibAV.entries(frame.pointee.metadata)["lavfi.r128.I"].flatMap { Double($0) } ?? last
        }
        var position = 0
        try sound.forEachPiece { samples in
            try push(samples, sound.sampleRate, &position, graph)
            try graph.pull(take)
        }
        try graph.push(nil)
        try graph.pull(take)
        return last.flatMap { $0 > silence ? $0 : nil }
    }

    /// Emits the samples with a gain, in decibels, and no peak above the ceiling; as many as there were.
    /// - Throws: E081 where libavfilter is missing; what `emit` throws.
    package static func amplified(
        _ sound: SoundSource, decibels: Double, emit: ([Float]) throws -> Void
    ) throws {
        // The limiter looks 5 ms ahead: its output is late by its buffer, less the sample that it has just taken.
        let late = max(0, Int(Double(sound.sampleRate) * 0.005) - 1)
        let graph = try FilterGraph(
            "\(sound.source),volume=\(decibels)dB:precision=float,alimiter=limit=\(ceiling):level=false:attack=5:"
                + "release=60,aformat=sample_fmts=flt:channel_layouts=mono,abuffersink@out", isSound: true)
        var dropped = 0
        var emitted = 0
        func take(_ frame: UnsafeMutablePointer<AVFrame>) throws {
            let count = Int(frame.pointee.nb_samples)
            guard let start = UnsafeRawPointer(frame.pointee.data.0)?.assumingMemoryBound(to: Float.self)
            else {
                return
            }
            let samples = UnsafeBufferPointer(start: start, count: count)
            let skip = min(count, late - dropped)
            dropped += skip
            let wanted = samples.dropFirst(skip).prefix(sound.sampleCount - emitted)
            emitted += wanted.count
            if !wanted.isEmpty { try emit(Array(wanted)) }
        }
        var position = 0
        try sound.forEachPiece { samples in
            try push(samples, sound.sampleRate, &position, graph)
            try graph.pull(take)
        }
        try push([Float](repeating: 0, count: late), sound.sampleRate, &position, graph)
        try graph.push(nil)
        try graph.pull(take)
        if emitted < sound.sampleCount {
            try emit([Float](repeating: 0, count: sound.sampleCount - emitted))
        }
    }

    private static func push(
        _ samples: [Float], _ rate: Int, _ position: inout Int, _ graph: FilterGraph
    ) throws {
        guard !samples.isEmpty else { return }
        let frame = try OwnFrame(samples: samples, sampleRate: rate)
        frame.frame.pointee.pts = Int64(position)
        position += samples.count
        try graph.push(frame.frame)
    }
}

/// Changes the rate of mono samples as they come.
package final class RateConverter {
    private let resampler: MonoResampler

    /// - Throws: E083 for rates that libswresample cannot convert.
    package init(from rate: Int, to newRate: Int) throws {
        do throws(MonoResampler.Unavailable) {
            resampler = try MonoResampler(monoRate: Int32(rate), outputRate: Int32(newRate))
        } catch {
            throw AvatariumError(
                .audioPipelineFailed,
                "audio of \(rate) Hz cannot be brought to \(newRate) Hz: \(error.reason); give audio of 8000 to 48000 Hz"
            )
        }
    }

    package func convert(_ samples: [Float]) -> [Float] {
        var result: [Float] = []
        resampler.append(samples[...], to: &result)
        return result
    }

    /// Returns what is still held back.
    package func finish() -> [Float] {
        var result: [Float] = []
        resampler.finish(to: &result)
        return result
    }
}

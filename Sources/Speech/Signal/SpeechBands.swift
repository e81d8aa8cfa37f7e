import AvatariumCore
import Foundation

/// Loudness of speech in bands over time: what a mouth can be guessed from in any language.
package struct SpeechBands: Sendable {
    /// Seconds between frames; frame `i` is centred on `i * hop`.
    package static let hop = 0.01
    /// Band edges, Hz.
    static let edges: [(low: Double, high: Double)] = [
        (80, 250), (250, 800), (800, 1200), (1200, 2800), (4000, 7500),
    ]
    package enum Band: Int { case voice, low, open, front, hiss }

    /// 0...1 by band and frame: from the recording's noise, at most 50 dB down, to its 95th
    /// percentile.
    private var levels: [[Float]]
    /// The level of all bands together.
    package private(set) var total: [Float]

    /// - Parameter audio: at 16 kHz.
    package init(_ audio: AudioBuffer) {
        let size = 512
        let window = (0..<400).map { Float(0.5 - 0.5 * cos(2 * .pi * (Double($0) + 0.5) / 400)) }
        let step = Int(Self.hop * Double(audio.sampleRate))
        let count = max(1, audio.samples.count / step)
        let bins = Self.edges.map { edge in
            Int((edge.low * 512 / 16_000).rounded(.up))..<Int((edge.high * 512 / 16_000).rounded(.up))
        }
        var power = [[Float]](repeating: [Float](repeating: 0, count: count), count: bins.count)
        var whole = [Float](repeating: 0, count: count)
        var fourier = FourierTransform(size: size)
        for frame in 0..<count {
            let first = frame * step - 200
            for index in 0..<size {
                let at = first + index
                let inside = index < 400 && audio.samples.indices.contains(at)
                fourier.real[index] = inside ? audio.samples[at] * window[index] : 0
                fourier.imaginary[index] = 0
            }
            fourier.transform()
            for (band, range) in bins.enumerated() {
                power[band][frame] = range.reduce(0) { $0 + fourier.power(at: $1) }
            }
            whole[frame] = (1..<size / 2).reduce(0) { $0 + fourier.power(at: $1) }
        }
        levels = power.map(Self.relative)
        total = Self.relative(whole)
    }

    package subscript(band: Band) -> [Float] { levels[band.rawValue] }

    private static func relative(_ power: [Float]) -> [Float] {
        let decibels = power.map { 10 * log10($0 + 1e-9) }
        let sorted = decibels.sorted()
        let top = sorted[min(sorted.count - 1, sorted.count * 95 / 100)]
        // A recording of nothing stays nothing.
        guard top > -45 else { return power.map { _ in 0 } }
        // Background noise is nothing: the quietest twentieth and 3 dB above it.
        let noise = sorted[sorted.count / 20] + 3
        let bottom = max(top - 50, min(noise, top - 20))
        return decibels.map { min(1, max(0, ($0 - bottom) / (top - bottom))) }
    }

    /// Smoothed with a Gaussian.
    package static func smoothed(_ values: [Float], seconds: Double) -> [Float] {
        let reach = Int(3 * seconds / hop)
        var kernel = (-reach...reach).map { Float(exp(-0.5 * pow(Double($0) * hop / seconds, 2))) }
        let sum = kernel.reduce(0, +)
        for index in kernel.indices { kernel[index] /= sum }
        return values.indices.map { center in
            var value: Float = 0
            for offset in -reach...reach {
                let at = min(values.count - 1, max(0, center + offset))
                value += values[at] * kernel[offset + reach]
            }
            return value
        }
    }
}

/// An in-place radix-2 fast Fourier transform (Cooley and Tukey, 1965).
struct FourierTransform {
    var real: [Float]
    var imaginary: [Float]
    private let size: Int
    private let cosines: [Float]
    private let sines: [Float]

    /// - Parameter size: a power of two.
    init(size: Int) {
        self.size = size
        real = [Float](repeating: 0, count: size)
        imaginary = real
        cosines = (0..<size / 2).map { Float(cos(2 * .pi * Double($0) / Double(size))) }
        sines = (0..<size / 2).map { Float(-sin(2 * .pi * Double($0) / Double(size))) }
    }

    func power(at bin: Int) -> Float { real[bin] * real[bin] + imaginary[bin] * imaginary[bin] }

    mutating func transform() {
        var swapped = 0
        for index in 1..<size {
            var bit = size >> 1
            while swapped & bit != 0 {
                swapped ^= bit
                bit >>= 1
            }
            swapped |= bit
            if index < swapped {
                real.swapAt(index, swapped)
                imaginary.swapAt(index, swapped)
            }
        }
        var length = 2
        while length <= size {
            let stride = size / length
            for start in Swift.stride(from: 0, to: size, by: length) {
                for k in 0..<length / 2 {
                    let (a, b) = (start + k, start + k + length / 2)
                    let (c, s) = (cosines[k * stride], sines[k * stride])
                    let re = real[b] * c - imaginary[b] * s
                    let im = real[b] * s + imaginary[b] * c
                    (real[b], imaginary[b]) = (real[a] - re, imaginary[a] - im)
                    real[a] += re
                    imaginary[a] += im
                }
            }
            length *= 2
        }
    }
}

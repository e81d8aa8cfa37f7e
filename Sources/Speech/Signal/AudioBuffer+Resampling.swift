import AvatariumCore
import Foundation

extension AudioBuffer {
    /// Returns the audio at another sampling rate: band-limited interpolation with a Kaiser-windowed sinc (J. O. Smith,
    /// "Digital Audio Resampling"), 24 zero crossings to either side, about 80 dB of stop band.
    /// - Parameter rate: samples per second, 1...384000.
    package func resampled(to rate: Int) -> AudioBuffer {
        guard rate != sampleRate, rate > 0, sampleRate > 0, !samples.isEmpty else { return self }
        let divisor = Self.greatestCommonDivisor(rate, sampleRate)
        let (up, down) = (rate / divisor, sampleRate / divisor)
        // Below both Nyquist limits.
        let cutoff = min(1, Double(rate) / Double(sampleRate)) * 0.95
        let crossings = 24.0
        let reach = Int((crossings / cutoff).rounded(.up))
        // A table of phases where there are few; odd ratios get a fine grid.
        let phases = min(up, 1024)
        let taps = 2 * reach
        var table = [Float](repeating: 0, count: phases * taps)
        for phase in 0..<phases {
            let fraction = Double(phase) / Double(phases)
            for tap in 0..<taps {
                let x = Double(tap - reach + 1) - fraction
                table[phase * taps + tap] = Float(Self.kernel(x, cutoff: cutoff, reach: Double(reach)))
            }
        }
        let count = Int((Double(samples.count) * Double(up) / Double(down)).rounded())
        var out = [Float](repeating: 0, count: count)
        let source = samples
        for index in 0..<count {
            let position = index * down
            let base = position / up
            let phase = (position % up) * phases / up
            let first = base - reach + 1
            var sum: Float = 0
            let from = max(0, -first)
            let to = min(taps, source.count - first)
            if from < to {
                for tap in from..<to { sum += source[first + tap] * table[phase * taps + tap] }
            }
            out[index] = sum
        }
        return AudioBuffer(sampleRate: rate, samples: out)
    }

    private static func kernel(_ x: Double, cutoff: Double, reach: Double) -> Double {
        guard abs(x) < reach else { return 0 }
        let angle = Double.pi * x * cutoff
        let sinc = abs(angle) < 1e-9 ? 1 : sin(angle) / angle
        let ratio = x / reach
        return cutoff * sinc * bessel(8 * (1 - ratio * ratio).squareRoot()) / bessel(8)
    }

    /// The modified Bessel function of order 0, by its power series.
    private static func bessel(_ x: Double) -> Double {
        var sum = 1.0
        var term = 1.0
        for k in 1..<40 {
            term *= (x / 2) * (x / 2) / Double(k * k)
            sum += term
        }
        return sum
    }

    private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
        var (a, b) = (a, b)
        while b != 0 { (a, b) = (b, a % b) }
        return a
    }
}

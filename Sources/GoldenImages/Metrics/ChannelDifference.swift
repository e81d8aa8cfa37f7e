import AvatariumCore

/// The difference of two images per channel, in sRGB steps of 0 to 255.
public struct ChannelDifference: Sendable, Equatable {
    /// The largest absolute difference in R, G, B and, before compositing, A.
    public var maximum: SIMD4<UInt8>
    /// The number of pixels with at least one channel that differs by more than the tolerance.
    public var pixelsBeyondTolerance: Int
    /// The fraction of pixels that differ by more than the tolerance, 0...1.
    public var shareBeyondTolerance: Double
    /// The root mean square difference over R, G and B of all pixels.
    public var rms: Double
}

extension ImageComparison {
    /// Returns the differences per channel; alpha is a channel of its own for the maximum and the tolerance.
    /// - Parameter tolerance: sRGB steps, 0...255.
    public func channelDifference(tolerance: Int = 0) -> ChannelDifference {
        var maximum = SIMD4<UInt8>(repeating: 0)
        var beyond = 0
        var squares = 0
        let (a, b) = (expected.bytes, actual.bytes)
        for i in stride(from: 0, to: a.count, by: 4) {
            var largest = alphaDifference.isEmpty ? 0 : Int(alphaDifference[i / 4])
            maximum.w = max(maximum.w, UInt8(largest))
            for channel in 0..<3 {
                let difference = abs(Int(a[i + channel]) - Int(b[i + channel]))
                squares += difference * difference
                largest = max(largest, difference)
                maximum[channel] = max(maximum[channel], UInt8(difference))
            }
            if largest > tolerance { beyond += 1 }
        }
        let pixels = max(1, a.count / 4)
        return ChannelDifference(
            maximum: maximum, pixelsBeyondTolerance: beyond,
            shareBeyondTolerance: Double(beyond) / Double(pixels),
            rms: (Double(squares) / Double(3 * pixels)).squareRoot())
    }
}

import AvatariumCore

/// The result of FLIP: the perceived difference of each pixel, 0 (none) to 1.
public struct FLIPMap: Sendable {
    public let width: Int
    public let height: Int
    /// Row by row from the top.
    public let values: [Float]

    /// The mean over all pixels, the number that is usually reported.
    public var mean: Double {
        values.reduce(0.0) { $0 + Double($1) } / Double(max(1, values.count))
    }

    public var maximum: Float { values.max() ?? 0 }

    /// Returns the fraction of pixels, 0...1, that differ by more than `threshold`. It reveals a small wrong
    /// region that the mean hides.
    public func share(above threshold: Float) -> Double {
        Double(values.count { $0 > threshold }) / Double(max(1, values.count))
    }

    /// The map as an image: black where there is no difference, pale yellow where it is greatest.
    public var heatMap: PixelBuffer {
        var image = PixelBuffer(width: width, height: height)
        for (i, value) in values.enumerated() {
            let color = MagmaColorMap.color(value)
            for channel in 0..<3 { image.bytes[4 * i + channel] = color[channel] }
            image.bytes[4 * i + 3] = 255
        }
        return image
    }
}

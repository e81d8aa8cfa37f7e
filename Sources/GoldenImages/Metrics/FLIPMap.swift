import AvatariumCore

/// FLIP's answer: how different each pixel looks, 0 (not at all) to 1.
public struct FLIPMap: Sendable {
    public let width: Int
    public let height: Int
    /// Row by row from the top.
    public let values: [Float]

    /// The mean over all pixels: the number that papers state.
    public var mean: Double {
        values.reduce(0.0) { $0 + Double($1) } / Double(max(1, values.count))
    }

    public var maximum: Float { values.max() ?? 0 }

    /// The share of pixels, 0...1, that differ by more than `threshold`: finds a small part that is quite
    /// wrong, which drowns in the mean.
    public func share(above threshold: Float) -> Double {
        Double(values.count { $0 > threshold }) / Double(max(1, values.count))
    }

    /// The map as a picture: black where nothing is seen, pale yellow where the difference is greatest.
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

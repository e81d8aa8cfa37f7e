import AvatariumCore

extension PixelBuffer {
    /// Mid grey, over which images with straight alpha are composited before they are compared. Both dark and
    /// light fringes are visible on it.
    public static let comparisonBackground = SIMD3<UInt8>(repeating: 128)

    /// Returns the image composited over an opaque sRGB colour, blended in encoded sRGB as compositors do; alpha
    /// becomes 255.
    public func composited(over background: SIMD3<UInt8> = comparisonBackground) -> PixelBuffer {
        var result = self
        for i in stride(from: 0, to: bytes.count, by: 4) {
            let alpha = Int(bytes[i + 3])
            guard alpha < 255 else { continue }
            for channel in 0..<3 {
                let front = Int(bytes[i + channel]) * alpha
                let sum = front + Int(background[channel]) * (255 - alpha)
                result.bytes[i + channel] = UInt8(min(255, (sum + 127) / 255))
            }
            result.bytes[i + 3] = 255
        }
        return result
    }
}

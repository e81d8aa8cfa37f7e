import AvatariumCore

/// Two images of the same size, prepared for comparison by any of the metrics: `unequalPixels`,
/// `channelDifference(tolerance:)`, `structuralSimilarity(of:)` and `flip(pixelsPerDegree:)`.
///
/// ```swift
/// let comparison = try ImageComparison(expected: golden, actual: drawn)
/// comparison.flip().mean       // 0 = no visible difference, 1 = the largest possible
/// ```
public struct ImageComparison: Sendable {
    /// Composited over the background, as the metrics see it.
    public let expected: PixelBuffer
    public let actual: PixelBuffer
    /// The number of pixels whose RGBA bytes differ; the colour of fully transparent pixels is not compared.
    public let unequalPixels: Int
    /// Absolute difference of alpha by pixel; empty when both images have the same.
    let alphaDifference: [UInt8]

    public var width: Int { expected.width }
    public var height: Int { expected.height }

    /// - Parameters:
    ///   - expected: The reference image.
    ///   - actual: The image that is compared with it, of the same size.
    ///   - background: The sRGB colour over which transparent parts of both are composited.
    /// - Throws: E071 if the sizes differ.
    public init(
        expected: PixelBuffer, actual: PixelBuffer,
        background: SIMD3<UInt8> = PixelBuffer.comparisonBackground
    ) throws {
        guard expected.width == actual.width, expected.height == actual.height else {
            throw AvatariumError(
                .invalidConfig,
                "the image is \(actual.width)x\(actual.height) but \(expected.width)x\(expected.height) is "
                    + "expected: render it at the golden's size, or record the golden again",
                context: [
                    "field": "size", "actual": "\(actual.width)x\(actual.height)",
                    "expected": "\(expected.width)x\(expected.height)",
                ])
        }
        self.expected = expected.composited(over: background)
        self.actual = actual.composited(over: background)
        var unequal = 0
        var alpha: [UInt8] = []
        for i in 0..<expected.bytes.count / 4 {
            let (a, b) = (expected.bytes[4 * i + 3], actual.bytes[4 * i + 3])
            if a != b {
                if alpha.isEmpty { alpha = [UInt8](repeating: 0, count: expected.bytes.count / 4) }
                alpha[i] = max(a, b) - min(a, b)
                unequal += 1
            } else if a != 0 {
                let range = 4 * i..<4 * i + 3
                if expected.bytes[range] != actual.bytes[range] { unequal += 1 }
            }
        }
        unequalPixels = unequal
        alphaDifference = alpha
    }
}

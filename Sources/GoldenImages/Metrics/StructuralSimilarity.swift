import AvatariumCore
import Foundation

/// The channels that structural similarity compares.
public enum SimilarityChannels: String, Sendable, Codable {
    /// ITU-R BT.601 luma of the encoded values.
    case luma
    /// The mean of R, G and B, each on its own.
    case rgb
}

extension ImageComparison {
    /// Returns the mean structural similarity index; 1 for equal images.
    ///
    /// Wang, Bovik, Sheikh, Simoncelli, "Image Quality Assessment: From Error Visibility to Structural
    /// Similarity", 2004: gaussian window of 11x11 with sigma 1.5, K1 = 0.01, K2 = 0.03, and the mean over the
    /// windows that lie entirely inside. For images smaller than a window, every pixel counts.
    public func structuralSimilarity(of channels: SimilarityChannels = .luma) -> Double {
        switch channels {
        case .luma:
            let weights = SIMD3<Float>(0.299, 0.587, 0.114)
            return similarity(plane(expected, weights), plane(actual, weights))
        case .rgb:
            let sum = (0..<3).reduce(0.0) { sum, channel in
                var weights = SIMD3<Float>(repeating: 0)
                weights[channel] = 1
                return sum + similarity(plane(expected, weights), plane(actual, weights))
            }
            return sum / 3
        }
    }

    private func plane(_ image: PixelBuffer, _ weights: SIMD3<Float>) -> Plane {
        var plane = Plane(width: width, height: height)
        for i in plane.values.indices {
            let (r, g, b) = (image.bytes[4 * i], image.bytes[4 * i + 1], image.bytes[4 * i + 2])
            // Around mid grey, so that single precision is enough for the variances.
            plane.values[i] = weights.x * Float(r) + weights.y * Float(g) + weights.z * Float(b) - 127.5
        }
        return plane
    }

    private func similarity(_ x: Plane, _ y: Plane) -> Double {
        let radius = 5
        let bell = (-radius...radius).map { Float(exp(-Double($0 * $0) / (2 * 1.5 * 1.5))) }
        let window = bell.map { $0 / bell.reduce(0, +) }
        func mean(_ a: Plane, _ b: Plane? = nil) -> [Float] {
            var product = a
            if let b { for i in product.values.indices { product.values[i] *= b.values[i] } }
            return product.filtered(horizontal: window, vertical: window).values
        }
        let (meanX, meanY) = (mean(x), mean(y))
        let (meanXX, meanYY, meanXY) = (mean(x, x), mean(y, y), mean(x, y))
        let c1: Float = (0.01 * 255) * (0.01 * 255)
        let c2: Float = (0.03 * 255) * (0.03 * 255)

        let whole = width > 2 * radius && height > 2 * radius
        let rows = whole ? radius..<height - radius : 0..<height
        let columns = whole ? radius..<width - radius : 0..<width
        var sum = 0.0
        for row in rows {
            for i in row * width + columns.lowerBound..<row * width + columns.upperBound {
                let (mx, my) = (meanX[i] + 127.5, meanY[i] + 127.5)
                let varianceX = meanXX[i] - meanX[i] * meanX[i]
                let varianceY = meanYY[i] - meanY[i] * meanY[i]
                let covariance = meanXY[i] - meanX[i] * meanY[i]
                let above = (2 * mx * my + c1) * (2 * covariance + c2)
                let below = (mx * mx + my * my + c1) * (varianceX + varianceY + c2)
                sum += Double(above / below)
            }
        }
        return sum / Double(max(1, rows.count * columns.count))
    }
}

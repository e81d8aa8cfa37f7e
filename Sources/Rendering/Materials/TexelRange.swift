import AvatariumCore
import GLES
import Geometry

/// Colours about which the base texture varies where a mesh shows it, so close to each other that the display transform
/// (exposure, tone map, sRGB) may be computed at vertices, for three of them, and interpolated between them at pixels.
///
/// Tests hold that a picture then differs from one with the exact transform by 2 of 255 on average at most.
struct TexelRange: Equatable, Sendable {
    /// Encoded in sRGB, 0...1, in ascending order in each channel.
    let encoded: [SIMD3<Float>]

    /// How dark and how bright texels may be, as multiples of the median of encoded values.
    private static let widest: ClosedRange<Float> = 0.35...1.8
    /// Texels beyond that are this share at most, in each channel.
    private static let mostOutside = 0.05
    /// Texels on each side that are left out of the range where it need not be so wide.
    private static let tail = 0.02
    /// Places of a mesh that are looked at.
    private static let mostPlaces = 200_000

    /// - Parameters:
    ///   - texture: As it is stored.
    ///   - coordinates: Of the vertices.
    ///   - indices: Three for each triangle.
    /// - Returns: nil where the colours vary too much.
    init?(_ texture: Texture.Level, coordinates: [SIMD2<Float>], indices: [UInt32]) {
        var counts = [[Int]](repeating: [Int](repeating: 0, count: 256), count: 3)
        var total = 0
        let triangles = indices.count / 3
        let step = max(1, triangles / Self.mostPlaces)
        // Places in a triangle lie a texel apart, as far as there are not too many.
        let size = SIMD2(Float(texture.width), Float(texture.height))
        for triangle in stride(from: 0, to: triangles, by: step) {
            let corners = (0..<3).map { coordinates[Int(indices[triangle * 3 + $0])] }
            let (a, b) = ((corners[1] - corners[0]) * size, (corners[2] - corners[0]) * size)
            let area = abs(a.x * b.y - a.y * b.x) / 2
            guard area.isFinite else { return nil }
            let room = max(1, Self.mostPlaces / max(1, triangles / step))
            let places = min(Int(min(max(area, 64), Float(Self.mostPlaces))), room)
            let rows = max(1, Int((Float(places) * 2).squareRoot()))
            for i in 0..<rows {
                for j in 0..<(rows - i) {
                    let (u, v) = (
                        (Float(i) + 1 / 3) / Float(rows), (Float(j) + 1 / 3) / Float(rows)
                    )
                    let texel = texture.texel(
                        corners[0] * (1 - u - v) + corners[1] * u + corners[2] * v)
                    for channel in 0..<3 { counts[channel][Int(texel[channel])] += 1 }
                    total += 1
                }
            }
        }
        guard total > 0 else { return nil }
        var (low, high) = (SIMD3<Float>.zero, SIMD3<Float>.zero)
        for channel in 0..<3 {
            /// The value below which a share of the texels lies.
            func quantile(_ share: Double) -> Float {
                var below = 0
                let value = counts[channel].firstIndex {
                    below += $0
                    return Double(below) >= share * Double(total)
                }
                return Float(value ?? 255)
            }
            let median = quantile(0.5)
            let least = median * Self.widest.lowerBound
            let most = median * Self.widest.upperBound
            let outside = counts[channel].enumerated().reduce(0) { sum, entry in
                (least - 8...most + 8).contains(Float(entry.offset)) ? sum : sum + entry.element
            }
            guard Double(outside) <= Self.mostOutside * Double(total) else { return nil }
            low[channel] = max(quantile(Self.tail), least) / 255
            high[channel] = min(quantile(1 - Self.tail), most) / 255
        }
        // A parabola needs room.
        high = pointwiseMax(high, low + SIMD3(repeating: 0.1))
        encoded = [low, (low + high) / 2, high]
    }

    /// `uTexel` of `blocks.glsl`: the encoded colours and the linear ones.
    var uniforms: [SIMD4<Float>] {
        encoded.map { SIMD4($0, 0) }
            + encoded.map { SIMD4(SRGB.decoded($0), 0) }
    }
}

extension Texture.Level {
    /// The texel at a place in texture coordinates, which repeat; black for coordinates that are not finite.
    func texel(_ at: SIMD2<Float>) -> SIMD4<UInt8> {
        guard at.x.isFinite, at.y.isFinite, width > 0, height > 0 else { return .zero }
        let x = min(Int((at.x - at.x.rounded(.down)) * Float(width)), width - 1)
        let y = min(Int((at.y - at.y.rounded(.down)) * Float(height)), height - 1)
        let i = (y * width + x) * 4
        return SIMD4(bytes[i], bytes[i + 1], bytes[i + 2], bytes[i + 3])
    }
}

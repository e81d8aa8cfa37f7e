import AvatariumCore
import Foundation

/// The colour spaces that FLIP passes through; white is linear RGB (1, 1, 1). The matrices are those of sRGB's
/// primaries and D65 with as many digits as NVIDIA's own evaluator has.
enum FLIPColor {
    /// The linear value of each sRGB byte.
    static let linear: [Float] = (0...255).map { SRGB.decoded(Float($0) / 255) }

    private static let white = xyz(SIMD3(1, 1, 1))

    static func xyz(_ rgb: SIMD3<Float>) -> SIMD3<Float> {
        SIMD3(0.412_386_56, 0.212_636_82, 0.019_330_62) * rgb.x
            + SIMD3(0.357_591_49, 0.715_182_98, 0.119_197_16) * rgb.y
            + SIMD3(0.180_450_49, 0.072_180_2, 0.950_372_59) * rgb.z
    }

    private static func rgb(_ xyz: SIMD3<Float>) -> SIMD3<Float> {
        SIMD3(3.241_003_23, -0.969_224_25, 0.055_639_42) * xyz.x
            + SIMD3(-1.537_398_97, 1.875_929_98, -0.204_011_21) * xyz.y
            + SIMD3(-0.498_615_88, 0.041_554_23, 1.057_148_98) * xyz.z
    }

    /// YCxCz: L*a*b* without its cube roots.
    static func opponent(_ xyz: SIMD3<Float>) -> SIMD3<Float> {
        let c = xyz / white
        return SIMD3(116 * c.y - 16, 500 * (c.x - c.y), 200 * (c.y - c.z))
    }

    /// L*a*b* of a filtered colour, cut to the gamut of sRGB, with chroma shrinking in the dark as Hunt found.
    static func perceived(opponent: SIMD3<Float>) -> SIMD3<Float> {
        let y = (opponent.x + 16) / 116
        let full = SIMD3(y + opponent.y / 500, y, y - opponent.z / 200) * white
        let color = xyz(rgb(full).clamped(lowerBound: SIMD3(0, 0, 0), upperBound: SIMD3(1, 1, 1))) / white
        func root(_ t: Float) -> Float {
            let delta: Float = 6.0 / 29
            return t > delta * delta * delta ? cbrt(t) : t / (3 * delta * delta) + 4 / 29
        }
        let (fx, fy, fz) = (root(color.x), root(color.y), root(color.z))
        let lightness = 116 * fy - 16
        return SIMD3(lightness, 0.01 * lightness * 500 * (fx - fy), 0.01 * lightness * 200 * (fy - fz))
    }
}

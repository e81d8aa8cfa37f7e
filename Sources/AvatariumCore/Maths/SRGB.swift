import Foundation

/// The transfer function of sRGB (IEC 61966-2-1), for values from 0 to 1.
package enum SRGB {
    /// Returns the linear value of an encoded one.
    package static func decoded(_ encoded: Float) -> Float {
        encoded <= 0.04045 ? encoded / 12.92 : Float(pow(Double((encoded + 0.055) / 1.055), 2.4))
    }

    /// Returns the encoded value of a linear one.
    package static func encoded(_ linear: Float) -> Float {
        linear <= 0.0031308 ? linear * 12.92 : Float(1.055 * pow(Double(linear), 1 / 2.4) - 0.055)
    }

    /// Returns the linear colour of an encoded one.
    package static func decoded(_ c: SIMD3<Float>) -> SIMD3<Float> {
        SIMD3(decoded(c.x), decoded(c.y), decoded(c.z))
    }
}

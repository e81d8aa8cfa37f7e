import Foundation

/// The sRGB transfer function (IEC 61966-2-1).
enum ColorSpace {
    static func linear(_ encoded: Float) -> Float {
        encoded <= 0.04045 ? encoded / 12.92 : Float(pow(Double((encoded + 0.055) / 1.055), 2.4))
    }
}

import AvatariumCore
import Foundation
import GLES

/// An image and its smaller versions, ready for upload.
struct MipPyramid: Sendable {
    enum Content: Hashable, Sendable {
        /// Colours encoded in sRGB: averaged in linear light, weighted by alpha so that hidden colours do not bleed in.
        case color
        /// Numbers, averaged as they are.
        case data
    }

    static let mode = ProcessInfo.processInfo.environment["AV_TEX"] ?? "srgb"
    var format = GLES.Texture.Format.rgba8

    /// Largest first.
    private(set) var levels: [GLES.Texture.Level] = []

    /// - Parameter limit: The largest side to keep; larger levels are left out.
    init(_ image: PixelBuffer, _ content: Content, limit: Int, mipmapped: Bool) {
        var opaque = true
        if content == .color {
            opaque = stride(from: 3, to: image.bytes.count, by: 4).allSatisfy { image.bytes[$0] == 255 }
        }
        if content == .color {
            switch Self.mode {
            case "sqrt": format = .rgba8
            case "f11" where opaque: format = .r11g11b10f
            case "f16": format = .rgba16f
            default: format = .srgb8
            }
        }
        var current = image.bytes
        var (width, height) = (image.width, image.height)
        while true {
            let fits = max(width, height) <= limit
            if fits { levels.append(.init(width: width, height: height, bytes: packed(current, content))) }
            if (fits && !mipmapped) || (width == 1 && height == 1) { break }
            let (w, h) = (max(1, width / 2), max(1, height / 2))
            current =
                content == .color
                ? Self.halve(current, width, height, w, h, Self.meanColor)
                : Self.halve(current, width, height, w, h, Self.meanNumbers)
            (width, height) = (w, h)
        }
    }

    /// The image halved until no side is longer than `side`.
    static func reduced(_ image: PixelBuffer, _ content: Content, side: Int) -> PixelBuffer {
        var (current, width, height) = (image.bytes, image.width, image.height)
        while max(width, height) > side {
            let (w, h) = (max(1, width / 2), max(1, height / 2))
            current =
                content == .color
                ? halve(current, width, height, w, h, meanColor)
                : halve(current, width, height, w, h, meanNumbers)
            (width, height) = (w, h)
        }
        return PixelBuffer(width: width, height: height, bytes: current)
    }

    private func packed(_ bytes: [UInt8], _ content: Content) -> [UInt8] {
        guard content == .color else { return bytes }
        let linear = Self.linear
        if Self.mode == "sqrt" {
            return bytes.enumerated().map { i, b in
                i % 4 == 3 ? b : UInt8((linear[Int(b)].squareRoot() * 255).rounded())
            }
        }
        switch format {
        case .r11g11b10f:
            return stride(from: 0, to: bytes.count, by: 4).flatMap { i -> [UInt8] in
                func small(_ v: Float, _ mantissa: UInt32) -> UInt32 {
                    let b = (v * (1 + 0)).bitPattern
                    let e = Int(b >> 23) - 127 + 15
                    let round = (b & 0x7FFFFF) + (1 << (22 - mantissa))
                    guard e > 0 else { return UInt32(v * Float(1 << 14) * Float(1 << mantissa) + 0.5) }
                    return UInt32(e) << mantissa + (round >> (23 - mantissa))
                }
                let w =
                    small(linear[Int(bytes[i])], 6) | small(linear[Int(bytes[i + 1])], 6) << 11
                    | small(linear[Int(bytes[i + 2])], 5) << 22
                return [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: w >> $0) }
            }
        case .rgba16f:
            return bytes.enumerated().flatMap { i, b -> [UInt8] in
                let v = Float16(i % 4 == 3 ? Float(b) / 255 : linear[Int(b)]).bitPattern
                return [UInt8(truncatingIfNeeded: v), UInt8(truncatingIfNeeded: v >> 8)]
            }
        default: return bytes
        }
    }

    /// Linear value of every encoded one.
    private static let linear: [Float] = (0..<256).map { SRGB.decoded(Float($0) / 255) }
    /// Encoded value of a linear one, by its square root times 4095: nearly a straight line, within 0.1.
    private static let encoded: [UInt8] = (0..<4096).map {
        let root = Float($0) / 4095
        return UInt8((SRGB.encoded(root * root) * 255).rounded())
    }

    @inline(__always) private static func meanNumbers(
        _ a: SIMD4<UInt8>, _ b: SIMD4<UInt8>, _ c: SIMD4<UInt8>, _ d: SIMD4<UInt8>
    ) -> SIMD4<UInt8> {
        let sum =
            SIMD4<UInt16>(truncatingIfNeeded: a) &+ SIMD4<UInt16>(truncatingIfNeeded: b)
            &+ SIMD4<UInt16>(truncatingIfNeeded: c) &+ SIMD4<UInt16>(truncatingIfNeeded: d)
        return SIMD4<UInt8>(truncatingIfNeeded: (sum &+ 2) &>> 2)
    }

    @inline(__always) private static func meanColor(
        _ a: SIMD4<UInt8>, _ b: SIMD4<UInt8>, _ c: SIMD4<UInt8>, _ d: SIMD4<UInt8>
    ) -> SIMD4<UInt8> {
        if a == b, c == d, a == c { return a }
        func decoded(_ v: SIMD4<UInt8>) -> SIMD4<Float> {
            SIMD4(linear[Int(v.x)], linear[Int(v.y)], linear[Int(v.z)], 1) * Float(v.w)
        }
        func plain(_ v: SIMD4<UInt8>) -> SIMD4<Float> {
            SIMD4(linear[Int(v.x)], linear[Int(v.y)], linear[Int(v.z)], 1)
        }
        var sum = decoded(a) + decoded(b) + decoded(c) + decoded(d)
        let alpha = sum.w
        if alpha == 0 { sum = plain(a) + plain(b) + plain(c) + plain(d) }
        let root = (sum / sum.w).squareRoot() * 4095 + 0.5
        return SIMD4(
            encoded[Int(root.x)], encoded[Int(root.y)], encoded[Int(root.z)], UInt8(alpha * 0.25 + 0.5))
    }

    @inline(__always) private static func halve(
        _ bytes: [UInt8], _ width: Int, _ height: Int, _ w: Int, _ h: Int,
        _ mean: (SIMD4<UInt8>, SIMD4<UInt8>, SIMD4<UInt8>, SIMD4<UInt8>) -> SIMD4<UInt8>
    ) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: w * h * 4) { out, count in
            bytes.withUnsafeBytes { source in
                @inline(__always) func texel(_ x: Int, _ y: Int) -> SIMD4<UInt8> {
                    source.loadUnaligned(fromByteOffset: (y * width + x) * 4, as: SIMD4<UInt8>.self)
                }
                for y in 0..<h {
                    let (y0, y1) = (y * 2, min(y * 2 + 1, height - 1))
                    for x in 0..<w {
                        let (x0, x1) = (x * 2, min(x * 2 + 1, width - 1))
                        let m = mean(texel(x0, y0), texel(x1, y0), texel(x0, y1), texel(x1, y1))
                        let at = (y * w + x) * 4
                        out[at] = m.x
                        out[at + 1] = m.y
                        out[at + 2] = m.z
                        out[at + 3] = m.w
                    }
                }
            }
            count = w * h * 4
        }
    }
}

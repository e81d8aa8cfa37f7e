import AvatariumCore
import GLES

/// An image and its smaller versions, ready for upload.
struct MipPyramid: Sendable {
    enum Content: Hashable, Sendable {
        /// Colours encoded in sRGB: averaged in linear light, weighted by alpha so that hidden colours do not bleed in.
        case color
        /// Numbers, averaged as they are.
        case data
    }

    /// What a texel holds; sRGB is decoded before it is filtered.
    let format: GLES.Texture.Format
    /// Largest first.
    private(set) var levels: [GLES.Texture.Level] = []

    /// - Parameter limit: The largest side to keep; larger levels are left out.
    init(_ image: PixelBuffer, _ content: Content, limit: Int, mipmapped: Bool) {
        format = content == .color ? .srgb8 : .rgba8
        var (current, width, height) = (image.bytes, image.width, image.height)
        while true {
            let fits = max(width, height) <= limit
            if fits { levels.append(.init(width: width, height: height, bytes: current)) }
            if (fits && !mipmapped) || (width == 1 && height == 1) { break }
            Self.halve(&current, &width, &height, content)
        }
    }

    /// The image halved until no side is longer than `side`.
    static func reduced(_ image: PixelBuffer, _ content: Content, side: Int) -> PixelBuffer {
        var (current, width, height) = (image.bytes, image.width, image.height)
        while max(width, height) > side { halve(&current, &width, &height, content) }
        return PixelBuffer(width: width, height: height, bytes: current)
    }

    private static func halve(
        _ bytes: inout [UInt8], _ width: inout Int, _ height: inout Int, _ content: Content
    ) {
        let (w, h) = (max(1, width / 2), max(1, height / 2))
        bytes =
            content == .color
            ? halved(bytes, width, height, w, h, meanColor) : halved(bytes, width, height, w, h, meanNumbers)
        (width, height) = (w, h)
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
            SIMD4(linear[Int(v.x)], linear[Int(v.y)], linear[Int(v.z)], 1)
        }
        var sum = decoded(a) * Float(a.w) + decoded(b) * Float(b.w)
        sum += decoded(c) * Float(c.w) + decoded(d) * Float(d.w)
        let alpha = sum.w
        if alpha == 0 { sum = decoded(a) + decoded(b) + decoded(c) + decoded(d) }
        let root = (sum / sum.w).squareRoot() * 4095 + 0.5
        return SIMD4(
            encoded[Int(root.x)], encoded[Int(root.y)], encoded[Int(root.z)], UInt8(alpha * 0.25 + 0.5))
    }

    @inline(__always) private static func halved(
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

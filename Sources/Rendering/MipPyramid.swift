import AvatariumCore

/// An image and its smaller versions, ready for upload.
struct MipPyramid: Sendable {
    enum Content: Hashable, Sendable {
        /// sRGB in, square root of linear out (decoded in the shader by one multiplication); averaged in linear
        /// light, weighted by alpha so that hidden colours do not bleed in.
        case color
        /// Numbers, averaged as they are.
        case data
    }

    private(set) var levels: [(width: Int, height: Int, bytes: [UInt8])] = []

    /// - Parameter limit: the largest side to keep; larger levels are left out.
    init(_ image: PixelBuffer, _ content: Content, limit: Int, mipmapped: Bool) {
        var current = content == .color ? Self.squareRootEncoded(image.bytes) : image.bytes
        var (width, height) = (image.width, image.height)
        while true {
            let fits = max(width, height) <= limit
            if fits { levels.append((width, height, current)) }
            if (fits && !mipmapped) || (width == 1 && height == 1) { break }
            let (w, h) = (max(1, width / 2), max(1, height / 2))
            current =
                content == .color
                ? Self.halve(current, width, height, w, h, Self.meanColor)
                : Self.halve(current, width, height, w, h) { a, b, c, d in (a + b + c + d) * 0.25 }
            (width, height) = (w, h)
        }
    }

    private static let encoding: [UInt8] = (0..<256).map { i in
        let c = Double(i) / 255
        return UInt8((SRGB.decoded(Float(c)).squareRoot() * 255).rounded())
    }

    private static func squareRootEncoded(_ bytes: [UInt8]) -> [UInt8] {
        let table = encoding
        return [UInt8](unsafeUninitializedCapacity: bytes.count) { out, count in
            bytes.withUnsafeBufferPointer { source in
                table.withUnsafeBufferPointer { table in
                    for i in stride(from: 0, to: source.count - 3, by: 4) {
                        out[i] = table[Int(source[i])]
                        out[i + 1] = table[Int(source[i + 1])]
                        out[i + 2] = table[Int(source[i + 2])]
                        out[i + 3] = source[i + 3]
                    }
                }
            }
            count = bytes.count
        }
    }

    @inline(__always) private static func meanColor(
        _ a: SIMD4<Float>, _ b: SIMD4<Float>, _ c: SIMD4<Float>, _ d: SIMD4<Float>
    ) -> SIMD4<Float> {
        let alpha = a.w + b.w + c.w + d.w
        let (wa, wb, wc, wd) = alpha > 0 ? (a.w, b.w, c.w, d.w) : (1, 1, 1, 1)
        var sum = a * a * wa + b * b * wb
        sum += c * c * wc + d * d * wd
        var mean = (sum / (wa + wb + wc + wd)).squareRoot()
        mean.w = alpha * 0.25
        return mean
    }

    @inline(__always) private static func halve(
        _ bytes: [UInt8], _ width: Int, _ height: Int, _ w: Int, _ h: Int,
        _ mean: (SIMD4<Float>, SIMD4<Float>, SIMD4<Float>, SIMD4<Float>) -> SIMD4<Float>
    ) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: w * h * 4) { out, count in
            bytes.withUnsafeBytes { source in
                @inline(__always) func texel(_ x: Int, _ y: Int) -> SIMD4<Float> {
                    let v = source.loadUnaligned(
                        fromByteOffset: (y * width + x) * 4, as: SIMD4<UInt8>.self)
                    return SIMD4<Float>(v)
                }
                for y in 0..<h {
                    let (y0, y1) = (y * 2, min(y * 2 + 1, height - 1))
                    for x in 0..<w {
                        let (x0, x1) = (x * 2, min(x * 2 + 1, width - 1))
                        let m = mean(texel(x0, y0), texel(x1, y0), texel(x0, y1), texel(x1, y1)) + 0.5
                        let at = (y * w + x) * 4
                        out[at] = UInt8(m.x)
                        out[at + 1] = UInt8(m.y)
                        out[at + 2] = UInt8(m.z)
                        out[at + 3] = UInt8(m.w)
                    }
                }
            }
            count = w * h * 4
        }
    }
}

import AvatariumCore

/// Pictures made by integer arithmetic, so that any other program can make the same ones: what the numbers of
/// NVIDIA's and scikit-image's evaluators were taken from.
enum TestPicture {
    static func make(_ width: Int, _ height: Int, _ color: (_ x: Int, _ y: Int) -> SIMD3<Int>) -> PixelBuffer
    {
        var image = PixelBuffer(width: width, height: height)
        for y in 0..<height {
            for x in 0..<width {
                let value = color(x, y).clamped(
                    lowerBound: .init(repeating: 0), upperBound: .init(repeating: 255))
                image[x, y] = SIMD4(UInt8(value.x), UInt8(value.y), UInt8(value.z), 255)
            }
        }
        return image
    }

    static func plain(_ width: Int, _ height: Int, _ color: SIMD3<Int>) -> PixelBuffer {
        make(width, height) { _, _ in color }
    }

    /// A ramp in each channel, all brighter by `lift`.
    static func ramp(lift: Int = 0) -> PixelBuffer {
        make(96, 64) { x, y in SIMD3(x * 2 + lift, y * 3 + lift, 200 - x + lift) }
    }

    /// Coloured squares of 8 pixels, moved right by `shift`.
    static func squares(shift: Int = 0) -> PixelBuffer {
        make(96, 64) { x, y in
            let (i, j) = ((x + 96 - shift) / 8, y / 8)
            return (i + j) % 2 == 0 ? SIMD3(230, 60 + 9 * (i % 12), 40) : SIMD3(20, 90, 60 + 20 * j)
        }
    }

    /// Uniform noise.
    static func noise(seed: UInt64) -> PixelBuffer {
        var generator = SeededGenerator(seed: seed)
        return make(75, 53) { _, _ in
            let bits = generator.next()
            return SIMD3(Int(bits >> 56), Int(bits >> 40 & 255), Int(bits >> 24 & 255))
        }
    }

    /// A round face of 128 pixels with two eyes, of which one may be missing.
    static func face(leftEye: Bool = true) -> PixelBuffer {
        make(128, 128) { x, y in
            func inside(_ cx: Int, _ cy: Int, _ radius: Int) -> Bool {
                (x - cx) * (x - cx) + (y - cy) * (y - cy) <= radius * radius
            }
            if inside(46, 56, 6) || (leftEye && inside(82, 56, 6)) { return SIMD3(240, 240, 245) }
            if inside(64, 92, 14), y > 92 { return SIMD3(150, 50, 60) }
            if inside(64, 64, 50) { return SIMD3(214 - y / 4, 160 - y / 4, 130 - y / 4) }
            return SIMD3(128, 128, 128)
        }
    }
}

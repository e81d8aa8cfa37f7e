import CPixels
import Testing

/// The conversions against the formulas of ITU-R BT.709 in double precision.
@Suite struct PixelConversionTests {
    struct Planes {
        var y, cb, cr, alpha: [Double]
    }

    /// BT.709 limited range with chroma sited left; by coverage where `weighted`.
    private func reference(_ rgba: [UInt8], _ width: Int, _ height: Int, weighted: Bool) -> Planes {
        func channel(_ x: Int, _ y: Int, _ c: Int) -> Double { Double(rgba[(y * width + max(0, x)) * 4 + c]) }
        func luma(_ r: Double, _ g: Double, _ b: Double) -> Double { 0.2126 * r + 0.7152 * g + 0.0722 * b }
        var planes = Planes(y: [], cb: [], cr: [], alpha: [])
        for y in 0..<height {
            for x in 0..<width {
                planes.y.append(16 + 219 / 255 * luma(channel(x, y, 0), channel(x, y, 1), channel(x, y, 2)))
                planes.alpha.append(channel(x, y, 3))
            }
        }
        for y in stride(from: 0, to: height, by: 2) {
            for x in stride(from: 0, to: width, by: 2) {
                var sum = [0.0, 0, 0]
                var total = 0.0
                for dy in 0...1 {
                    for (dx, tap) in [(-1, 1.0), (0, 2), (1, 1)] {
                        let weight = tap * (weighted ? channel(x + dx, y + dy, 3) : 1)
                        for c in 0..<3 { sum[c] += weight * channel(x + dx, y + dy, c) }
                        total += weight
                    }
                }
                let (r, g, b) = (sum[0] / max(total, 1), sum[1] / max(total, 1), sum[2] / max(total, 1))
                planes.cb.append(128 + 224 / 255 * (b - luma(r, g, b)) / 1.8556)
                planes.cr.append(128 + 224 / 255 * (r - luma(r, g, b)) / 1.5748)
            }
        }
        return planes
    }

    private func noise(_ count: Int, opaque: Bool) -> [UInt8] {
        var state: UInt64 = 7
        var bytes = (0..<count).map { _ -> UInt8 in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
        for i in stride(from: 3, to: count, by: 4) where opaque || bytes[i] < 40 {
            bytes[i] = opaque ? 255 : 0
        }
        return bytes
    }

    private func worst(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).map { abs($0 - $1) }.max() ?? .infinity
    }

    /// Widths below, at and across the block that the loops work in.
    @Test(arguments: [(2, 2), (6, 4), (512, 2), (514, 4), (1026, 6), (1280, 4)])
    func fourTwoZeroIsTheRoundedFormula(width: Int, height: Int) {
        let rgba = noise(width * height * 4, opaque: true)
        let quarter = width * height / 4
        var y = [UInt8](repeating: 0, count: width * height)
        var (cb, cr) = ([UInt8](repeating: 0, count: quarter), [UInt8](repeating: 0, count: quarter))
        avatarium_rgba_to_yuv420(
            rgba, Int32(width), Int32(height), &y, width, &cb, width / 2, &cr, width / 2)
        let expected = reference(rgba, width, height, weighted: false)
        #expect(worst(y.map(Double.init), expected.y) < 0.51)
        #expect(worst(cb.map(Double.init), expected.cb) < 0.51)
        #expect(worst(cr.map(Double.init), expected.cr) < 0.51)
    }

    @Test(arguments: [(2, 2), (514, 4), (1280, 4)])
    func chromaOfTransparentPixelsDoesNotBleed(width: Int, height: Int) {
        let rgba = noise(width * height * 4, opaque: false)
        let quarter = width * height / 4
        var y = [UInt8](repeating: 0, count: width * height)
        var alpha = y
        var (cb, cr) = ([UInt8](repeating: 0, count: quarter), [UInt8](repeating: 0, count: quarter))
        avatarium_rgba_to_yuva420(
            rgba, Int32(width), Int32(height), &y, width, &cb, width / 2, &cr, width / 2, &alpha, width)
        let expected = reference(rgba, width, height, weighted: true)
        #expect(worst(y.map(Double.init), expected.y) < 0.51)
        #expect(worst(cb.map(Double.init), expected.cb) < 0.52)
        #expect(worst(cr.map(Double.init), expected.cr) < 0.52)
        #expect(alpha.map(Double.init) == expected.alpha)
    }

    @Test func greysHaveNoColourAndReachTheEndsOfTheRange() {
        for grey in [0, 1, 127, 128, 254, 255] {
            let rgba = [UInt8](repeating: UInt8(grey), count: 16)
            var y = [UInt8](repeating: 0, count: 4)
            var (cb, cr): ([UInt8], [UInt8]) = ([0], [0])
            avatarium_rgba_to_yuv420(rgba, 2, 2, &y, 2, &cb, 1, &cr, 1)
            #expect(cb == [128] && cr == [128])
            if grey == 0 { #expect(y == [16, 16, 16, 16]) }
            if grey == 255 { #expect(y == [235, 235, 235, 235]) }
        }
    }

    @Test func tenBitIsTheRoundedFormula() {
        let (width, height) = (37, 3)
        let count = width * height
        let rgba = noise(count * 4, opaque: false)
        var (y, cb) = ([UInt16](repeating: 0, count: count), [UInt16](repeating: 0, count: count))
        var (cr, alpha) = (y, y)
        let stride = width * 2
        avatarium_rgba_to_yuva444p10(
            rgba, Int32(width), Int32(height), &y, stride, &cb, stride, &cr, stride, &alpha, stride)
        for i in 0..<count {
            let (r, g, b) = (Double(rgba[i * 4]), Double(rgba[i * 4 + 1]), Double(rgba[i * 4 + 2]))
            let luma = 0.2126 * r + 0.7152 * g + 0.0722 * b
            #expect(abs(Double(y[i]) - (64 + 876 / 255 * luma)) < 0.52)
            #expect(abs(Double(cb[i]) - (512 + 896 / 255 * (b - luma) / 1.8556)) < 0.52)
            #expect(abs(Double(cr[i]) - (512 + 896 / 255 * (r - luma) / 1.5748)) < 0.52)
            #expect(abs(Double(alpha[i]) - 1023 / 255 * Double(rgba[i * 4 + 3])) < 1)
        }
    }
}

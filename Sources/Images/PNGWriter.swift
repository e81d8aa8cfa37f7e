import AvatariumCore
import CImageCodecs
import Foundation

/// Writes 8-bit sRGB PNG: RGB when every pixel is opaque, else RGBA with straight alpha (PNG, third edition).
public enum PNGWriter {
    /// - Parameter compressionLevel: zlib's 0 (none) to 9; 1 is fast and some 20 % larger than 6.
    public static func encode(_ image: PixelBuffer, compressionLevel: Int32 = 1) throws -> [UInt8] {
        let straight = image.premultiplied ? unpremultiplied(image.bytes) : image.bytes
        let isOpaque = stride(from: 3, to: straight.count, by: 4).allSatisfy { straight[$0] == 255 }
        let channels = isOpaque ? 3 : 4
        let pixels = isOpaque ? withoutAlpha(straight) : straight
        let filtered = filter(pixels, rowSize: image.width * channels, step: channels)

        var out: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        let colorType: UInt8 = isOpaque ? 2 : 6
        append("IHDR", bigEndian(image.width) + bigEndian(image.height) + [8, colorType, 0, 0, 0], to: &out)
        append("sRGB", [0], to: &out)
        append("IDAT", try deflate(filtered, level: compressionLevel), to: &out)
        append("IEND", [], to: &out)
        return out
    }

    /// Encodes to a file, replacing it in one step.
    /// - Throws: E025 when it cannot be written.
    public static func write(_ image: PixelBuffer, to path: String, compressionLevel: Int32 = 1) throws {
        let bytes = try encode(image, compressionLevel: compressionLevel)
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw AvatariumError(
                .outputNotWritable, "'\(path)' cannot be written; does its folder exist?",
                context: ["path": path], cause: error)
        }
    }

    private static func bigEndian(_ value: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    private static func append(_ type: String, _ data: [UInt8], to out: inout [UInt8]) {
        out += bigEndian(data.count)
        let start = out.count
        out += type.utf8
        out += data
        let sum = out[start...].withUnsafeBufferPointer { crc32(0, $0.baseAddress, UInt32($0.count)) }
        out += bigEndian(Int(sum))
    }

    private static func deflate(_ bytes: [UInt8], level: Int32) throws -> [UInt8] {
        var size = compressBound(UInt(bytes.count))
        var status = Z_OK
        let out = [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
            status = compress2(buffer.baseAddress, &size, bytes, UInt(bytes.count), level)
            count = status == Z_OK ? Int(size) : 0
        }
        guard status == Z_OK else { throw ImageError(.unsupported, "zlib refuses level \(level)") }
        return out
    }

    private static func withoutAlpha(_ rgba: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: rgba.count / 4 * 3) { out, count in
            rgba.withUnsafeBufferPointer { rgba in
                for i in 0..<rgba.count / 4 {
                    out[i * 3] = rgba[i * 4]
                    out[i * 3 + 1] = rgba[i * 4 + 1]
                    out[i * 3 + 2] = rgba[i * 4 + 2]
                }
            }
            count = rgba.count / 4 * 3
        }
    }

    private static func unpremultiplied(_ rgba: [UInt8]) -> [UInt8] {
        var out = rgba
        out.withUnsafeMutableBufferPointer { out in
            for i in stride(from: 0, to: out.count, by: 4) {
                let alpha = Int(out[i + 3])
                guard alpha != 255, alpha != 0 else { continue }
                for c in 0..<3 { out[i + c] = UInt8(min(255, (Int(out[i + c]) * 255 + alpha / 2) / alpha)) }
            }
        }
        return out
    }

    /// Each row with the filter, None, Sub or Up, whose differences are smallest (PNG, section 12.7).
    private static func filter(_ pixels: [UInt8], rowSize: Int, step: Int) -> [UInt8] {
        let height = rowSize == 0 ? 0 : pixels.count / rowSize
        return [UInt8](unsafeUninitializedCapacity: height * (rowSize + 1)) { out, count in
            pixels.withUnsafeBufferPointer { pixels in
                for y in 0..<height {
                    let row = y * rowSize
                    func difference(_ type: Int, _ i: Int) -> UInt8 {
                        switch type {
                        case 1: i >= step ? pixels[row + i] &- pixels[row + i - step] : pixels[row + i]
                        case 2: y > 0 ? pixels[row + i] &- pixels[row + i - rowSize] : pixels[row + i]
                        default: pixels[row + i]
                        }
                    }
                    func cost(_ type: Int) -> Int {
                        var sum = 0
                        for i in 0..<rowSize { sum += Int(Int8(bitPattern: difference(type, i)).magnitude) }
                        return sum
                    }
                    let best = [0, 1, 2].min { cost($0) < cost($1) } ?? 0
                    let at = y * (rowSize + 1)
                    out[at] = UInt8(best)
                    for i in 0..<rowSize { out[at + 1 + i] = difference(best, i) }
                }
            }
            count = height * (rowSize + 1)
        }
    }
}

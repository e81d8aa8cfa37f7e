import AvatariumCore
import CImageCodecs
import Foundation

/// Writes 8-bit sRGB PNG through libpng: RGB when every pixel is opaque, else RGBA with straight alpha.
public enum PNGWriter {
    /// - Parameter compressionLevel: zlib's, 0 (none) to 9; 1 is a third of the time of 6 and a tenth larger.
    /// - Throws: E092 where libpng refuses (no memory).
    public static func encode(_ image: PixelBuffer, compressionLevel: Int32 = 1) throws -> [UInt8] {
        let isOpaque = stride(from: 3, to: image.bytes.count, by: 4).allSatisfy { image.bytes[$0] == 255 }
        var output = avatarium_png_output()
        defer { free(output.bytes) }
        let status = avatarium_png_encode(
            image.bytes, UInt32(image.width), UInt32(image.height), isOpaque ? 0 : 1, compressionLevel,
            &output)
        guard status == 0 else {
            let reason = withUnsafeBytes(of: &output.message) { raw in
                String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            throw AvatariumError(
                .internalError, "libpng cannot write \(image.width)x\(image.height) pixels: \(reason)",
                context: ["stage": "png"])
        }
        return Array(UnsafeBufferPointer(start: output.bytes, count: output.count))
    }
}

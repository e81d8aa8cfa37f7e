import AvatariumCore
import CImageCodecs

/// Decodes WebP (lossy, lossless, alpha) through libwebp; an animation is an error.
enum WebPDecoder {
    static func dimensions(_ bytes: [UInt8]) throws(ImageError) -> (width: Int, height: Int) {
        var width: Int32 = 0
        var height: Int32 = 0
        guard WebPGetInfo(bytes, bytes.count, &width, &height) != 0 else {
            throw ImageError(.invalid, "the WebP header is damaged")
        }
        return (Int(width), Int(height))
    }

    static func decode(_ bytes: [UInt8], size: (width: Int, height: Int)) throws(ImageError) -> PixelBuffer {
        var pixels = PixelBuffer(width: size.width, height: size.height)
        let decoded = pixels.bytes.withUnsafeMutableBufferPointer {
            WebPDecodeRGBAInto(bytes, bytes.count, $0.baseAddress, $0.count, Int32(size.width * 4)) != nil
        }
        guard decoded else { throw ImageError(.invalid, "the WebP is damaged, truncated or animated") }
        return pixels
    }
}

import AvatariumCore
import CImageCodecs

/// PNG through libpng's simplified interface, which contains its own error handling.
enum PNGDecoder {
    static func dimensions(_ bytes: [UInt8]) throws(ImageError) -> (width: Int, height: Int) {
        let reader = ByteReader(bytes, order: .big)
        guard bytes.count >= 33, bytes[12..<16].elementsEqual("IHDR".utf8),
            let width = reader.uint32(16), let height = reader.uint32(20)
        else { throw ImageError(.invalid, "the PNG has no header") }
        return (Int(width), Int(height))
    }

    static func decode(_ bytes: [UInt8], maximumPixels: Int) throws(ImageError) -> PixelBuffer {
        let essential = try essentialChunks(bytes)
        var image = png_image()
        image.version = png_uint_32(PNG_IMAGE_VERSION)
        defer { png_image_free(&image) }
        let result = essential.withUnsafeBytes { raw -> Result<PixelBuffer, ImageError> in
            guard png_image_begin_read_from_memory(&image, raw.baseAddress, raw.count) != 0 else {
                return .failure(failure(&image))
            }
            image.format = png_uint_32(PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA)
            image.flags |= png_uint_32(PNG_IMAGE_FLAG_16BIT_sRGB)
            let (width, height) = (Int(image.width), Int(image.height))
            guard width * height <= maximumPixels else {
                return .failure(
                    ImageError(.tooLarge, "the PNG exceeds the limit of \(maximumPixels) pixels"))
            }
            var pixels = PixelBuffer(width: width, height: height)
            let read = pixels.bytes.withUnsafeMutableBytes {
                png_image_finish_read(&image, nil, $0.baseAddress, png_int_32(width * 4), nil)
            }
            return read != 0 ? .success(pixels) : .failure(failure(&image))
        }
        return try result.get()
    }

    private static func failure(_ image: inout png_image) -> ImageError {
        let text = withUnsafeBytes(of: &image.message) { raw in
            String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
        }
        return ImageError(.invalid, "the PNG is damaged: \(text)")
    }

    /// The file with only the chunks that pixels depend on: colour space must be ignored, and compressed text
    /// or profiles are a way to make a reader work for nothing.
    private static func essentialChunks(_ bytes: [UInt8]) throws(ImageError) -> [UInt8] {
        let kept: Set<[UInt8]> = Set(["IHDR", "PLTE", "tRNS", "IDAT", "IEND"].map { Array($0.utf8) })
        var out = Array(bytes[..<8])
        out.reserveCapacity(bytes.count)
        var at = 8
        let reader = ByteReader(bytes, order: .big)
        while at + 12 <= bytes.count {
            let size = Int(reader.uint32(at) ?? 0)
            guard size <= bytes.count - at - 12 else { throw ImageError(.invalid, "the PNG is truncated") }
            if kept.contains(Array(bytes[at + 4..<at + 8])) { out += bytes[at..<at + 12 + size] }
            at += 12 + size
        }
        return out
    }
}

import AvatariumCore

/// Decodes PNG, JPEG, WebP and KTX2 (Basis Universal) to straight 8-bit RGBA. Colour space chunks are ignored,
/// as glTF 2.0 (section 3.8.3) asks.
public enum ImageDecoder {
    /// - Throws: `ImageError`; nothing is allocated for an image of more than `maximumPixels`.
    public static func decode(_ bytes: [UInt8], maximumPixels: Int) throws -> PixelBuffer {
        let size = try dimensions(bytes)
        guard size.width * size.height <= maximumPixels else {
            throw ImageError(
                .tooLarge,
                "the image of \(size.width)x\(size.height) passes the limit of \(maximumPixels) pixels")
        }
        switch ImageFormat(bytes) {
        case .png: return try PNGDecoder.decode(bytes, maximumPixels: maximumPixels)
        case .jpeg: return try JPEGDecoder.decode(bytes)
        case .webP: return try WebPDecoder.decode(bytes, size: size)
        case .ktx2: return try BasisDecoder.decode(bytes)
        case nil: throw Self.unrecognized(bytes)
        }
    }

    /// Width and height in pixels, from the header alone.
    /// - Throws: `ImageError`.
    public static func dimensions(_ bytes: [UInt8]) throws -> (width: Int, height: Int) {
        let size: (width: Int, height: Int)
        switch ImageFormat(bytes) {
        case .png: size = try PNGDecoder.dimensions(bytes)
        case .jpeg: size = try JPEGDecoder.dimensions(bytes)
        case .webP: size = try WebPDecoder.dimensions(bytes)
        case .ktx2:
            let container = try KTX2Container(bytes)
            size = (container.width, container.height)
        case nil: throw unrecognized(bytes)
        }
        // No side past 2^24 keeps every later product within 64 bits.
        guard (1...1 << 24).contains(size.width), (1...1 << 24).contains(size.height) else {
            throw ImageError(.invalid, "the image says that it is \(size.width)x\(size.height)")
        }
        return size
    }

    private static func unrecognized(_ bytes: [UInt8]) -> ImageError {
        ImageError(
            .unrecognized,
            bytes.isEmpty
                ? "the image is empty" : "the image is none of PNG, JPEG, WebP, KTX2 (or is cut short)")
    }
}

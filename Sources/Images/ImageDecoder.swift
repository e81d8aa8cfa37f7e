import AvatariumCore
import Basis

/// The pixels of an image, and what was wrong with a file that could be decoded in part.
public struct DecodedImage: Sendable {
    /// Straight 8-bit RGBA.
    public var pixels: PixelBuffer
    /// Why the rest of the picture is missing; nil for a whole one.
    public var damage: String?
}

/// Decodes PNG, JPEG, WebP and KTX2 (Basis Universal) to straight 8-bit RGBA. Colour space chunks are ignored,
/// as glTF 2.0 (section 3.8.3) asks.
public enum ImageDecoder {
    /// Nothing is allocated for an image of more than `maximumPixels`.
    public static func decode(_ bytes: [UInt8], maximumPixels: Int) throws(ImageError) -> PixelBuffer {
        try decodeWhatIsThere(bytes, maximumPixels: maximumPixels).pixels
    }

    /// Like ``decode(_:maximumPixels:)``, and says whether a part of the picture is missing: a JPEG that is cut short is
    /// decoded as far as it goes.
    public static func decodeWhatIsThere(
        _ bytes: [UInt8], maximumPixels: Int
    ) throws(ImageError) -> DecodedImage {
        let size = try dimensions(bytes)
        guard size.width * size.height <= maximumPixels else {
            throw ImageError(
                .tooLarge,
                "the image of \(size.width)x\(size.height) exceeds the limit of \(maximumPixels) pixels")
        }
        switch ImageFormat(bytes) {
        case .png: return DecodedImage(pixels: try PNGDecoder.decode(bytes, maximumPixels: maximumPixels))
        case .jpeg: return try JPEGDecoder.decode(bytes)
        case .webP: return DecodedImage(pixels: try WebPDecoder.decode(bytes, size: size))
        case .ktx2:
            return DecodedImage(pixels: try BasisDecoder.decode(bytes))
        case nil: throw Self.unrecognized(bytes)
        }
    }

    /// Width and height in pixels, from the header alone.
    public static func dimensions(_ bytes: [UInt8]) throws(ImageError) -> (width: Int, height: Int) {
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
            throw ImageError(.invalid, "the image declares a size of \(size.width)x\(size.height)")
        }
        return size
    }

    private static func unrecognized(_ bytes: [UInt8]) -> ImageError {
        if let name = foreignFormat(bytes) {
            return ImageError(
                .unsupported, "the image is \(name), which is not supported; convert it to PNG, JPEG or WebP")
        }
        return ImageError(
            .unrecognized,
            bytes.isEmpty
                ? "the image is empty" : "the image is not PNG, JPEG, WebP or KTX2 (or is truncated)")
    }

    /// What an image is that no decoder knows, by its first bytes.
    private static func foreignFormat(_ bytes: [UInt8]) -> String? {
        // ISO base media: the size of the first box, its type, its brand.
        if bytes.count >= 12, bytes[4..<8].elementsEqual("ftyp".utf8) {
            let brand = String(decoding: bytes[8..<12], as: UTF8.self)
            if ["avif", "avis"].contains(brand) { return "AVIF" }
            if ["heic", "heix", "hevc", "mif1", "msf1"].contains(brand) { return "HEIC" }
        }
        for (start, name) in foreignStarts where bytes.starts(with: start) { return name }
        let text = String(decoding: bytes.prefix(64), as: UTF8.self).lowercased()
        if text.hasPrefix("<!doctype html") { return "a web page" }
        if let root = XML.rootElement(of: bytes) {
            return XML.kind(ofRoot: root) ?? "XML of '\(root.quotedForMessage(limit: 30))'"
        }
        if text.hasPrefix("version https://git-lfs") { return "a Git LFS pointer (run git lfs pull)" }
        return nil
    }

    private static let foreignStarts: [([UInt8], String)] = [
        (Array("GIF8".utf8), "GIF"), (Array("BM".utf8), "BMP"), (Array("DDS ".utf8), "DDS"),
        (Array("8BPS".utf8), "a Photoshop document"), ([0x49, 0x49, 0x2A, 0], "TIFF"),
        ([0x4D, 0x4D, 0, 0x2A], "TIFF"),
        ([0x76, 0x2F, 0x31, 0x01], "OpenEXR"), (Array("#?RADIANCE".utf8), "Radiance HDR"),
        ([0xAB, 0x4B, 0x54, 0x58, 0x20, 0x31, 0x31], "KTX 1"), ([0xFF, 0x0A], "JPEG XL"),
        ([0, 0, 0, 0x0C, 0x4A, 0x58, 0x4C, 0x20], "JPEG XL"),
        ([0, 0, 0, 0x0C, 0x6A, 0x50, 0x20, 0x20], "JPEG 2000"),
    ]
}

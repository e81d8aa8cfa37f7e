import AvatariumCore

/// Decodes KTX2 textures of Basis Universal, in either of its forms, ETC1S and UASTC, to 8-bit RGBA.
///
/// Pure Swift, without Binomial's transcoder: that is made for GPU formats, which a software renderer would have to
/// decode once more.
public enum BasisDecoder {
    public static func decode(_ bytes: [UInt8]) throws(ImageError) -> PixelBuffer {
        let container = try KTX2Container(bytes)
        switch (container.model, container.supercompression) {
        case (.etc1s, .basisLZ): return try ETC1SDecoder.decode(container)
        case (.uastc, .none), (.uastc, .zstandard), (.uastc, .zlib):
            return try UASTCDecoder.decode(container)
        default:
            throw ImageError(.unsupported, "the KTX2 texture's supercompression does not match its format")
        }
    }
}

import AvatariumCore

/// A KTX2 texture of Basis Universal, in either of its forms.
enum BasisDecoder {
    static func decode(_ bytes: [UInt8]) throws -> PixelBuffer {
        let container = try KTX2Container(bytes)
        switch (container.model, container.supercompression) {
        case (.etc1s, .basisLZ): return try ETC1SDecoder.decode(container)
        case (.uastc, .none), (.uastc, .zstandard), (.uastc, .zlib):
            return try UASTCDecoder.decode(container)
        default:
            throw ImageError(.unsupported, "the KTX2 texture's supercompression does not suit its format")
        }
    }
}

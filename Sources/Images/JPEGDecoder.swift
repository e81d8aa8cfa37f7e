import AvatariumCore
import CImageCodecs

/// JPEG through libjpeg-turbo: grey, YCbCr, RGB, CMYK and YCCK.
enum JPEGDecoder {
    private struct Header {
        var width: Int32 = 0
        var height: Int32 = 0
        var subsampling: Int32 = 0
        var colorspace: Int32 = 0
    }

    static func dimensions(_ bytes: [UInt8]) throws(ImageError) -> (width: Int, height: Int) {
        let decompressor = try Decompressor()
        let header = try header(decompressor.handle, bytes)
        return (Int(header.width), Int(header.height))
    }

    static func decode(_ bytes: [UInt8]) throws(ImageError) -> DecodedImage {
        let decompressor = try Decompressor()
        let handle = decompressor.handle
        let header = try header(handle, bytes)
        let isCMYK = [TJCS_CMYK.rawValue, TJCS_YCCK.rawValue].contains(UInt32(header.colorspace))
        var pixels = PixelBuffer(width: Int(header.width), height: Int(header.height))
        let status = pixels.bytes.withUnsafeMutableBufferPointer {
            tjDecompress2(
                handle, bytes, UInt(bytes.count), $0.baseAddress, header.width, 0, header.height,
                Int32(isCMYK ? TJPF_CMYK.rawValue : TJPF_RGBA.rawValue), TJFLAG_LIMITSCANS)
        }
        var damage: String?
        if status != 0 {
            // A warning leaves a usable picture, as browsers show it.
            guard tjGetErrorCode(handle) == Int32(TJERR_WARNING.rawValue) else { throw failure(handle) }
            damage = "a part of the JPEG is missing: \(String(cString: tjGetErrorStr2(handle)))"
        }
        if isCMYK { convertInvertedCMYK(&pixels.bytes) }
        return DecodedImage(pixels: pixels, damage: damage)
    }

    private struct Decompressor: ~Copyable {
        let handle: tjhandle

        init() throws(ImageError) {
            guard let handle = tjInitDecompress() else {
                throw ImageError(.unsupported, "libjpeg-turbo cannot be started")
            }
            self.handle = handle
        }

        deinit { tjDestroy(handle) }
    }

    private static func header(_ handle: tjhandle, _ bytes: [UInt8]) throws(ImageError) -> Header {
        var header = Header()
        let status = tjDecompressHeader3(
            handle, bytes, UInt(bytes.count), &header.width, &header.height, &header.subsampling,
            &header.colorspace)
        guard status == 0 || header.width > 0 && header.height > 0 else { throw failure(handle) }
        return header
    }

    private static func failure(_ handle: tjhandle) -> ImageError {
        ImageError(.invalid, "the JPEG is damaged: \(String(cString: tjGetErrorStr2(handle)))")
    }

    /// Adobe writes CMYK inverted: 255 is no ink.
    private static func convertInvertedCMYK(_ bytes: inout [UInt8]) {
        for i in stride(from: 0, to: bytes.count, by: 4) {
            let k = Int(bytes[i + 3])
            for c in 0..<3 { bytes[i + c] = UInt8(Int(bytes[i + c]) * k / 255) }
            bytes[i + 3] = 255
        }
    }
}

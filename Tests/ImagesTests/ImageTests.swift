import AvatariumCore
import Images
import Testing

struct PNGTests {
    @Test func whatIsWrittenIsReadBack() throws {
        let image = gradient(alpha: true)
        let bytes = try PNGWriter.encode(image)
        #expect(try ImageDecoder.decode(bytes, maximumPixels: 1000) == image)
    }

    @Test func opaqueImagesAreWrittenWithoutAlpha() throws {
        let image = gradient(alpha: false)
        let bytes = try PNGWriter.encode(image)
        #expect(bytes[25] == 2)
        #expect(try ImageDecoder.decode(bytes, maximumPixels: 1000) == image)
    }

    @Test(arguments: [
        ("GIF89a............", "GIF"), ("BM..............", "BMP"), ("DDS .............", "DDS"),
        ("II*\0............", "TIFF"), ("8BPS............", "Photoshop"), ("....ftypheic....", "HEIC"),
        ("....ftypavif....", "AVIF"), ("<svg xmlns=''/>", "SVG"),
        ("<?xml version='1.0'?><svg/>", "SVG"), ("<?xml version='1.0'?><COLLADA/>", "COLLADA"),
        ("<?xml version='1.0'?><!-- a --><Error/>", "storage"), ("<!DOCTYPE html>", "web page"),
        ("version https://git-lfs.github.com/spec/v1", "git lfs pull"),
    ])
    func `a format that is not read is named`(start: String, name: String) {
        let error = #expect(throws: ImageError.self) {
            try ImageDecoder.decode(Array(start.utf8), maximumPixels: 10)
        }
        #expect(error?.message.contains(name) == true)
    }

    @Test func refusesMorePixelsThanAllowed() throws {
        let bytes = try PNGWriter.encode(gradient(alpha: true))
        let error = #expect(throws: ImageError.self) { try ImageDecoder.decode(bytes, maximumPixels: 10) }
        #expect(error?.reason == .tooLarge)
    }

    @Test func everyTruncationOfThePixelsIsAnError() throws {
        let bytes = try PNGWriter.encode(gradient(alpha: true))
        for n in 0..<bytes.count - 12 {
            #expect(throws: ImageError.self) {
                try ImageDecoder.decode(Array(bytes[..<n]), maximumPixels: 1000)
            }
        }
    }

    private func gradient(alpha: Bool) -> PixelBuffer {
        var image = PixelBuffer(width: 31, height: 9)
        for y in 0..<9 {
            for x in 0..<31 {
                image[x, y] = SIMD4(UInt8(x * 8), UInt8(y * 20), UInt8(x ^ y), alpha ? UInt8(x * 8) : 255)
            }
        }
        return image
    }
}

struct HDRTests {
    @Test func readsFlatPixels() throws {
        let image = try HDRImage(file("-Y 1 +X 2", [128, 64, 0, 129, 0, 0, 0, 0]))
        #expect(image.pixels == [1, 0.5, 0, 0, 0, 0])
    }

    @Test func readsBothRunLengthEncodings() throws {
        var new: [UInt8] = [2, 2, 0, 8]
        for value: UInt8 in [128, 64, 32, 129] { new += [128 + 7, value, 1, value] }
        let old: [UInt8] = [128, 64, 32, 129, 1, 1, 1, 7]
        let a = try HDRImage(file("-Y 1 +X 8", new))
        let b = try HDRImage(file("-Y 1 +X 8", old))
        #expect(a.pixels == b.pixels)
        #expect(a.pixels[21...] == [1, 0.5, 0.25])
    }

    @Test func refusesRunsPastTheRowAndTruncation() {
        for pixels: [UInt8] in [[1, 1, 1, 1], [2, 2, 0, 8, 255, 1], [128, 64, 0, 129], []] {
            #expect(throws: ImageError.self) { try HDRImage(file("-Y 1 +X 8", pixels)) }
        }
        #expect(throws: ImageError.self) { try HDRImage(file("-Y 1000000 +X 1000000", [])) }
    }

    private func file(_ size: String, _ pixels: [UInt8]) -> [UInt8] {
        Array("#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n\(size)\n".utf8) + pixels
    }
}

import AvatariumCore

/// A Radiance `.hdr` picture: linear RGB, rows top to bottom
/// (Ward, "Real Pixels", Graphics Gems II; file format of Radiance's `ray/doc/filefmts`).
public struct HDRImage: Sendable {
    public let width: Int
    public let height: Int
    /// `width * height * 3` floats.
    public let pixels: [Float]

    public init(width: Int, height: Int, pixels: [Float]) {
        precondition(pixels.count == width * height * 3, "an HDRImage has width * height * 3 floats")
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// Decodes a `.hdr` file of RGBE pixels, flat or run-length encoded in the old or the new way.
    /// - Throws: `ImageError`.
    public init(_ bytes: [UInt8], maximumPixels: Int = 1 << 26) throws {
        var reader = HDRReader(bytes)
        let size = try reader.header()
        guard size.width <= maximumPixels / size.height else {
            throw ImageError(.tooLarge, "the HDR image passes the limit of \(maximumPixels) pixels")
        }
        // A row costs at least 4 bytes in any encoding, and a flat pixel run at most 2^24 pixels for 4 bytes.
        var pixels = [Float](repeating: 0, count: size.width * size.height * 3)
        for y in 0..<size.height {
            let row = try reader.row(width: size.width)
            let target = size.flipped ? size.height - 1 - y : y
            for x in 0..<size.width {
                let e = row[x * 4 + 3]
                guard e != 0 else { continue }
                // 2^(e - 136): mantissas are fractions of 256.
                let scale = Float(sign: .plus, exponent: Int(e) - 136, significand: 1)
                let at = (target * size.width + x) * 3
                for c in 0..<3 { pixels[at + c] = Float(row[x * 4 + c]) * scale }
            }
        }
        self.init(width: size.width, height: size.height, pixels: pixels)
    }
}

private struct HDRReader {
    let bytes: [UInt8]
    var at = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func line() throws -> String {
        guard let end = bytes[at...].prefix(4096).firstIndex(of: 0x0A) else {
            throw ImageError(.invalid, "the HDR header is cut short")
        }
        defer { at = end + 1 }
        return String(decoding: bytes[at..<end].filter { $0 != 0x0D }, as: UTF8.self)
    }

    /// Reads up to and with the resolution line, `-Y height +X width`.
    mutating func header() throws -> (width: Int, height: Int, flipped: Bool) {
        guard bytes.starts(with: "#?".utf8) else {
            throw ImageError(.unrecognized, "the file is not a Radiance HDR image")
        }
        var format = ""
        while case let text = try line(), !text.isEmpty {
            if text.hasPrefix("FORMAT=") { format = String(text.dropFirst(7)) }
        }
        guard format.isEmpty || format == "32-bit_rle_rgbe" else {
            throw ImageError(.unsupported, "the HDR pixel format '\(format)' is not 32-bit_rle_rgbe")
        }
        let fields = try line().split(separator: " ")
        guard fields.count == 4, fields[0] == "-Y" || fields[0] == "+Y", fields[2] == "+X",
            let height = Int(fields[1]), let width = Int(fields[3]), (1...1 << 20).contains(width),
            (1...1 << 20).contains(height)
        else {
            throw ImageError(.unsupported, "the HDR image has an unusual orientation or a bad size")
        }
        return (width, height, fields[0] == "+Y")
    }

    /// One row of RGBE quadruples.
    mutating func row(width: Int) throws -> [UInt8] {
        guard bytes.count - at >= 4 else { throw cut() }
        let isNew =
            (8...32767).contains(width) && bytes[at] == 2 && bytes[at + 1] == 2
            && Int(bytes[at + 2]) << 8 | Int(bytes[at + 3]) == width
        return isNew ? try planarRow(width) : try flatRow(width)
    }

    private func cut() -> ImageError { ImageError(.invalid, "the HDR pixels are cut short") }

    /// Four planes, each of runs (128 + n, value) and literals (n, values).
    private mutating func planarRow(_ width: Int) throws -> [UInt8] {
        at += 4
        var row = [UInt8](repeating: 0, count: width * 4)
        for plane in 0..<4 {
            var x = 0
            while x < width {
                guard bytes.count - at >= 2 else { throw cut() }
                let code = Int(bytes[at])
                at += 1
                let isRun = code > 128
                let n = isRun ? code - 128 : code
                guard n > 0, n <= width - x else {
                    throw ImageError(.invalid, "the HDR pixels hold a run past the end of a row")
                }
                guard bytes.count - at >= (isRun ? 1 : n) else { throw cut() }
                for i in 0..<n { row[(x + i) * 4 + plane] = bytes[isRun ? at : at + i] }
                at += isRun ? 1 : n
                x += n
            }
        }
        return row
    }

    /// Pixels one by one; (1, 1, 1, n) repeats the one before, n shifted 8 bits further for each in a row.
    private mutating func flatRow(_ width: Int) throws -> [UInt8] {
        var row = [UInt8](repeating: 0, count: width * 4)
        var x = 0
        var shift = 0
        while x < width {
            guard bytes.count - at >= 4 else { throw cut() }
            let pixel = bytes[at..<at + 4]
            at += 4
            if pixel.prefix(3).allSatisfy({ $0 == 1 }) {
                let n = shift < 24 ? Int(pixel[pixel.startIndex + 3]) << shift : Int.max
                guard x > 0, n <= width - x else {
                    throw ImageError(.invalid, "the HDR pixels hold a run past the end of a row")
                }
                for _ in 0..<n {
                    for c in 0..<4 { row[x * 4 + c] = row[(x - 1) * 4 + c] }
                    x += 1
                }
                shift += 8
            } else {
                row.replaceSubrange(x * 4..<x * 4 + 4, with: pixel)
                x += 1
                shift = 0
            }
        }
        return row
    }
}

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

    /// Decodes a whole file. To hold less than all pixels at once, use ``HDRReader``.
    public init(_ bytes: [UInt8], maximumPixels: Int = 1 << 26) throws(ImageError) {
        var reader = try HDRReader(bytes, maximumPixels: maximumPixels)
        let (width, height) = (reader.width, reader.height)
        var pixels = [Float](repeating: 0, count: width * height * 3)
        for y in 0..<height {
            let row = try reader.nextRow()
            let start = (reader.isBottomUp ? height - 1 - y : y) * width * 3
            for x in 0..<width {
                for c in 0..<3 { pixels[start + x * 3 + c] = row[x][c] }
            }
        }
        self.init(width: width, height: height, pixels: pixels)
    }
}

/// Decodes the rows of a Radiance `.hdr` file one by one: RGBE pixels, flat or run-length encoded in the old or the new
/// way. A few bytes can stand for millions of pixels, so a row is all that it holds.
public struct HDRReader {
    public let width: Int
    public let height: Int
    /// Whether the first row is the bottom one.
    public let isBottomUp: Bool
    private let bytes: [UInt8]
    private var at: Int

    /// Reads the header, up to and with the resolution line (`-Y height +X width`).
    public init(_ bytes: [UInt8], maximumPixels: Int) throws(ImageError) {
        guard bytes.starts(with: "#?".utf8) else {
            throw ImageError(.unrecognized, "the file is not a Radiance HDR image")
        }
        var at = 0
        var format = ""
        while case let text = try Self.line(bytes, &at), !text.isEmpty {
            if text.hasPrefix("FORMAT=") { format = String(text.dropFirst(7)) }
        }
        guard format.isEmpty || format == "32-bit_rle_rgbe" else {
            throw ImageError(
                .unsupported, "the HDR pixel format '\(format.quotedForMessage())' is not 32-bit_rle_rgbe")
        }
        let fields = try Self.line(bytes, &at).split(separator: " ")
        let sides = 1...1 << 20
        guard fields.count == 4, fields[0] == "-Y" || fields[0] == "+Y", fields[2] == "+X",
            let height = Int(fields[1]), let width = Int(fields[3]), sides.contains(width),
            sides.contains(height)
        else {
            throw ImageError(.unsupported, "the HDR image has an unsupported orientation or an invalid size")
        }
        guard width <= maximumPixels / height else {
            throw ImageError(
                .tooLarge, "the HDR image of \(width)x\(height) exceeds the limit of \(maximumPixels) pixels")
        }
        self.bytes = bytes
        self.at = at
        self.width = width
        self.height = height
        isBottomUp = fields[0] == "+Y"
    }

    private static func line(_ bytes: [UInt8], _ at: inout Int) throws(ImageError) -> String {
        guard let end = bytes[at...].prefix(4096).firstIndex(of: 0x0A) else {
            throw ImageError(.invalid, "the HDR header is truncated")
        }
        defer { at = end + 1 }
        return String(decoding: bytes[at..<end].filter { $0 != 0x0D }, as: UTF8.self)
    }

    /// Returns the next row, linear RGB with 0 in the fourth place.
    public mutating func nextRow() throws(ImageError) -> [SIMD4<Float>] {
        let row = try encodedRow()
        return (0..<width).map { x in
            let e = row[x * 4 + 3]
            guard e != 0 else { return .zero }
            // 2^(e - 136): mantissas are fractions of 256.
            let scale = Float(sign: .plus, exponent: Int(e) - 136, significand: 1)
            return SIMD4(Float(row[x * 4]), Float(row[x * 4 + 1]), Float(row[x * 4 + 2]), 0) * scale
        }
    }

    /// One row of RGBE quadruples.
    private mutating func encodedRow() throws(ImageError) -> [UInt8] {
        guard bytes.count - at >= 4 else { throw Self.cut }
        let isNew =
            (8...32767).contains(width) && bytes[at] == 2 && bytes[at + 1] == 2
            && Int(bytes[at + 2]) << 8 | Int(bytes[at + 3]) == width
        return isNew ? try planarRow(width) : try flatRow(width)
    }

    private static let cut = ImageError(.invalid, "the HDR pixels are truncated")
    private static let longRun = ImageError(.invalid, "the HDR pixels contain a run past the end of a row")

    /// Four planes, each of runs (128 + n, value) and literals (n, values).
    private mutating func planarRow(_ width: Int) throws(ImageError) -> [UInt8] {
        at += 4
        var row = [UInt8](repeating: 0, count: width * 4)
        for plane in 0..<4 {
            var x = 0
            while x < width {
                guard bytes.count - at >= 2 else { throw Self.cut }
                let code = Int(bytes[at])
                at += 1
                let isRun = code > 128
                let n = isRun ? code - 128 : code
                guard n > 0, n <= width - x else { throw Self.longRun }
                guard bytes.count - at >= (isRun ? 1 : n) else { throw Self.cut }
                for i in 0..<n { row[(x + i) * 4 + plane] = bytes[isRun ? at : at + i] }
                at += isRun ? 1 : n
                x += n
            }
        }
        return row
    }

    /// Pixels one by one; (1, 1, 1, n) repeats the one before, n shifted 8 bits further for each such pixel in a row.
    private mutating func flatRow(_ width: Int) throws(ImageError) -> [UInt8] {
        var row = [UInt8](repeating: 0, count: width * 4)
        var x = 0
        var shift = 0
        while x < width {
            guard bytes.count - at >= 4 else { throw Self.cut }
            let pixel = (bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3])
            at += 4
            if pixel.0 == 1, pixel.1 == 1, pixel.2 == 1 {
                let n = shift < 24 ? Int(pixel.3) << shift : Int.max
                guard x > 0, n <= width - x else { throw Self.longRun }
                for i in x * 4..<(x + n) * 4 { row[i] = row[i - 4] }
                x += n
                shift += 8
            } else {
                (row[x * 4], row[x * 4 + 1], row[x * 4 + 2], row[x * 4 + 3]) = pixel
                x += 1
                shift = 0
            }
        }
        return row
    }
}

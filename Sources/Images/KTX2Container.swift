/// A KTX 2.0 file (Khronos KTX File Format Specification, version 2.0), as far as glTF's KHR_texture_basisu
/// needs it: one 2D picture in Basis Universal's ETC1S or UASTC. Only its largest level is looked at.
struct KTX2Container {
    enum Supercompression: UInt32 { case none = 0, basisLZ, zstandard, zlib }
    enum ColorModel: UInt8 { case etc1s = 163, uastc = 166 }

    var width: Int
    var height: Int
    var supercompression: Supercompression
    var model: ColorModel
    /// The channels of the sample descriptors (Khronos Data Format, tables for the two models).
    var channels: [UInt8]
    var globalData: ArraySlice<UInt8>
    /// Level 0, as stored.
    var level: ArraySlice<UInt8>
    var uncompressedLength: Int

    init(_ bytes: [UInt8]) throws {
        let reader = ByteReader(bytes)
        guard ImageFormat(bytes) == .ktx2 else { throw ImageError(.invalid, "the KTX2 header is damaged") }
        let format = try reader.uint32(12)
        let size = (try reader.uint32(20), try reader.uint32(24))
        let (depth, layers, faces) = (try reader.uint32(28), try reader.uint32(32), try reader.uint32(36))
        guard format == 0 else {
            throw ImageError(
                .unsupported, "the KTX2 texture is of Vulkan format \(format), not Basis Universal")
        }
        guard size.0 > 0, size.1 > 0, depth == 0, layers <= 1, faces == 1 else {
            throw ImageError(.unsupported, "the KTX2 texture is not a single 2D picture")
        }
        guard size.0 <= 1 << 24, size.1 <= 1 << 24 else {
            throw ImageError(.invalid, "the KTX2 texture says that it is \(size.0)x\(size.1)")
        }
        (width, height) = (Int(size.0), Int(size.1))
        guard let scheme = Supercompression(rawValue: try reader.uint32(44)) else {
            throw ImageError(.unsupported, "the KTX2 supercompression scheme is unknown")
        }
        supercompression = scheme
        globalData = try reader.slice(try reader.uint64(64), try reader.uint64(72))
        level = try reader.slice(try reader.uint64(80), try reader.uint64(88))
        guard let length = Int(exactly: try reader.uint64(96)) else {
            throw ImageError(.invalid, "the KTX2 level has no possible size")
        }
        uncompressedLength = length

        // The basic data format descriptor: 4 bytes of total size, 24 of header, 16 a sample.
        let descriptor = ByteReader(
            Array(try reader.slice(UInt64(try reader.uint32(48)), UInt64(try reader.uint32(52)))))
        let sizes = try descriptor.uint32(8)
        guard let model = ColorModel(rawValue: UInt8(truncatingIfNeeded: try descriptor.uint32(12))) else {
            throw ImageError(.unsupported, "the KTX2 texture is in neither ETC1S nor UASTC")
        }
        self.model = model
        let samples = Swift.min(2, Swift.max(0, (Int(sizes >> 16) - 24) / 16))
        channels = try (0..<samples).map { UInt8(try descriptor.uint32(28 + $0 * 16) >> 24 & 15) }
    }

    var blocksAcross: Int { (width + 3) / 4 }
    var blocksDown: Int { (height + 3) / 4 }
}

/// Little-endian numbers at offsets that need not exist.
struct ByteReader {
    private let bytes: [UInt8]
    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private func cut() -> ImageError { ImageError(.invalid, "the KTX2 file is cut short") }

    func uint16(_ at: Int) throws -> UInt16 { UInt16(truncatingIfNeeded: try uint(at, 2)) }
    func uint32(_ at: Int) throws -> UInt32 { UInt32(truncatingIfNeeded: try uint(at, 4)) }
    func uint64(_ at: Int) throws -> UInt64 { try uint(at, 8) }

    private func uint(_ at: Int, _ size: Int) throws -> UInt64 {
        guard at >= 0, at <= bytes.count - size else { throw cut() }
        return bytes[at..<at + size].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    func slice(_ offset: UInt64, _ length: UInt64) throws -> ArraySlice<UInt8> {
        guard let offset = Int(exactly: offset), let length = Int(exactly: length), offset <= bytes.count,
            length <= bytes.count - offset
        else { throw cut() }
        return bytes[offset..<offset + length]
    }
}

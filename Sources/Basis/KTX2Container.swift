import AvatariumCore

/// A KTX 2.0 file (Khronos KTX File Format Specification, version 2.0), as far as glTF's KHR_texture_basisu
/// needs it: one 2D picture in Basis Universal's ETC1S or UASTC. Only its largest level is read.
public struct KTX2Container {
    enum Supercompression: UInt32 { case none = 0, basisLZ, zstandard, zlib }
    enum ColorModel: UInt8 { case etc1s = 163, uastc = 166 }

    /// Pixels.
    public private(set) var width: Int
    public private(set) var height: Int
    var supercompression: Supercompression
    var model: ColorModel
    /// The channels of the sample descriptors (Khronos Data Format, tables for the two models).
    var channels: [UInt8]
    var globalData: ArraySlice<UInt8>
    /// Level 0, as stored.
    var level: ArraySlice<UInt8>
    var uncompressedLength: Int

    /// The first bytes of every KTX2 file: the name of the format, and what text transfer would change.
    public static let signature: [UInt8] = [
        0xAB, 0x4B, 0x54, 0x58, 0x20, 0x32, 0x30, 0xBB, 0x0D, 0x0A, 0x1A, 0x0A,
    ]

    public init(_ bytes: [UInt8]) throws(ImageError) {
        guard bytes.starts(with: Self.signature) else {
            throw ImageError(.invalid, "the KTX2 header is damaged")
        }
        let reader = Reader(bytes)
        let format = try reader.uint32(12)
        let size = (try reader.uint32(20), try reader.uint32(24))
        let (depth, layers, faces) = (try reader.uint32(28), try reader.uint32(32), try reader.uint32(36))
        guard format == 0 else {
            throw ImageError(
                .unsupported, "the KTX2 texture is of Vulkan format \(format), not Basis Universal")
        }
        guard size.0 > 0, size.1 > 0, depth == 0, layers <= 1, faces == 1 else {
            throw ImageError(.unsupported, "the KTX2 texture is not a single 2D image")
        }
        guard size.0 <= 1 << 24, size.1 <= 1 << 24 else {
            throw ImageError(.invalid, "the KTX2 texture declares a size of \(size.0)x\(size.1)")
        }
        (width, height) = (Int(size.0), Int(size.1))
        guard let scheme = Supercompression(rawValue: try reader.uint32(44)) else {
            throw ImageError(.unsupported, "the KTX2 supercompression scheme is unknown")
        }
        supercompression = scheme
        globalData = try reader.slice(try reader.uint64(64), try reader.uint64(72))
        level = try reader.slice(try reader.uint64(80), try reader.uint64(88))
        guard let length = Int(exactly: try reader.uint64(96)) else {
            throw ImageError(.invalid, "the KTX2 level has an impossible size")
        }
        uncompressedLength = length

        // The basic data format descriptor: 4 bytes of total size, 24 of header, 16 per sample.
        let descriptor = Reader(
            try reader.slice(UInt64(try reader.uint32(48)), UInt64(try reader.uint32(52))))
        let sizes = try descriptor.uint32(8)
        guard let model = ColorModel(rawValue: UInt8(truncatingIfNeeded: try descriptor.uint32(12))) else {
            throw ImageError(.unsupported, "the KTX2 texture is neither ETC1S nor UASTC")
        }
        self.model = model
        let samples = Swift.min(2, Swift.max(0, (Int(sizes >> 16) - 24) / 16))
        var channels: [UInt8] = []
        for i in 0..<samples { channels.append(UInt8(try descriptor.uint32(28 + i * 16) >> 24 & 15)) }
        self.channels = channels
    }

    /// Little-endian numbers and slices; an end that comes too early is an error.
    struct Reader {
        private let bytes: ByteReader

        init(_ bytes: some Collection<UInt8>) { self.bytes = ByteReader(bytes, order: .little) }

        private func known<T>(_ value: T?) throws(ImageError) -> T {
            guard let value else { throw ImageError(.invalid, "the KTX2 file is truncated") }
            return value
        }

        func uint32(_ at: Int) throws(ImageError) -> UInt32 { try known(bytes.uint32(at)) }
        func uint64(_ at: Int) throws(ImageError) -> UInt64 { try known(bytes.uint64(at)) }

        func slice(_ offset: UInt64, _ length: UInt64) throws(ImageError) -> ArraySlice<UInt8> {
            let (offset, length) = (try known(Int(exactly: offset)), try known(Int(exactly: length)))
            return try known(bytes.slice(at: offset, count: length))
        }
    }

    var blocksAcross: Int { (width + 3) / 4 }
    var blocksDown: Int { (height + 3) / 4 }
}

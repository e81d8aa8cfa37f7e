import AvatariumCore
import CImageCodecs

/// Decodes a UASTC 4x4 texture, plain or packed by Zstandard or zlib.
enum UASTCDecoder {
    static func decode(_ container: KTX2Container) throws(ImageError) -> PixelBuffer {
        let blockCount = container.blocksAcross * container.blocksDown
        let data = try unpacked(container, size: blockCount * 16)
        var pixels = PixelBuffer(width: container.width, height: container.height)
        let (width, height) = (container.width, container.height)
        var texels = [SIMD4<UInt8>](repeating: SIMD4(), count: 16)
        let damage = pixels.bytes.withUnsafeMutableBufferPointer { out -> ImageError? in
            for i in 0..<blockCount {
                do throws(ImageError) {
                    try UASTCBlock.decode(data, at: data.startIndex + i * 16, into: &texels)
                } catch {
                    return error
                }
                let (left, top) = (i % container.blocksAcross * 4, i / container.blocksAcross * 4)
                for y in 0..<min(4, height - top) {
                    for x in 0..<min(4, width - left) {
                        let at = ((top + y) * width + left + x) * 4
                        for c in 0..<4 { out[at + c] = texels[y * 4 + x][c] }
                    }
                }
            }
            return nil
        }
        if let damage { throw damage }
        return pixels
    }

    private static func unpacked(_ container: KTX2Container, size: Int) throws(ImageError) -> ArraySlice<
        UInt8
    > {
        let source = container.level
        var packed = [UInt8]()
        switch container.supercompression {
        case .none, .basisLZ: packed = Array(source)
        case .zstandard:
            packed = [UInt8](unsafeUninitializedCapacity: size) { out, count in
                let got = source.withUnsafeBytes {
                    ZSTD_decompress(out.baseAddress, size, $0.baseAddress, $0.count)
                }
                count = ZSTD_isError(got) == 0 ? got : 0
            }
        case .zlib:
            packed = [UInt8](unsafeUninitializedCapacity: size) { out, count in
                var got = UInt(size)
                let status = source.withUnsafeBufferPointer {
                    uncompress(out.baseAddress, &got, $0.baseAddress, UInt($0.count))
                }
                count = status == Z_OK ? Int(got) : 0
            }
        }
        guard packed.count >= size else {
            throw ImageError(.invalid, "the KTX2 texture's UASTC data is damaged or truncated")
        }
        return packed[..<size]
    }
}

/// One 16-byte block of UASTC: 19 modes, each a subset of an ASTC 4x4 block ("UASTC LDR 4x4 Texture
/// Specification", Binomial; ASTC itself in the Khronos Data Format Specification, chapter 23).
enum UASTCBlock {
    private struct Mode {
        /// The prefix code that starts the block, least significant bit first.
        var code: Int
        var codeBits: Int
        /// Hints for transcoders to BC1 and ETC, which we step over.
        var hintBits: Int
        var components: Int
        var weightBits: Int
        /// The number of ASTC's quantisation range.
        var endpointRange: Int
        var subsets = 1
        var planes = 1
    }

    private static let solid = 8
    private static let modes = [
        Mode(code: 1, codeBits: 4, hintBits: 15, components: 3, weightBits: 4, endpointRange: 19),
        Mode(code: 53, codeBits: 6, hintBits: 15, components: 3, weightBits: 2, endpointRange: 20),
        Mode(code: 29, codeBits: 5, hintBits: 15, components: 3, weightBits: 3, endpointRange: 8, subsets: 2),
        Mode(code: 3, codeBits: 5, hintBits: 15, components: 3, weightBits: 2, endpointRange: 7, subsets: 3),
        Mode(
            code: 19, codeBits: 5, hintBits: 15, components: 3, weightBits: 2, endpointRange: 12, subsets: 2),
        Mode(code: 11, codeBits: 5, hintBits: 15, components: 3, weightBits: 3, endpointRange: 20),
        Mode(code: 27, codeBits: 5, hintBits: 15, components: 3, weightBits: 2, endpointRange: 18, planes: 2),
        Mode(code: 7, codeBits: 5, hintBits: 15, components: 3, weightBits: 2, endpointRange: 12, subsets: 2),
        Mode(code: 23, codeBits: 5, hintBits: 0, components: 4, weightBits: 0, endpointRange: 0),
        Mode(code: 15, codeBits: 5, hintBits: 23, components: 4, weightBits: 2, endpointRange: 8, subsets: 2),
        Mode(code: 2, codeBits: 3, hintBits: 17, components: 4, weightBits: 4, endpointRange: 13),
        Mode(code: 0, codeBits: 2, hintBits: 17, components: 4, weightBits: 2, endpointRange: 13, planes: 2),
        Mode(code: 6, codeBits: 3, hintBits: 17, components: 4, weightBits: 3, endpointRange: 19),
        Mode(code: 31, codeBits: 5, hintBits: 23, components: 4, weightBits: 1, endpointRange: 20, planes: 2),
        Mode(code: 13, codeBits: 5, hintBits: 23, components: 4, weightBits: 2, endpointRange: 20),
        Mode(code: 5, codeBits: 7, hintBits: 23, components: 2, weightBits: 4, endpointRange: 20),
        Mode(
            code: 21, codeBits: 6, hintBits: 23, components: 2, weightBits: 2, endpointRange: 20, subsets: 2),
        Mode(code: 37, codeBits: 6, hintBits: 23, components: 2, weightBits: 2, endpointRange: 20, planes: 2),
        Mode(code: 9, codeBits: 4, hintBits: 15, components: 3, weightBits: 5, endpointRange: 11),
    ]

    /// Mode by the block's low seven bits; `modes.count` for the reserved one.
    private static let modeByCode = (0..<128).map { low in
        modes.firstIndex { low & (1 << $0.codeBits - 1) == $0.code } ?? modes.count
    }

    /// Writes 16 texels, row by row.
    static func decode(_ bytes: ArraySlice<UInt8>, at start: Int, into texels: inout [SIMD4<UInt8>])
        throws(ImageError)
    {
        var bits = BitReader(bytes[start..<start + 16])
        let number = modeByCode[Int(bytes[start] & 127)]
        guard number < modes.count else { throw damaged }
        let mode = modes[number]
        _ = bits.read(mode.codeBits)
        if number == solid {
            let color = SIMD4((0..<4).map { _ in UInt8(bits.read(8)) })
            for i in 0..<16 { texels[i] = color }
            return
        }
        _ = bits.read(mode.hintBits)

        let partitions =
            switch (mode.subsets, number) {
            case (3, _): ASTCPartition.three
            case (2, 7): ASTCPartition.twoOfMode7
            case (2, _): ASTCPartition.two
            default: ASTCPartition.one
            }
        let choice = mode.subsets == 1 ? 0 : bits.read(mode.subsets == 2 ? 5 : 4)
        guard choice < partitions.count else { throw damaged }
        let partition = partitions[choice]

        // The channel that the second plane of weights drives; luminance with alpha leaves no choice.
        let secondChannel =
            mode.planes == 1 ? -1 : mode.components == 2 ? 3 : bits.read(2)
        let endpoints = ASTCEndpoints.read(
            &bits, count: mode.components * 2 * mode.subsets, range: mode.endpointRange)

        // The top bit of each subset's first weight (of both planes' first) is not stored: it is zero.
        var weights = [Int](repeating: 0, count: 16 * mode.planes)
        for i in weights.indices {
            let isAnchor = mode.planes == 2 ? i < 2 : partition.anchors.contains(i)
            weights[i] =
                weightTables[mode.weightBits][
                    bits.read(isAnchor ? mode.weightBits - 1 : mode.weightBits)]
        }
        for i in 0..<16 {
            let first = partition.subsets[i] * mode.components * 2
            var color = SIMD4<UInt8>(repeating: 255)
            for c in 0..<4 {
                let component = mode.components == 2 ? c / 3 : c
                guard component < mode.components else { continue }
                let weight = weights[i * mode.planes + (c == secondChannel ? 1 : 0)]
                color[c] = interpolate(
                    endpoints[first + component * 2], endpoints[first + component * 2 + 1], weight)
            }
            texels[i] = color
        }
    }

    private static let damaged = ImageError(.invalid, "the KTX2 texture's UASTC data is damaged")

    /// By bits a weight: what its index means, of 64.
    private static let weightTables: [[Int]] = [
        [0], [0, 64], [0, 21, 43, 64], [0, 9, 18, 27, 37, 46, 55, 64],
        [0, 4, 8, 12, 17, 21, 25, 29, 35, 39, 43, 47, 52, 56, 60, 64],
        (0..<16).map { $0 * 2 } + (17...32).map { $0 * 2 },
    ]

    /// ASTC widens both ends to 16 bits, mixes, and keeps the upper byte.
    private static func interpolate(_ low: UInt8, _ high: UInt8, _ weight: Int) -> UInt8 {
        let (l, h) = (Int(low) * 257, Int(high) * 257)
        return UInt8((l * (64 - weight) + h * weight + 32) >> 14)
    }
}

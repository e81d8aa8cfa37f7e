import AvatariumCore

/// The palettes and codes that all slices of a BasisLZ texture share (KTX 2.0, "BasisLZ", global data).
struct ETC1SCodebooks {
    /// Red, green, blue (5 bits each) and the intensity table's number.
    var endpoints: [SIMD4<UInt8>] = []
    /// 16 two-bit selectors: texel (x, y) at bit 8 y + 2 x; 0 is darkest.
    var selectors: [UInt32] = []
    var endpointPredictors: HuffmanTable
    var endpointDeltas: HuffmanTable
    var selectorSymbols: HuffmanTable
    var selectorRuns: HuffmanTable
    var historySize: Int
    var slices: [Slice] = []

    struct Slice {
        var isPredicted: Bool
        var rgb: Range<Int>
        /// Empty where there is none.
        var alpha: Range<Int>
    }

    /// `imageCount` is that of all levels.
    init(_ global: ArraySlice<UInt8>, levelSize: Int) throws(ImageError) {
        let reader = KTX2Container.Reader(global)
        let endpointCount = Int(try reader.uint32(0) & 0xFFFF)
        let selectorCount = Int(try reader.uint32(0) >> 16)
        let sizes = [
            Int(try reader.uint32(4)), Int(try reader.uint32(8)), Int(try reader.uint32(12)),
            Int(try reader.uint32(16)),
        ]
        // Image descriptions take what the parts behind them leave; level 0's is the first.
        let tail = sizes.reduce(0, +)
        let descriptions = global.count - 20 - tail
        guard descriptions >= 20, descriptions % 20 == 0 else {
            throw ImageError(.invalid, "the KTX2 texture's global data has a wrong size")
        }
        func range(_ at: Int) throws(ImageError) -> Range<Int> {
            let start = Int(try reader.uint32(at))
            let length = Int(try reader.uint32(at + 4))
            guard start <= levelSize, length <= levelSize - start else {
                throw ImageError(.invalid, "a slice of the KTX2 texture leaves its level")
            }
            return start..<start + length
        }
        slices = [
            Slice(isPredicted: try reader.uint32(20) & 2 != 0, rgb: try range(24), alpha: try range(32))
        ]
        var at = global.startIndex + 20 + descriptions
        func part(_ size: Int) -> BitReader {
            defer { at += size }
            return BitReader(global[at..<at + size])
        }
        var endpointBits = part(sizes[0])
        var selectorBits = part(sizes[1])
        var tableBits = part(sizes[2])
        endpointPredictors = try HuffmanTable(from: &tableBits)
        endpointDeltas = try HuffmanTable(from: &tableBits)
        selectorSymbols = try HuffmanTable(from: &tableBits)
        selectorRuns = try HuffmanTable(from: &tableBits)
        historySize = tableBits.read(13)
        endpoints = try Self.readEndpoints(&endpointBits, count: endpointCount)
        selectors = try Self.readSelectors(&selectorBits, count: selectorCount)
        guard !endpoints.isEmpty, !selectors.isEmpty else {
            throw ImageError(.invalid, "the KTX2 texture has an empty palette")
        }
    }

    private static func readEndpoints(_ bits: inout BitReader, count: Int) throws(ImageError) -> [SIMD4<
        UInt8
    >] {
        let low = try HuffmanTable(from: &bits)
        let middle = try HuffmanTable(from: &bits)
        let high = try HuffmanTable(from: &bits)
        let intensity = try HuffmanTable(from: &bits)
        let isGrey = bits.read(1) == 1
        var previous = SIMD4<UInt8>(16, 16, 16, 0)
        return try (0..<count).map { (_: Int) throws(ImageError) -> SIMD4<UInt8> in
            previous.w = UInt8((Int(previous.w) + (try intensity.decode(&bits))) & 7)
            for c in 0..<(isGrey ? 1 : 3) {
                let table = previous[c] <= 9 ? low : previous[c] <= 21 ? middle : high
                previous[c] = UInt8((Int(previous[c]) + (try table.decode(&bits))) & 31)
            }
            return isGrey ? SIMD4(previous.x, previous.x, previous.x, previous.w) : previous
        }
    }

    private static func readSelectors(_ bits: inout BitReader, count: Int) throws(ImageError) -> [UInt32] {
        let isGlobalOrHybrid = bits.read(2) != 0
        guard !isGlobalOrHybrid else {
            throw ImageError(.unsupported, "the KTX2 texture uses an unsupported kind of selector palette")
        }
        let isRaw = bits.read(1) == 1
        if isRaw { return (0..<count).map { _ in UInt32(bits.read(16)) | UInt32(bits.read(16)) << 16 } }
        let deltas = try HuffmanTable(from: &bits)
        var previous: UInt32 = 0
        return try (0..<count).map { (i: Int) throws(ImageError) -> UInt32 in
            var delta: UInt32 = 0
            for row in 0..<4 {
                let byte = i == 0 ? bits.read(8) : try deltas.decode(&bits)
                delta |= UInt32(byte & 255) << UInt32(row * 8)
            }
            previous ^= delta
            return previous
        }
    }
}

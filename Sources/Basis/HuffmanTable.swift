import AvatariumCore

/// A canonical Huffman code as BasisLZ writes it (KTX 2.0, "BasisLZ", Huffman tables): Deflate's order, codes
/// of up to 16 bits, and the code lengths themselves run-length and Huffman coded.
struct HuffmanTable {
    private static let longest = 16
    /// Symbol << 5 | code length, by the next `indexBits` bits; 0 where there is no code.
    private let entries: [UInt32]
    private let indexBits: Int

    /// A code from its lengths; nil when they are over-subscribed or incomplete. One symbol alone is allowed.
    private init?(lengths: [UInt8]) {
        var counts = [Int](repeating: 0, count: Self.longest + 1)
        for length in lengths where length > 0 { counts[Int(length)] += 1 }
        indexBits = counts.lastIndex { $0 > 0 } ?? 0
        var code = 0
        var first = [Int](repeating: 0, count: Self.longest + 2)
        for length in 1...Self.longest {
            code = (code + counts[length]) << 1
            first[length + 1] = code
        }
        let used = counts.reduce(0, +)
        guard used <= 1 || code == 1 << (Self.longest + 1) else { return nil }
        var table = [UInt32](repeating: 0, count: used == 0 ? 0 : 1 << indexBits)
        for (symbol, length) in lengths.enumerated() where length > 0 {
            let bits = Int(length)
            let reversed = Self.reversed(first[bits], bits)
            first[bits] += 1
            for at in stride(from: reversed, to: table.count, by: 1 << bits) {
                table[at] = UInt32(symbol) << 5 | UInt32(bits)
            }
        }
        entries = table
    }

    private static func reversed(_ code: Int, _ bits: Int) -> Int {
        var out = 0
        for bit in 0..<bits where code >> bit & 1 == 1 { out |= 1 << (bits - 1 - bit) }
        return out
    }

    private static let lengthOrder = [
        17, 18, 19, 20, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15, 16,
    ]

    /// Reads a table from the stream.
    init(from reader: inout BitReader) throws(ImageError) {
        let damaged = ImageError(.invalid, "a Huffman table of the KTX2 texture is damaged")
        let symbols = reader.read(14)
        var lengths = [UInt8](repeating: 0, count: symbols)
        if symbols > 0 {
            let codes = reader.read(5)
            guard (1...Self.lengthOrder.count).contains(codes) else { throw damaged }
            var sizes = [UInt8](repeating: 0, count: Self.lengthOrder.count)
            for i in 0..<codes { sizes[Self.lengthOrder[i]] = UInt8(reader.read(3)) }
            guard let lengthTable = HuffmanTable(lengths: sizes), !lengthTable.isEmpty else { throw damaged }
            var at = 0
            while at < symbols {
                let symbol = try lengthTable.decode(&reader)
                var run = 1
                var value: UInt8 = 0
                switch symbol {
                case 17: run = reader.read(3) + 3
                case 18: run = reader.read(7) + 11
                case 19, 20:
                    run = symbol == 19 ? reader.read(2) + 3 : reader.read(7) + 7
                    guard at > 0, lengths[at - 1] != 0 else { throw damaged }
                    value = lengths[at - 1]
                default: value = UInt8(symbol)
                }
                guard run <= symbols - at else { throw damaged }
                for i in at..<at + run { lengths[i] = value }
                at += run
            }
        }
        guard let table = HuffmanTable(lengths: lengths) else { throw damaged }
        self = table
    }

    var isEmpty: Bool { entries.isEmpty }

    @inline(__always)
    func decode(_ reader: inout BitReader) throws(ImageError) -> Int {
        guard !entries.isEmpty else {
            throw ImageError(.invalid, "the KTX2 texture uses an empty Huffman table")
        }
        let entry = entries[Int(reader.peek(indexBits))]
        guard entry != 0, reader.overrun <= 64 else {
            throw ImageError(.invalid, "the KTX2 texture's data is damaged or truncated")
        }
        reader.skip(Int(entry & 31))
        return Int(entry >> 5)
    }
}

/// Endpoint values in ASTC's quantisation ranges, in UASTC's order: all trits or quints first, in bundles, then
/// every value's plain bits.
enum ASTCEndpoints {
    private struct Range {
        var bits: Int
        /// 1 for plain bits, 3 with a trit, 5 with a quint.
        var radix: Int
        /// Value in 8 bits, by `digit << bits | plain`.
        var values: [UInt8]
    }

    static func read(_ bits: inout BitReader, count: Int, range number: Int) -> [UInt8] {
        let range = ranges[number]
        var digits = [Int](repeating: 0, count: count)
        if range.radix > 1 {
            let bundle = range.radix == 3 ? 5 : 3
            let sizes = range.radix == 3 ? [0, 2, 4, 5, 7, 8] : [0, 3, 5, 7]
            for start in stride(from: 0, to: count, by: bundle) {
                let held = min(bundle, count - start)
                var value = bits.read(sizes[held])
                for i in start..<start + held {
                    digits[i] = value % range.radix
                    value /= range.radix
                }
            }
        }
        return digits.map { range.values[$0 << range.bits | bits.read(range.bits)] }
    }

    /// ASTC's 21 ranges: (bits, radix).
    private static let ranges = [
        (1, 1), (0, 3), (2, 1), (0, 5), (1, 3), (3, 1), (1, 5), (2, 3), (4, 1), (2, 5), (3, 3), (5, 1),
        (3, 5),
        (4, 3), (6, 1), (4, 5), (5, 3), (7, 1), (5, 5), (6, 3), (8, 1),
    ].map { bits, radix in
        Range(
            bits: bits, radix: radix,
            values: (0..<radix << bits).map {
                value(of: $0 & (1 << bits - 1), digit: $0 >> bits, bits, radix)
            })
    }

    /// Unquantisation of colour endpoints (Khronos Data Format Specification, "Endpoint Unquantization").
    private static func value(of plain: Int, digit: Int, _ bits: Int, _ radix: Int) -> UInt8 {
        if radix == 1 {
            // The bits repeated until they fill eight.
            var out = 0
            var filled = 0
            while filled < 8 {
                out = out << bits | plain
                filled += bits
            }
            return UInt8(out >> (filled - 8))
        }
        let (pattern, factor) = scatter[radix * 10 + bits] ?? ("", 0)
        let mirror = plain & 1 != 0 ? 511 : 0
        var spread = 0
        for letter in pattern.utf8 {
            let bit = letter == UInt8(ascii: "0") ? 0 : plain >> Int(letter - UInt8(ascii: "a")) & 1
            spread = spread << 1 | bit
        }
        let mixed = (digit * factor + spread) ^ mirror
        return UInt8(mirror & 0x80 | mixed >> 2)
    }

    /// The specification's B and C by `radix * 10 + bits`: a letter is a plain bit, `a` the lowest.
    private static let scatter: [Int: (String, Int)] = [
        31: ("000000000", 204), 32: ("b000b0bb0", 93), 33: ("cb000cbcb", 44), 34: ("dcb000dcb", 22),
        35: ("edcb000ed", 11), 36: ("fedcb000f", 5),
        51: ("000000000", 113), 52: ("b0000bb00", 54), 53: ("cb0000cbc", 26), 54: ("dcb0000dc", 13),
        55: ("edcb0000e", 6),
    ]
}

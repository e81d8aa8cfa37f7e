/// Reads bits, least significant first in each byte. Past the end it reads zeros and sets `overrun`.
struct BitReader {
    private let bytes: ArraySlice<UInt8>
    private var next: Int
    private var window: UInt64 = 0
    private var available = 0
    /// Bits read past the end so far.
    private(set) var overrun = 0

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        next = bytes.startIndex
    }

    /// Up to 32 bits, without consuming them.
    @inline(__always)
    mutating func peek(_ count: Int) -> UInt32 {
        while available < count {
            if next < bytes.endIndex {
                window |= UInt64(bytes[next]) << UInt64(available)
                next += 1
            } else {
                overrun += 8
            }
            available += 8
        }
        return UInt32(truncatingIfNeeded: window & (1 << UInt64(count) - 1))
    }

    @inline(__always)
    mutating func skip(_ count: Int) {
        window >>= UInt64(count)
        available -= count
    }

    @inline(__always)
    mutating func read(_ count: Int) -> Int {
        let value = peek(count)
        skip(count)
        return Int(value)
    }

    /// A number in groups of `bits` bits, each followed by a bit that says whether another group comes.
    mutating func readVariableLength(_ bits: Int) -> Int {
        var value = 0
        var shift = 0
        while shift < 32 {
            let group = read(bits + 1)
            value |= (group & (1 << bits - 1)) << shift
            if group >> bits == 0 { break }
            shift += bits
        }
        return value
    }
}

/// Reads integers and slices at byte offsets that need not exist: nil past either end, never a trap.
package struct ByteReader: Sendable {
    package enum Order: Sendable { case little, big }

    private let bytes: ArraySlice<UInt8>
    private let order: Order

    /// - Parameter order: The byte order of every integer read.
    package init(_ bytes: some Collection<UInt8>, order: Order) {
        self.bytes = ArraySlice(bytes)
        self.order = order
    }

    /// Bytes in all.
    package var count: Int { bytes.count }

    /// Returns the integer whose first byte is at `offset`, or nil where it does not fit in.
    package func integer<Value: FixedWidthInteger>(at offset: Int, as type: Value.Type = Value.self) -> Value?
    {
        guard let slice = slice(at: offset, count: Value.bitWidth / 8) else { return nil }
        var value: UInt64 = 0
        switch order {
        case .little: for byte in slice.reversed() { value = value << 8 | UInt64(byte) }
        case .big: for byte in slice { value = value << 8 | UInt64(byte) }
        }
        return Value(truncatingIfNeeded: value)
    }

    package func uint16(_ offset: Int) -> UInt16? { integer(at: offset) }
    package func uint32(_ offset: Int) -> UInt32? { integer(at: offset) }
    package func uint64(_ offset: Int) -> UInt64? { integer(at: offset) }

    /// Returns `count` bytes from `offset`, or nil where they do not fit in.
    package func slice(at offset: Int, count: Int) -> ArraySlice<UInt8>? {
        guard offset >= 0, count >= 0, offset <= bytes.count, count <= bytes.count - offset else {
            return nil
        }
        let start = bytes.startIndex + offset
        return bytes[start..<start + count]
    }
}

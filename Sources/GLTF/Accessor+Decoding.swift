import AvatariumCore

extension Accessor {
    /// All components as floats, converted as glTF 2.0 section 3.11 says for normalised integers; never more
    /// than `count * componentCount` values.
    public func floats() -> [Float] {
        let n = count * elementType.componentCount
        return bytes.withUnsafeBytes { raw in
            func read<T: FixedWidthInteger>(_: T.Type, _ scale: Float, _ floor: Float) -> [Float] {
                (0..<n).map { i in
                    let v = Float(
                        T(
                            littleEndian: raw.loadUnaligned(
                                fromByteOffset: i * MemoryLayout<T>.size, as: T.self)))
                    return normalized ? Swift.max(v * scale, floor) : v
                }
            }
            switch componentType {
            case .byte: return read(Int8.self, 1 / 127, -1)
            case .unsignedByte: return read(UInt8.self, 1 / 255, 0)
            case .short: return read(Int16.self, 1 / 32767, -1)
            case .unsignedShort: return read(UInt16.self, 1 / 65535, 0)
            case .unsignedInt: return read(UInt32.self, 1 / Float(UInt32.max), 0)
            case .float:
                return (0..<n).map { raw.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
            }
        }
    }

    /// Scalar integers (indices, joints); floats are truncated and out-of-range ones become 0.
    public func integers() -> [UInt32] {
        let n = count * elementType.componentCount
        return bytes.withUnsafeBytes { raw in
            switch componentType {
            case .byte, .unsignedByte: return (0..<n).map { UInt32(raw[$0]) }
            case .short, .unsignedShort:
                return (0..<n).map { UInt32(raw.loadUnaligned(fromByteOffset: $0 * 2, as: UInt16.self)) }
            case .unsignedInt:
                return (0..<n).map { raw.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self) }
            case .float:
                return (0..<n).map {
                    let v = raw.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self)
                    return v >= 0 && v < 4_294_967_040 ? UInt32(v) : 0
                }
            }
        }
    }
}

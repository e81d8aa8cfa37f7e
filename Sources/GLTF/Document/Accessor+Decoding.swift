import AvatariumCore

extension Accessor {
    /// All components as floats, converted as glTF 2.0 section 3.11 says for normalised integers; never more
    /// than `count * componentCount` values.
    public func floats() -> [Float] {
        switch componentType {
        case .byte: converted(Int8.self, largest: 127)
        case .unsignedByte: converted(UInt8.self, largest: 255)
        case .short: converted(Int16.self, largest: 32767)
        case .unsignedShort: converted(UInt16.self, largest: 65535)
        case .unsignedInt: converted(UInt32.self, largest: Float(UInt32.max))
        case .float: loaded(Float.self)
        }
    }

    /// Integers (indices, joints); floats are truncated and out-of-range ones become 0.
    public func integers() -> [UInt32] {
        switch componentType {
        case .byte, .unsignedByte: loaded(UInt8.self).map(UInt32.init)
        case .short, .unsignedShort: loaded(UInt16.self).map(UInt32.init)
        case .unsignedInt: loaded(UInt32.self)
        case .float: loaded(Float.self).map { $0 >= 0 && $0 < 4_294_967_040 ? UInt32($0) : 0 }
        }
    }

    /// Integer components with their sign.
    func signedIntegers() -> [Int64] {
        switch componentType {
        case .byte: loaded(Int8.self).map(Int64.init)
        case .short: loaded(Int16.self).map(Int64.init)
        case .unsignedByte, .unsignedShort, .unsignedInt, .float: integers().map(Int64.init)
        }
    }

    /// The largest of `integers()`, without unpacking them; nil when there are none.
    func largestInteger() -> Int? {
        func largest<T: FixedWidthInteger>(_: T.Type) -> Int? {
            bytes.withUnsafeBytes { raw in
                guard !raw.isEmpty else { return nil }
                var most = T.min
                for i in 0..<raw.count / MemoryLayout<T>.size {
                    let value = raw.loadUnaligned(fromByteOffset: i * MemoryLayout<T>.size, as: T.self)
                    most = value > most ? value : most
                }
                return Int(most)
            }
        }
        switch componentType {
        case .byte, .unsignedByte: return largest(UInt8.self)
        case .short, .unsignedShort: return largest(UInt16.self)
        case .unsignedInt: return largest(UInt32.self)
        case .float: return integers().max().map(Int.init)
        }
    }

    /// Whether no component is infinite or NaN, whose exponents have all bits set.
    var isFinite: Bool {
        guard componentType == .float else { return true }
        return bytes.withUnsafeBytes { raw in
            var found: UInt32 = 0
            for i in 0..<raw.count / 4 {
                let bits = raw.loadUnaligned(fromByteOffset: i * 4, as: UInt32.self) & 0x7F80_0000
                found |= bits == 0x7F80_0000 ? 1 : 0
            }
            return found == 0
        }
    }

    /// The components as they lie there; every supported host is little-endian, as glTF is.
    private func loaded<T: BitwiseCopyable>(_: T.Type) -> [T] {
        let n = bytes.count / MemoryLayout<T>.size
        return [T](unsafeUninitializedCapacity: n) { out, initialized in
            bytes.withUnsafeBytes { raw in
                UnsafeMutableRawBufferPointer(out).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: raw[..<(n * MemoryLayout<T>.size)]))
            }
            initialized = n
        }
    }

    private func converted<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type, largest: Float) -> [Float] {
        let n = bytes.count / MemoryLayout<T>.size
        return [Float](unsafeUninitializedCapacity: n) { out, initialized in
            bytes.withUnsafeBytes { raw in
                for i in 0..<n {
                    let value = Float(raw.loadUnaligned(fromByteOffset: i * MemoryLayout<T>.size, as: T.self))
                    out[i] = normalized ? Swift.max(value / largest, -1) : value
                }
            }
            initialized = n
        }
    }
}

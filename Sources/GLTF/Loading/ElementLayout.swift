import AvatariumCore

/// How one element lies in a buffer: glTF pads the columns of small matrices to four bytes
/// (glTF 2.0, section 3.6.2.4).
struct ElementLayout {
    /// Bytes of one column (a vector or scalar is one column) without and with padding.
    let columnSize: Int
    let paddedColumnSize: Int
    let columns: Int

    init(component: Accessor.ComponentType, type: Accessor.ElementType) {
        switch type {
        case .mat2: columns = 2
        case .mat3: columns = 3
        case .mat4: columns = 4
        case .scalar, .vec2, .vec3, .vec4: columns = 1
        }
        columnSize = type.componentCount / columns * component.size
        paddedColumnSize = columns == 1 ? columnSize : (columnSize + 3) & ~3
    }

    var packedSize: Int { columns * columnSize }
    /// Bytes that one element touches: the last column needs no padding.
    var elementSize: Int { (columns - 1) * paddedColumnSize + columnSize }
    /// Bytes from one element to the next where the buffer view gives no stride.
    var stride: Int { columns * paddedColumnSize }

    /// `count` elements without gaps.
    /// - Throws: ACCESSOR_TOO_LONG, ACCESSOR_SMALL_BYTESTRIDE.
    func unpack(
        _ view: ArraySlice<UInt8>, offset: Int, stride: Int?, count: Int, cursor: JSONCursor
    ) throws -> [UInt8] {
        let stride = stride ?? self.stride
        guard stride >= elementSize else {
            throw invalid(
                .accessorSmallBytestride, cursor.pointer,
                "the stride of \(stride) bytes is less than an element's \(elementSize)")
        }
        let (span, overflow) = (count - 1).multipliedReportingOverflow(by: stride)
        guard !overflow, offset <= view.count, span <= view.count - offset,
            elementSize <= view.count - offset - span
        else {
            throw invalid(
                .accessorTooLong, cursor.pointer,
                "\(count) elements from byte \(offset), \(stride) apart, do not fit the buffer view's "
                    + "\(view.count) bytes")
        }
        let start = view.startIndex + offset
        if stride == packedSize, columns == 1 || columnSize == paddedColumnSize {
            return Array(view[start..<start + count * packedSize])
        }
        return [UInt8](unsafeUninitializedCapacity: count * packedSize) { out, initialized in
            view.withUnsafeBytes { source in
                var from = offset
                var to = 0
                for _ in 0..<count {
                    for column in 0..<columns {
                        let bytes = UnsafeRawBufferPointer(
                            rebasing: source[
                                (from + column * paddedColumnSize)..<(from + column * paddedColumnSize
                                    + columnSize)])
                        UnsafeMutableRawBufferPointer(
                            rebasing: UnsafeMutableRawBufferPointer(out)[to..<to + columnSize]
                        ).copyMemory(from: bytes)
                        to += columnSize
                    }
                    from += stride
                }
            }
            initialized = count * packedSize
        }
    }
}

import AvatariumCore
import CMeshopt

/// A buffer view's EXT_meshopt_compression, checked.
struct MeshoptCompression {
    enum Mode: String { case attributes = "ATTRIBUTES", triangles = "TRIANGLES", indices = "INDICES" }
    enum Filter: String {
        case none = "NONE", octahedral = "OCTAHEDRAL", quaternion = "QUATERNION", exponential = "EXPONENTIAL"
    }

    var buffer: Int
    var offset: Int
    var length: Int
    var stride: Int
    var count: Int
    var mode: Mode
    var filter: Filter
    var pointer: String

    init(_ cursor: JSONCursor, buffers: [Buffer]) throws {
        func choice<T: RawRepresentable>(_ key: String) throws -> T? where T.RawValue == String {
            guard let text = try cursor.string(key) else { return nil }
            guard let value = T(rawValue: text) else {
                throw invalid(.valueNotInList, cursor.pointer(to: key), "'\(text)' is unknown")
            }
            return value
        }
        pointer = cursor.pointer
        buffer = try cursor.requiredIndex("buffer", below: buffers.count)
        offset = try cursor.int("byteOffset") ?? 0
        length = try cursor.requiredInt("byteLength", atLeast: 1)
        stride = try cursor.requiredInt("byteStride", atLeast: 1)
        count = try cursor.requiredInt("count", atLeast: 1)
        guard let mode: Mode = try choice("mode") else { throw cursor.undefined("mode") }
        self.mode = mode
        filter = try choice("filter") ?? .none
        let room = buffers[buffer].byteLength
        guard offset <= room, length <= room - offset else {
            throw invalid(
                .bufferViewTooLong, cursor.pointer(to: "byteLength"), "does not fit buffer \(buffer)")
        }
        let strideIsRight =
            switch mode {
            case .attributes: stride % 4 == 0 && stride <= 256
            case .triangles: (stride == 2 || stride == 4) && count % 3 == 0
            case .indices: stride == 2 || stride == 4
            }
        let filterIsRight =
            switch filter {
            case .none: true
            case .octahedral: mode == .attributes && (stride == 4 || stride == 8)
            case .quaternion: mode == .attributes && stride == 8
            case .exponential: mode == .attributes
            }
        guard strideIsRight else {
            throw invalid(
                .valueNotInRange, cursor.pointer(to: "byteStride"),
                "\(stride) (count \(count)) is not possible in mode \(mode.rawValue)")
        }
        guard filterIsRight else {
            throw invalid(
                .valueNotInList, cursor.pointer(to: "filter"),
                "\(filter.rawValue) is not possible with stride \(stride) in mode \(mode.rawValue)")
        }
    }

    /// `count * stride` bytes; the caller has bounded that product.
    func decode(buffers: [Buffer]) throws -> [UInt8] {
        guard let bytes = buffers[buffer].bytes else {
            throw invalid(.bufferMissingGlbData, pointer, "its buffer has no data")
        }
        let start = bytes.startIndex + offset
        var status: Int32 = 0
        let decoded = [UInt8](unsafeUninitializedCapacity: count * stride) { out, initialized in
            bytes[start..<start + length].withUnsafeBufferPointer { source in
                let input = source.baseAddress
                switch mode {
                case .attributes:
                    status = meshopt_decodeVertexBuffer(out.baseAddress, count, stride, input, length)
                case .triangles:
                    status = meshopt_decodeIndexBuffer(out.baseAddress, count, stride, input, length)
                case .indices:
                    status = meshopt_decodeIndexSequence(out.baseAddress, count, stride, input, length)
                }
            }
            guard status == 0 else { return }
            switch filter {
            case .none: break
            case .octahedral: meshopt_decodeFilterOct(out.baseAddress, count, stride)
            case .quaternion: meshopt_decodeFilterQuat(out.baseAddress, count, stride)
            case .exponential: meshopt_decodeFilterExp(out.baseAddress, count, stride)
            }
            initialized = count * stride
        }
        guard status == 0 else {
            throw invalid(
                .meshoptDataInvalid, pointer, "the compressed data is damaged (meshopt error \(status))")
        }
        return decoded
    }
}

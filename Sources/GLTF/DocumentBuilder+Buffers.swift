import AvatariumCore

/// Where a buffer's bytes are; none for a placeholder, which EXT_meshopt_compression's fallback is too.
struct Buffer {
    var bytes: ArraySlice<UInt8>?
    var byteLength: Int
}

struct BufferView {
    var buffer: Int
    var offset: Int
    var length: Int
    var stride: Int?
    var pointer: String
    var compression: MeshoptCompression?
}

extension DocumentBuilder {
    mutating func readBuffers() throws {
        for (i, cursor) in try root.objects("buffers").enumerated() {
            let length = try cursor.requiredInt("byteLength", atLeast: 1)
            if let uri = try cursor.string("uri") {
                let resource = try folder.resolve(uri, pointer: cursor.at("uri"))
                guard resource.bytes.count >= length else {
                    throw invalid(
                        "BUFFER_BYTE_LENGTH_MISMATCH", cursor.pointer,
                        "'\(resource.source)' has \(resource.bytes.count) bytes of a declared \(length)")
                }
                buffers.append(Buffer(bytes: resource.bytes[..<length], byteLength: length))
            } else if i == 0, let binary {
                guard binary.count >= length else {
                    throw invalid(
                        "BUFFER_BYTE_LENGTH_MISMATCH", cursor.pointer,
                        "the GLB's binary chunk has \(binary.count) bytes of a declared \(length)")
                }
                buffers.append(Buffer(bytes: binary.prefix(length), byteLength: length))
            } else if i == 0, isBinary, cursor.extensionNamed("EXT_meshopt_compression") == nil {
                throw invalid("BUFFER_MISSING_GLB_DATA", cursor.pointer, "the GLB has no binary chunk")
            } else {
                buffers.append(Buffer(bytes: nil, byteLength: length))
            }
        }
    }

    mutating func readBufferViews() throws {
        for cursor in try root.objects("bufferViews") {
            let buffer = try cursor.requiredIndex("buffer", below: buffers.count)
            let length = try cursor.requiredInt("byteLength", atLeast: 1)
            let offset = try cursor.int("byteOffset") ?? 0
            let stride = try cursor.int("byteStride", atLeast: 1)
            let room = buffers[buffer].byteLength
            guard offset <= room, length <= room - offset else {
                throw invalid(
                    "BUFFER_VIEW_TOO_LONG", cursor.at(offset < room ? "byteLength" : "byteOffset"),
                    "does not fit buffer \(buffer) of \(room) bytes")
            }
            var view = BufferView(
                buffer: buffer, offset: offset, length: length, stride: stride, pointer: cursor.pointer)
            if let compression = cursor.extensionNamed("EXT_meshopt_compression") {
                view.compression = try MeshoptCompression(compression, buffers: buffers)
            }
            bufferViews.append(view)
        }
    }

    /// The bytes of a buffer view, decompressed.
    mutating func bytes(ofView index: Int) throws -> ArraySlice<UInt8> {
        let view = bufferViews[index]
        if let compression = view.compression {
            if let decoded = decodedViews[index] { return decoded }
            let (size, overflow) = compression.count.multipliedReportingOverflow(by: compression.stride)
            try spend(overflow ? .max : size, compression.pointer)
            let decoded = try compression.decode(buffers: buffers)[...]
            decodedViews[index] = decoded
            return decoded
        }
        guard let bytes = buffers[view.buffer].bytes else {
            try spend(view.length, view.pointer)
            return [UInt8](repeating: 0, count: view.length)[...]
        }
        let start = bytes.startIndex + view.offset
        return bytes[start..<start + view.length]
    }
}

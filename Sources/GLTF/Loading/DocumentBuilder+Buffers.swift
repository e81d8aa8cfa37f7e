import AvatariumCore

/// Where a buffer's bytes are; none for a placeholder, which EXT_meshopt_compression's fallback is too.
struct Buffer {
    var bytes: ArraySlice<UInt8>?
    var byteLength: Int
    /// Why there are no bytes; thrown once they are needed.
    var failure: AvatariumError?
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
        for (i, cursor) in try root.elements("buffers").enumerated() {
            let length = cursor.value.integer("byteLength", min: 1) ?? 0
            do {
                buffers.append(try readBuffer(cursor, index: i))
            } catch let error as AvatariumError where error.code != .timeout {
                if !drawn.contains(cursor.pointer) { note(error, at: cursor.pointer) }
                buffers.append(Buffer(bytes: nil, byteLength: length, failure: error))
            }
        }
    }

    private mutating func readBuffer(_ cursor: JSONCursor, index: Int) throws -> Buffer {
        let length = try cursor.requiredInt("byteLength", atLeast: 1)
        if let uri = try cursor.string("uri") {
            let resource = try folder.resolve(uri, pointer: cursor.pointer(to: "uri"))
            guard resource.bytes.count >= length else {
                throw invalid(
                    .bufferByteLengthMismatch, cursor.pointer,
                    "'\(resource.source.quotedForMessage())' has \(resource.bytes.count) bytes of a declared \(length)"
                )
            }
            return Buffer(bytes: resource.bytes[..<length], byteLength: length)
        }
        if index == 0, let binary {
            guard binary.count >= length else {
                throw invalid(
                    .bufferByteLengthMismatch, cursor.pointer,
                    "the GLB's binary chunk has \(binary.count) bytes of a declared \(length)")
            }
            return Buffer(bytes: binary.prefix(length), byteLength: length)
        }
        if index == 0, isBinary, cursor.extensionNamed("EXT_meshopt_compression") == nil {
            throw invalid(.bufferMissingGlbData, cursor.pointer)
        }
        return Buffer(bytes: nil, byteLength: length)
    }

    mutating func readBufferViews() throws {
        for cursor in try root.elements("bufferViews") {
            let nothing = BufferView(buffer: 0, offset: 0, length: 0, stride: nil, pointer: cursor.pointer)
            bufferViews.append(try read(cursor, or: nothing) { try $0.readBufferView(cursor) })
        }
    }

    private func readBufferView(_ cursor: JSONCursor) throws -> BufferView {
        let buffer = try cursor.requiredIndex("buffer", below: buffers.count)
        let length = try cursor.requiredInt("byteLength", atLeast: 1)
        let offset = try cursor.int("byteOffset") ?? 0
        // Some exporters write 0 for none.
        let stride = try cursor.int("byteStride").flatMap { $0 == 0 ? nil : $0 }
        let room = buffers[buffer].byteLength
        guard offset <= room, length <= room - offset else {
            throw invalid(
                .bufferViewTooLong, cursor.pointer(to: offset < room ? "byteLength" : "byteOffset"),
                "does not fit buffer \(buffer) of \(room) bytes")
        }
        var view = BufferView(
            buffer: buffer, offset: offset, length: length, stride: stride, pointer: cursor.pointer)
        if let compression = cursor.extensionNamed("EXT_meshopt_compression") {
            view.compression = try MeshoptCompression(compression, buffers: buffers)
        }
        return view
    }

    /// The bytes of a buffer view, decompressed.
    mutating func bytes(ofView index: Int) throws -> ArraySlice<UInt8> {
        let view = bufferViews[index]
        guard buffers.indices.contains(view.buffer) else { return [] }
        if let failure = buffers[view.compression?.buffer ?? view.buffer].failure { throw failure }
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

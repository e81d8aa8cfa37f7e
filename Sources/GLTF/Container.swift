import AvatariumCore

/// A model file taken apart: the JSON text, and the GLB's binary chunk where there is one
/// (glTF 2.0, section 4).
struct Container {
    var json: ArraySlice<UInt8>?
    var binary: ArraySlice<UInt8>?
    var isBinary: Bool
    /// What is wrong with the container itself, by byte offset.
    var diagnostics: [Diagnostic] = []

    private static let jsonChunk = 0x4E4F_534A
    private static let binaryChunk = 0x004E_4942

    /// - Parameter name: the file's name, which decides only where the content says nothing.
    init(_ bytes: [UInt8], name: String) {
        let head = bytes.first { ![0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains($0) }
        let isNamedText = name.lowercased().hasSuffix(".gltf")
        let looksLikeText = head == UInt8(ascii: "{") || head == UInt8(ascii: "[")
        isBinary = bytes.starts(with: "glTF".utf8) || !(looksLikeText || isNamedText)
        if isBinary {
            readChunks(bytes)
        } else {
            json = bytes[...]
        }
    }

    private mutating func note(_ code: String, _ offset: Int, _ message: String) {
        diagnostics.append(
            Diagnostic(Validator.severities[code] ?? .error, code, message, offset: offset))
    }

    private mutating func readChunks(_ bytes: [UInt8]) {
        func word(_ at: Int) -> Int { bytes[at..<at + 4].reversed().reduce(0) { $0 << 8 | Int($1) } }
        guard bytes.isEmpty || bytes.starts(with: "glTF".utf8.prefix(bytes.count)) else {
            return note(
                "GLB_INVALID_MAGIC", 0,
                "the file is neither GLB (it does not start with 'glTF') nor glTF JSON")
        }
        guard bytes.count >= 12 else {
            return note(
                "GLB_UNEXPECTED_END_OF_HEADER", bytes.count,
                bytes.isEmpty ? "the file is empty" : "the GLB header is cut short")
        }
        guard word(4) == 2 else {
            return note("GLB_INVALID_VERSION", 4, "GLB version \(word(4)) is not 2; export as glTF 2.0")
        }
        let length = word(8)
        if length <= 12 { note("GLB_LENGTH_TOO_SMALL", 8, "the GLB declares only \(length) bytes") }
        var at = 12
        var number = 0
        while at < bytes.count {
            guard at != length else { return note("GLB_EXTRA_DATA", at, "data follows the GLB's end") }
            guard bytes.count - at >= 8 else {
                return note(
                    "GLB_UNEXPECTED_END_OF_CHUNK_HEADER", bytes.count, "a chunk's header is cut short")
            }
            let size = word(at)
            readChunk(bytes, at: at, size: size, type: word(at + 4), number: number, total: length)
            guard size <= bytes.count - at - 8 else {
                return note(
                    "GLB_UNEXPECTED_END_OF_CHUNK_DATA", bytes.count,
                    "the GLB is truncated: \(bytes.count) bytes of a declared \(length)")
            }
            number += 1
            at += 8 + size
        }
        if length != at {
            note(
                "GLB_LENGTH_MISMATCH", at,
                "the GLB is truncated or mislabelled: \(at) bytes of a declared \(length)")
        }
    }

    private mutating func readChunk(
        _ bytes: [UInt8], at: Int, size: Int, type: Int, number: Int, total: Int
    ) {
        let data = bytes[(at + 8)...].prefix(size)
        if size & 3 != 0 { note("GLB_CHUNK_LENGTH_UNALIGNED", at, "a chunk's size is no multiple of 4") }
        if at + 8 + size > total {
            note("GLB_CHUNK_TOO_BIG", at, "a chunk of \(size) bytes does not fit the GLB")
        }
        if number == 0, type != Self.jsonChunk {
            note("GLB_UNEXPECTED_FIRST_CHUNK", at, "the first chunk is not JSON")
        }
        if type == Self.binaryChunk, number > 1, binary == nil {
            note("GLB_UNEXPECTED_BIN_CHUNK", at, "the binary chunk must be the second")
        }
        switch type {
        case Self.jsonChunk:
            if size == 0 { note("GLB_EMPTY_CHUNK", at, "the JSON chunk is empty") }
            if json != nil { note("GLB_DUPLICATE_CHUNK", at, "there is a second JSON chunk") }
            json = json ?? data
        case Self.binaryChunk:
            if size == 0 { note("GLB_EMPTY_BIN_CHUNK", at, "an empty binary chunk is better left out") }
            if binary != nil { note("GLB_DUPLICATE_CHUNK", at, "there is a second binary chunk") }
            binary = binary ?? data
        default: note("GLB_UNKNOWN_CHUNK_TYPE", at, "a chunk is of an unknown type")
        }
    }
}

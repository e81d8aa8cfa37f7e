import AvatariumCore

/// A model file taken apart: the JSON text, and the GLB's binary chunk where there is one
/// (glTF 2.0, section 4).
struct Container {
    var json: ArraySlice<UInt8>
    var binary: ArraySlice<UInt8>?
    var isBinary = false

    private static let jsonChunk: UInt32 = 0x4E4F_534A
    private static let binaryChunk: UInt32 = 0x004E_4942

    init(_ bytes: [UInt8]) throws {
        guard !bytes.isEmpty else { throw invalid("INVALID_JSON", "", "the file is empty") }
        if bytes.starts(with: "glTF".utf8) {
            json = []
            try readChunks(bytes)
            isBinary = true
            return
        }
        let head = bytes.first { ![0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains($0) }
        guard head == UInt8(ascii: "{") || head == UInt8(ascii: "[") else {
            throw invalid(
                "GLB_INVALID_MAGIC", "",
                "the file is neither GLB (it does not start with 'glTF') nor glTF JSON")
        }
        json = bytes[...]
    }

    private mutating func readChunks(_ bytes: [UInt8]) throws {
        func word(_ at: Int) -> UInt32 {
            UInt32(bytes[at]) | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2]) << 16
                | UInt32(bytes[at + 3]) << 24
        }
        func fail(_ rule: String, _ offset: Int, _ message: String) -> AvatariumError {
            invalid(rule, "", message).adding(context: ["offset": String(offset)])
        }
        guard bytes.count >= 12 else {
            throw fail("GLB_UNEXPECTED_END_OF_HEADER", bytes.count, "the GLB header is cut short")
        }
        guard word(4) == 2 else {
            throw fail("GLB_INVALID_VERSION", 4, "GLB version \(word(4)) is not 2; export as glTF 2.0")
        }
        let length = Int(word(8))
        if length > bytes.count {
            throw fail(
                "GLB_LENGTH_MISMATCH", bytes.count,
                "the GLB is truncated: \(bytes.count) bytes of a declared \(length)")
        }
        var at = 12
        var first = true
        while at < length {
            guard length - at >= 8 else {
                throw fail("GLB_UNEXPECTED_END_OF_CHUNK_HEADER", at, "a GLB chunk header is cut short")
            }
            let size = Int(word(at))
            let type = word(at + 4)
            let start = at + 8
            guard size <= length - start else {
                throw fail("GLB_CHUNK_TOO_BIG", at, "a GLB chunk of \(size) bytes does not fit the file")
            }
            if first, type != Self.jsonChunk {
                throw fail("GLB_UNEXPECTED_FIRST_CHUNK", at, "the first GLB chunk is not JSON")
            }
            if type == Self.jsonChunk {
                guard first else { throw fail("GLB_DUPLICATE_CHUNK", at, "a second JSON chunk") }
                json = bytes[start..<start + size]
            } else if type == Self.binaryChunk {
                guard binary == nil else { throw fail("GLB_DUPLICATE_CHUNK", at, "a second BIN chunk") }
                binary = bytes[start..<start + size]
            }
            first = false
            at = start + size
        }
        guard !json.isEmpty else {
            throw fail("GLB_LENGTH_TOO_SMALL", 8, "the GLB holds no JSON chunk")
        }
    }
}

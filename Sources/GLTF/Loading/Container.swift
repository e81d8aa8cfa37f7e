import AvatariumCore

/// A model file taken apart: the JSON text, and the GLB's binary chunk where there is one
/// (glTF 2.0, section 4).
struct Container {
    private(set) var json: ArraySlice<UInt8>?
    private(set) var binary: ArraySlice<UInt8>?
    let isBinary: Bool
    /// What is wrong with the container itself, by byte offset.
    private(set) var diagnostics: [Diagnostic] = []

    private static let headerSize = 12
    private static let jsonChunk = 0x4E4F_534A
    private static let binaryChunk = 0x004E_4942

    /// - Parameter name: The file's name, which decides only where the content says nothing.
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

    private mutating func note(_ issue: GLTFIssue, _ offset: Int, _ message: String? = nil) {
        diagnostics.append(issue.diagnostic(at: "", message, offset: offset))
    }

    private mutating func readChunks(_ bytes: [UInt8]) {
        let reader = ByteReader(bytes, order: .little)
        func word(_ at: Int) -> Int { Int(reader.integer(at: at, as: UInt32.self) ?? 0) }
        let advice = FileKind.advice(for: bytes)
        guard bytes.count >= Self.headerSize else {
            return note(
                .glbUnexpectedEndOfHeader, bytes.count,
                bytes.isEmpty ? "the file is empty" : advice.map { "the file is not a model: \($0)" })
        }
        guard bytes.starts(with: "glTF".utf8) else {
            return note(.glbInvalidMagic, 0, advice.map { "the file is neither GLB nor glTF JSON: \($0)" })
        }
        guard word(4) == 2 else {
            return note(.glbInvalidVersion, 4, "GLB version \(word(4)) is not 2; export as glTF 2.0")
        }
        let length = word(8)
        if length <= Self.headerSize {
            note(.glbLengthTooSmall, 8, "the GLB declares only \(length) bytes")
        }
        var at = Self.headerSize
        var number = 0
        while at < bytes.count {
            guard at != length else { return note(.glbExtraData, at) }
            guard bytes.count - at >= 8 else { return note(.glbUnexpectedEndOfChunkHeader, bytes.count) }
            let size = word(at)
            readChunk(bytes, at: at, size: size, type: word(at + 4), number: number, total: length)
            guard size <= bytes.count - at - 8 else {
                return note(
                    .glbUnexpectedEndOfChunkData, bytes.count,
                    "the GLB is truncated: \(bytes.count) bytes of a declared \(length)")
            }
            number += 1
            at += 8 + size
        }
        if length != at {
            note(
                .glbLengthMismatch, at,
                "the GLB is truncated or mislabelled: \(at) bytes of a declared \(length)")
        }
    }

    private mutating func readChunk(
        _ bytes: [UInt8], at: Int, size: Int, type: Int, number: Int, total: Int
    ) {
        let data = bytes[(at + 8)...].prefix(size)
        if size & 3 != 0 { note(.glbChunkLengthUnaligned, at) }
        if at + 8 + size > total {
            note(.glbChunkTooBig, at, "a chunk of \(size) bytes does not fit the GLB")
        }
        if number == 0, type != Self.jsonChunk { note(.glbUnexpectedFirstChunk, at) }
        if type == Self.binaryChunk, number > 1, binary == nil { note(.glbUnexpectedBinChunk, at) }
        switch type {
        case Self.jsonChunk:
            if size == 0 { note(.glbEmptyChunk, at) }
            if json != nil { note(.glbDuplicateChunk, at, "there is a second JSON chunk") }
            json = json ?? data
        case Self.binaryChunk:
            if size == 0 { note(.glbEmptyBinChunk, at) }
            if binary != nil { note(.glbDuplicateChunk, at, "there is a second binary chunk") }
            binary = binary ?? data
        default: note(.glbUnknownChunkType, at)
        }
    }
}

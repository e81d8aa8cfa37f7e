import AvatariumCore

/// A `data:` URI (RFC 2397), decoded.
struct DataURI {
    var mimeType: String
    var bytes: [UInt8]
    var summary: String { "data:\(mimeType) (\(bytes.count) bytes)" }

    /// Nil when the URI is of another kind.
    init?(_ uri: String, pointer: String, byteLimit: Int) throws {
        guard uri.prefix(5).lowercased() == "data:" else { return nil }
        guard let comma = uri.utf8.firstIndex(of: UInt8(ascii: ",")) else {
            throw invalid("INVALID_URI", pointer, "the data URI has no comma")
        }
        let head = uri[uri.utf8.index(uri.startIndex, offsetBy: 5)..<comma]
        let fields = head.split(separator: ";", omittingEmptySubsequences: false)
        mimeType = fields.first.map(String.init) ?? ""
        let text = uri.utf8[uri.utf8.index(after: comma)...]
        guard text.count / 4 * 3 <= byteLimit else {
            throw invalid("INVALID_URI", pointer, "the data URI passes the limit of bytes a model may have")
        }
        if fields.dropFirst().contains(where: { $0.lowercased() == "base64" }) {
            guard let decoded = Self.base64(Array(text)) else {
                throw invalid("INVALID_URI", pointer, "the data URI is not valid base64")
            }
            bytes = decoded
        } else {
            guard let decoded = ResourceFolder.percentDecoded(text) else {
                throw invalid("INVALID_URI", pointer, "the data URI has a broken escape")
            }
            bytes = decoded
        }
    }

    private static let digits: [UInt8] = {
        var table = [UInt8](repeating: 255, count: 256)
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        for (value, c) in alphabet.utf8.enumerated() { table[Int(c)] = UInt8(value) }
        table[Int(UInt8(ascii: "-"))] = 62
        table[Int(UInt8(ascii: "_"))] = 63
        return table
    }()

    /// RFC 4648, standard or URL alphabet, padding optional; nil when malformed.
    private static func base64(_ text: [UInt8]) -> [UInt8]? {
        var end = text.count
        while end > 0, text.count - end < 2, text[end - 1] == UInt8(ascii: "=") { end -= 1 }
        guard end % 4 != 1, end == text.count || text.count % 4 == 0 else { return nil }
        let size = end / 4 * 3 + (end % 4 == 0 ? 0 : end % 4 - 1)
        var bad: UInt8 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { out, count in
            digits.withUnsafeBufferPointer { table in
                text.withUnsafeBufferPointer { text in
                    var at = 0
                    while at + 4 <= end {
                        let (a, b) = (table[Int(text[at])], table[Int(text[at + 1])])
                        let (c, d) = (table[Int(text[at + 2])], table[Int(text[at + 3])])
                        bad |= a | b | c | d
                        out[count] = a << 2 | b >> 4
                        out[count + 1] = b << 4 | c >> 2
                        out[count + 2] = c << 6 | d
                        count += 3
                        at += 4
                    }
                    if end - at >= 2 {
                        let (a, b) = (table[Int(text[at])], table[Int(text[at + 1])])
                        let c = end - at == 3 ? table[Int(text[at + 2])] : 0
                        bad |= a | b | c
                        out[count] = a << 2 | b >> 4
                        count += 1
                        if end - at == 3 {
                            out[count] = b << 4 | c >> 2
                            count += 1
                        }
                    }
                }
            }
        }
        return bad & 0xC0 == 0 ? bytes : nil
    }
}

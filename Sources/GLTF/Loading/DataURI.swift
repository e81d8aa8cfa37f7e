import AvatariumCore
import Foundation

/// A `data:` URI (RFC 2397), decoded as browsers do (WHATWG Fetch, "data: URL processor"; Infra, "forgiving-base64
/// decode"): percent-escapes, line breaks and missing padding are accepted.
struct DataURI {
    var mimeType: String
    var bytes: [UInt8]
    /// Whether the URI also follows the RFC to the letter, which glTF-Validator asks for: a media type with a slash
    /// or none, parameters with values, no white space.
    var isWellFormed: Bool
    var summary: String { "data:\(mimeType) (\(bytes.count) bytes)" }

    /// Returns nil for a URI of another kind.
    init?(_ uri: String, pointer: String, byteLimit: Int) throws {
        guard uri.prefix(5).lowercased() == "data:" else { return nil }
        guard let comma = uri.utf8.firstIndex(of: UInt8(ascii: ",")) else {
            throw invalid(.invalidUri, pointer, "the data URI has no comma")
        }
        let head = uri[uri.utf8.index(uri.startIndex, offsetBy: 5)..<comma]
        let fields = head.split(separator: ";", omittingEmptySubsequences: false)
        mimeType = fields.first.map { $0.trimmingCharacters(in: .whitespaces) } ?? ""
        let text = uri.utf8[uri.utf8.index(after: comma)...]
        guard text.count / 4 * 3 <= byteLimit else {
            throw invalid(.invalidUri, pointer, "the data URI exceeds the limit of bytes of a model")
        }
        let last = fields.last?.trimmingCharacters(in: .whitespaces).lowercased()
        let isBase64 = fields.count > 1 && last == "base64"
        isWellFormed =
            Self.isWellFormed(fields) && !text.contains { $0 <= 0x20 || $0 > 0x7E }
        let raw = ResourceFolder.percentDecoded(text)
        guard isBase64 else {
            bytes = raw
            return
        }
        guard let decoded = Self.base64(raw) else {
            throw invalid(.invalidUri, pointer, "the data URI is not valid base64")
        }
        bytes = decoded
    }

    /// `type/subtype` or nothing, then `name=value`, then perhaps `base64` (RFC 2397, section 3).
    private static func isWellFormed(_ fields: [Substring]) -> Bool {
        guard let type = fields.first else { return true }
        let slashes = type.utf8.count { $0 == UInt8(ascii: "/") }
        guard type.isEmpty ? slashes == 0 : slashes == 1 else { return false }
        let parameters = fields.dropFirst()
        return parameters.enumerated().allSatisfy { i, field in
            field.contains("=") || (field == "base64" && i == parameters.count - 1)
        }
    }

    /// Decodes the standard or the URL alphabet, padding optional; nil when malformed. Foundation decodes; what it is
    /// stricter about than browsers is made regular first.
    private static func base64(_ raw: [UInt8]) -> [UInt8]? {
        var text = Data(capacity: raw.count + 3)
        for c in raw {
            switch c {
            case 0x09, 0x0A, 0x0C, 0x0D, 0x20: continue
            case UInt8(ascii: "-"): text.append(UInt8(ascii: "+"))
            case UInt8(ascii: "_"): text.append(UInt8(ascii: "/"))
            default: text.append(c)
            }
        }
        if text.count % 4 != 1 {
            while text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
        }
        return Data(base64Encoded: text).map { [UInt8]($0) }
    }
}

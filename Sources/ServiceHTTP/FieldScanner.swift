/// A cursor over the ASCII text of one HTTP field value (RFC 9110 section 5.6): tokens, quoted strings,
/// optional white space. Every operation moves forward only, so that reading a field is linear in its length.
struct FieldScanner {
    /// Field values longer than this many bytes are refused; servers commonly stop at 8 KiB per field.
    static let maximumLength = 8192

    private let bytes: [UInt8]
    private var at = 0

    /// Fails for a value longer than `maximumLength`.
    init?(_ text: String) {
        guard text.utf8.count <= Self.maximumLength else { return nil }
        bytes = Array(text.utf8)
    }

    var isAtEnd: Bool { at == bytes.count }

    /// Skips OWS: blanks and tabs.
    mutating func skipSpace() {
        while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x09 { at += 1 }
    }

    /// Consumes one byte if it is the next one.
    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard at < bytes.count, bytes[at] == UInt8(ascii: character) else { return false }
        at += 1
        return true
    }

    /// Consumes a token (RFC 9110 section 5.6.2), or returns nil and consumes nothing.
    mutating func token() -> String? {
        text { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: Self.tokenMarks.contains(byte)
            }
        }
    }

    /// Consumes a quoted string (RFC 9110 section 5.6.4) and returns it without quotes and escapes, or nil if
    /// there is none or it does not end.
    mutating func quotedString() -> String? {
        guard take("\"") else { return nil }
        var value: [UInt8] = []
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: value, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard at < bytes.count else { return nil }
                value.append(bytes[at])
                at += 1
            case 0x09, 0x20...0x7E, 0x80...0xFF: value.append(byte)
            default: return nil
            }
        }
        return nil
    }

    /// Consumes a token or a quoted string.
    mutating func value() -> String? {
        at < bytes.count && bytes[at] == UInt8(ascii: "\"") ? quotedString() : token()
    }

    /// Consumes one or more decimal digits. A number that does not fit becomes `Int.max`.
    mutating func saturatedNumber() -> Int? {
        text { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.map { Int($0) ?? .max }
    }

    /// Consumes the opaque part of an entity tag with its quotes: `"etagc*"` (RFC 9110 section 8.8.3).
    mutating func opaqueTag() -> String? {
        let start = at
        guard take("\"") else { return nil }
        let inner = text { $0 == 0x21 || (0x23...0x7E).contains($0) || $0 >= 0x80 } ?? ""
        guard take("\"") else {
            at = start
            return nil
        }
        return inner
    }

    /// Consumes the longest non-empty run of bytes that satisfy the predicate.
    private mutating func text(_ belongs: (UInt8) -> Bool) -> String? {
        let start = at
        while at < bytes.count, belongs(bytes[at]) { at += 1 }
        return at > start ? String(decoding: bytes[start..<at], as: UTF8.self) : nil
    }

    private static let tokenMarks = Set("!#$%&'*+-.^_`|~".utf8)
}

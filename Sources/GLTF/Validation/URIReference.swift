/// A URI reference taken apart as far as glTF needs it (RFC 3986).
struct URIReference {
    /// A path alone, and not from the root: no scheme, authority, query or fragment.
    var isRelativePath: Bool

    /// Nil when the text is not a URI reference.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        let head = bytes.firstIndex { [0x2F, 0x3F, 0x23].contains($0) } ?? bytes.count
        var rest = bytes[...]
        var hasScheme = false
        if let colon = bytes[..<head].firstIndex(of: 0x3A) {
            guard Self.isScheme(bytes[..<colon]) else { return nil }
            hasScheme = true
            rest = bytes[(colon + 1)...]
        }
        let hasAuthority = rest.starts(with: [0x2F, 0x2F])
        if hasAuthority {
            let host = rest.dropFirst(2).prefix { ![0x2F, 0x3F, 0x23].contains($0) }
            guard Self.isAuthority(host) else { return nil }
        }
        let hasMore = rest.contains(0x3F) || rest.contains(0x23)
        isRelativePath = !(hasScheme || hasAuthority || hasMore || rest.first == 0x2F)
    }

    /// A letter, then letters, digits, `+`, `-`, `.`.
    private static func isScheme(_ bytes: ArraySlice<UInt8>) -> Bool {
        func isLetter(_ c: UInt8) -> Bool { (0x41...0x5A).contains(c & 0xDF) }
        guard let first = bytes.first, isLetter(first) else { return false }
        return bytes.allSatisfy {
            isLetter($0) || (0x30...0x39).contains($0) || [0x2B, 0x2D, 0x2E].contains($0)
        }
    }

    /// A port, where there is one, is a number; an IPv6 address is in brackets.
    private static func isAuthority(_ bytes: ArraySlice<UInt8>) -> Bool {
        let host = bytes.lastIndex(of: 0x40).map { bytes[($0 + 1)...] } ?? bytes
        if host.first == 0x5B { return host.contains(0x5D) }
        guard let colon = host.lastIndex(of: 0x3A) else { return true }
        let port = host[(colon + 1)...]
        return port.allSatisfy { (0x30...0x39).contains($0) }
            && (Int(String(decoding: port, as: UTF8.self)) ?? 0) < 65536
    }
}

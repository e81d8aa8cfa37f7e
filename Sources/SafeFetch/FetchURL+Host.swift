import Foundation
import ServiceHTTP

extension FetchURL.Host {
    /// Reads a host as a URL has it. Nil if it is neither a valid name nor a valid address.
    init?(_ text: Substring) {
        if text.hasPrefix("[") {
            guard let address = IPAddress(text.dropFirst().dropLast()), address.isV6 else { return nil }
            self = .address(address)
            return
        }
        guard text.utf8.count <= 1024, !text.contains("%"), let ascii = Self.ascii(text) else { return nil }
        var name = ascii.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard name.utf8.count <= 253, let last = labels.last else { return nil }
        if Self.isNumeric(last) {
            guard let address = Self.number(labels) else { return nil }
            self = .address(.v4(address))
            return
        }
        let isValid = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count)
                && label.utf8.allSatisfy { byte in
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (0x30...0x39).contains(byte)
                        || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
                }
        }
        guard isValid else { return nil }
        self = .name(name)
    }

    /// The name in ASCII: international labels become `xn--...` (UTS 46).
    private static func ascii(_ text: Substring) -> String? {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return String(text) }
        guard let host = URLComponents(string: "http://\(text)/")?.encodedHost,
            host.utf8.allSatisfy({ $0 < 0x80 && $0 != UInt8(ascii: "%") })
        else { return nil }
        return host
    }

    /// Whether the last label makes the host an IPv4 address (WHATWG URL, "ends in a number").
    private static func isNumeric(_ label: Substring) -> Bool {
        guard !label.isEmpty else { return false }
        if label.utf8.allSatisfy({ (0x30...0x39).contains($0) }) { return true }
        return label.hasPrefix("0x") && label.dropFirst(2).allSatisfy(\.isHexDigit)
    }

    /// The WHATWG URL standard's IPv4 parser: one to four numbers, decimal, octal or hexadecimal; the last
    /// one fills the rest of the address.
    private static func number(_ labels: [Substring]) -> UInt32? {
        guard (1...4).contains(labels.count) else { return nil }
        var value: UInt64 = 0
        for (index, label) in labels.enumerated() {
            guard let part = number(label) else { return nil }
            let isLast = index == labels.count - 1
            let bytes = isLast ? 5 - labels.count : 1
            guard part < 1 << UInt64(8 * bytes) else { return nil }
            value = value << UInt64(8 * bytes) | part
        }
        return UInt32(exactly: value)
    }

    private static func number(_ label: Substring) -> UInt64? {
        // Swift's own readers of numbers take signs.
        guard !label.isEmpty, label.utf8.count <= 64, !label.contains("+"), !label.contains("-") else {
            return nil
        }
        if label.hasPrefix("0x") { return label == "0x" ? 0 : UInt64(label.dropFirst(2), radix: 16) }
        if label.hasPrefix("0") { return label == "0" ? 0 : UInt64(label.dropFirst(), radix: 8) }
        return UInt64(label)
    }
}

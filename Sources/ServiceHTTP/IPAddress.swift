/// An IPv4 or IPv6 address as a number. It is read from text strictly and never by the operating system's
/// readers, which accept octal, hexadecimal and short forms.
public enum IPAddress: Hashable, Sendable {
    case v4(UInt32)
    case v6(high: UInt64, low: UInt64)

    /// Reads dotted decimal with four numbers and no leading zeros, or the IPv6 text of RFC 4291 section 2.2,
    /// without brackets and without a zone. Fails for anything else.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count <= 45 else { return nil }
        let bytes = Array(text.utf8)
        if let address = Self.dotted(bytes[...]) {
            self = .v4(address)
        } else if let (high, low) = Self.colons(bytes) {
            self = .v6(high: high, low: low)
        } else {
            return nil
        }
    }

    /// Sixteen bytes in network order become IPv6, four IPv4.
    public init?(bytes: some Collection<UInt8>) {
        func number(_ part: some Sequence<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
        switch bytes.count {
        case 4: self = .v4(UInt32(truncatingIfNeeded: number(bytes)))
        case 16: self = .v6(high: number(bytes.prefix(8)), low: number(bytes.dropFirst(8)))
        default: return nil
        }
    }

    private static func dotted(_ bytes: ArraySlice<UInt8>) -> UInt32? {
        let parts = bytes.split(separator: UInt8(ascii: "."), maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.count), part.allSatisfy({ (0x30...0x39).contains($0) }),
                part.count == 1 || part.first != UInt8(ascii: "0")
            else { return nil }
            let number = part.reduce(UInt32(0)) { $0 * 10 + UInt32($1 - 0x30) }
            guard number <= 255 else { return nil }
            value = value << 8 | number
        }
        return value
    }

    private static func colons(_ bytes: [UInt8]) -> (UInt64, UInt64)? {
        var groups: [UInt16] = []
        var gap: Int?
        var at = 0
        if bytes.starts(with: [0x3A, 0x3A]) {
            gap = 0
            at = 2
        }
        while at < bytes.count {
            let end = bytes[at...].firstIndex(of: UInt8(ascii: ":")) ?? bytes.count
            let part = bytes[at..<end]
            if end == bytes.count, let embedded = dotted(part) {
                groups += [UInt16(embedded >> 16), UInt16(truncatingIfNeeded: embedded)]
            } else {
                guard (1...4).contains(part.count), part.allSatisfy(\.isHexDigit),
                    let group = UInt16(String(decoding: part, as: UTF8.self), radix: 16)
                else { return nil }
                groups.append(group)
            }
            guard groups.count <= 8 else { return nil }
            at = end + 1
            if end == bytes.count { break }
            guard at < bytes.count else { return nil }
            if bytes[at] == UInt8(ascii: ":") {
                guard gap == nil else { return nil }
                gap = groups.count
                at += 1
            }
        }
        if let gap {
            guard groups.count <= 7 else { return nil }
            groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
        }
        guard groups.count == 8 else { return nil }
        func half(_ part: ArraySlice<UInt16>) -> UInt64 { part.reduce(0) { $0 << 16 | UInt64($1) } }
        return (half(groups[..<4]), half(groups[4...]))
    }

    /// The IPv4 address where this is one, or an IPv6 address that maps one (`::ffff:0:0/96`); otherwise
    /// itself.
    public var unmapped: IPAddress {
        if case .v6(0, let low) = self, low >> 32 == 0xFFFF { return .v4(UInt32(truncatingIfNeeded: low)) }
        return self
    }

    public var isV6: Bool {
        if case .v6 = self { return true }
        return false
    }
}

extension IPAddress: CustomStringConvertible {
    /// The canonical text: dotted decimal, or the form of RFC 5952 section 4 (without dots).
    public var description: String {
        switch self {
        case .v4(let value):
            return [24, 16, 8, 0].map { String(value >> UInt32($0) & 0xFF) }.joined(separator: ".")
        case .v6(let high, let low):
            let groups = [high, low].flatMap { half in
                [48, 32, 16, 0].map { UInt16(truncatingIfNeeded: half >> UInt64($0)) }
            }
            return Self.text(groups)
        }
    }

    private static func text(_ groups: [UInt16]) -> String {
        // The longest run of two or more zeros becomes `::`; of equals the first.
        var best = 0..<0
        var at = 0
        while at < groups.count {
            let end = groups[at...].firstIndex { $0 != 0 } ?? groups.count
            if end - at >= 2, end - at > best.count { best = at..<end }
            at = max(end, at + 1)
        }
        func hex(_ part: ArraySlice<UInt16>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard !best.isEmpty else { return hex(groups[...]) }
        return hex(groups[..<best.lowerBound]) + "::" + hex(groups[best.upperBound...])
    }
}

extension UInt8 {
    /// Whether the byte is an ASCII hexadecimal digit.
    fileprivate var isHexDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}

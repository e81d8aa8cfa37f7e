extension IPAddress {
    /// Whether the address is a public one: unicast, and reachable from anywhere in the Internet.
    ///
    /// IPv6 addresses that carry an IPv4 address (mapped, compatible, 6to4, NAT64, ISATAP) are judged by the
    /// address that they carry, since a translator on the way may deliver to it. Sources: the IANA
    /// special-purpose address registries (RFC 6890 and updates), RFC 4291, RFC 6052, RFC 3056.
    public var isGlobalUnicast: Bool {
        switch self {
        case .v4: return !Self.special4.contains { $0.contains(self) }
        case .v6(let high, let low):
            if let carried = Self.carried(high, low) { return IPAddress.v4(carried).isGlobalUnicast }
            guard high >> 61 == 0b001, !Self.special6.contains(where: { $0.contains(self) }) else {
                return false
            }
            // ISATAP (RFC 5214): the interface id ::0:5efe:a.b.c.d or ::200:5efe:a.b.c.d.
            if low >> 32 & 0xFDFF_FFFF == 0x0000_5EFE {
                return IPAddress.v4(UInt32(truncatingIfNeeded: low)).isGlobalUnicast
            }
            return true
        }
    }

    /// The IPv4 address inside an IPv6 address of the formats that carry nothing else.
    private static func carried(_ high: UInt64, _ low: UInt64) -> UInt32? {
        // 6to4, 2002::/16 (RFC 3056 section 2).
        if high >> 48 == 0x2002 { return UInt32(truncatingIfNeeded: high >> 16) }
        let last = UInt32(truncatingIfNeeded: low)
        switch (high, low >> 32) {
        // IPv4-compatible ::/96, `::` and `::1` among it, and IPv4-mapped ::ffff:0:0/96 (RFC 4291 section
        // 2.5.5).
        case (0, 0), (0, 0xFFFF): return last
        // NAT64, 64:ff9b::/96 (RFC 6052 section 2.1).
        case (0x0064_FF9B_0000_0000, 0): return last
        default: return nil
        }
    }

    private static let special4 = [
        "0.0.0.0/8",  // this network
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",  // private
        "100.64.0.0/10",  // carrier-grade NAT
        "127.0.0.0/8",  // loopback
        "169.254.0.0/16",  // link-local; instance metadata of most clouds
        "168.63.129.16/32",  // Azure's host, reachable from inside only
        "192.0.0.0/24",  // IETF protocol assignments
        "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24",  // documentation
        "192.88.99.0/24",  // 6to4 relay anycast, withdrawn
        "198.18.0.0/15",  // benchmarks
        "224.0.0.0/4",  // multicast
        "240.0.0.0/4",  // reserved; broadcast
    ].compactMap { AddressBlock($0) }

    /// Exceptions inside 2000::/3, the only part of the address space that is assigned to global unicast.
    private static let special6 = [
        "2001::/23",  // IETF protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32", "3fff::/20",  // documentation
    ].compactMap { AddressBlock($0) }
}

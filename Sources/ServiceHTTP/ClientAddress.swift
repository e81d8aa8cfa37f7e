/// Who a request comes from, where proxies stand before the service.
public enum ClientAddress {
    /// Proxies in a row that are believed at most.
    private static let maximumHops = 32

    /// The address of the client: the last entry of `X-Forwarded-For` that no trusted proxy stands behind.
    ///
    /// Every proxy appends the address that it was called from, so that the entries are right from the end
    /// backwards as long as trusted proxies wrote them. The walk ends at the first address that is not a
    /// trusted proxy's, and before an entry that is not an address. A peer that is not trusted is the client
    /// itself, whatever its headers say.
    /// - Parameters:
    ///   - peer: The address of the connection.
    ///   - forwardedFor: The lines of `X-Forwarded-For`, in order.
    ///   - trusted: The blocks of the operator's own proxies.
    public static func resolve(
        peer: IPAddress, forwardedFor lines: [String], trusted: [AddressBlock]
    ) -> IPAddress {
        var client = peer.unmapped
        let text = lines.joined(separator: ",")
        var rest = text.utf8.suffix(FieldScanner.maximumLength)
        for _ in 0..<maximumHops {
            guard trusted.contains(where: { $0.contains(client) }), !rest.isEmpty else { return client }
            let comma = rest.lastIndex(of: UInt8(ascii: ","))
            let entry = comma.map { rest[rest.index(after: $0)...] } ?? rest
            rest = comma.map { rest[..<$0] } ?? rest.prefix(0)
            guard let address = address(String(decoding: entry, as: UTF8.self)) else { return client }
            client = address.unmapped
        }
        return client
    }

    /// The key under which requests of a client are counted: the address, and for IPv6 its /64 block, since
    /// one customer commonly owns all of that.
    public static func rateKey(_ address: IPAddress) -> String {
        let plain = address.unmapped
        return plain.isV6 ? "\(AddressBlock(plain, 64))" : "\(plain)"
    }

    /// An entry: an address, `[v6]`, `v4:port` or `[v6]:port`.
    private static func address(_ entry: String) -> IPAddress? {
        let text = entry.trimming { $0 == " " || $0 == "\t" }
        if let plain = IPAddress(text) { return plain }
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            guard isPort(text[text.index(after: end)...]) else { return nil }
            return IPAddress(text[text.index(after: text.startIndex)..<end]).flatMap { $0.isV6 ? $0 : nil }
        }
        guard let colon = text.firstIndex(of: ":"), isPort(text[colon...]) else { return nil }
        return IPAddress(text[..<colon])
    }

    /// Whether a text is empty or `:` with a port.
    private static func isPort(_ text: Substring) -> Bool {
        text.isEmpty
            || (text.first == ":" && (2...6).contains(text.utf8.count)
                && text.utf8.dropFirst().allSatisfy { (0x30...0x39).contains($0) })
    }
}

extension String {
    /// The text without the characters at both ends that satisfy the predicate.
    fileprivate func trimming(_ belongs: (Character) -> Bool) -> Substring {
        var text = self[...]
        while let first = text.first, belongs(first) { text.removeFirst() }
        while let last = text.last, belongs(last) { text.removeLast() }
        return text
    }
}

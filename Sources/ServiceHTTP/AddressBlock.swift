import AvatariumCore

/// A block of addresses in CIDR notation, such as `10.0.0.0/8` or `2001:db8::/32`.
public struct AddressBlock: Sendable, Hashable, CustomStringConvertible {
    private let base: IPAddress
    private let length: Int

    /// Reads a block, or an address, which is a block of one. Bits of the address behind the prefix are
    /// ignored.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = IPAddress(parts[0]) else { return nil }
        let maximum = address.isV6 ? 128 : 32
        if parts.count == 2 {
            guard (1...3).contains(parts[1].utf8.count),
                parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let length = Int(parts[1]), length <= maximum
            else { return nil }
            self.init(address, length)
        } else {
            self.init(address, maximum)
        }
    }

    /// The block of `length` leading bits of an address; lengths out of range are clamped. A block of
    /// IPv4-mapped addresses becomes the block of the IPv4 addresses.
    public init(_ address: IPAddress, _ length: Int) {
        let isMapped = address.isV6 && !address.unmapped.isV6 && length >= 96
        let address = isMapped ? address.unmapped : address
        self.length = min(max(isMapped ? length - 96 : length, 0), address.isV6 ? 128 : 32)
        base = address.masked(self.length)
    }

    /// Reads a list of blocks from a setting.
    /// - Throws: E071 that names the first text which is not a block.
    public static func list(_ texts: [String], setting: String) throws(AvatariumError) -> [AddressBlock] {
        var blocks: [AddressBlock] = []
        for text in texts {
            guard let block = AddressBlock(text) else {
                throw AvatariumError(
                    .invalidConfig,
                    "\(setting): '\(text)' is not an address block; write 10.0.0.0/8 or fd00::/8",
                    context: ["field": setting])
            }
            blocks.append(block)
        }
        return blocks
    }

    /// Whether the block holds an address. An IPv4-mapped IPv6 address counts as the IPv4 address.
    public func contains(_ address: IPAddress) -> Bool {
        let plain = base.isV6 ? address : address.unmapped
        return plain.isV6 == base.isV6 && plain.masked(length) == base
    }

    public var description: String { "\(base)/\(length)" }
}

extension IPAddress {
    /// The address with all but its `length` leading bits cleared.
    func masked(_ length: Int) -> IPAddress {
        // A shift by the whole width gives zero.
        switch self {
        case .v4(let value): .v4(value & (UInt32.max << UInt32(32 - length)))
        case .v6(let high, let low):
            .v6(
                high: high & (UInt64.max << UInt64(max(0, 64 - length))),
                low: low & (UInt64.max << UInt64(min(64, 128 - length))))
        }
    }
}

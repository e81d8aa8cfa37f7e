/// `asset.version`: two numbers and a dot.
struct AssetVersion: Comparable {
    var major: Int
    var minor: Int

    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let major = Int(parts[0]), let minor = Int(parts[1])
        else { return nil }
        self.major = major
        self.minor = minor
    }

    @Sendable static func isWellFormed(_ text: String) -> Bool { AssetVersion(text) != nil }

    static func < (a: AssetVersion, b: AssetVersion) -> Bool { (a.major, a.minor) < (b.major, b.minor) }
}

/// The attribute names of a primitive (glTF 2.0, section 3.7.2.1): which there are, and how many of the
/// numbered ones.
struct AttributeSemantics {
    var names: Set<String> = []
    /// Sets by semantic; one with a gap in its numbers counts as none.
    var counts: [String: Int] = [:]
    var invalid: [String] = []
    /// Numbered semantics that do not run from 0 without gaps.
    var broken: [String] = []
    var jointsMatchWeights = true

    static let numbered = ["COLOR", "JOINTS", "TEXCOORD", "WEIGHTS"]

    init(_ all: [String] = []) {
        names = Set(all)
        var largest: [String: Int] = [:]
        for name in all where !name.hasPrefix("_") && !["POSITION", "NORMAL", "TANGENT"].contains(name) {
            guard let (semantic, number) = Self.split(name), Self.numbered.contains(semantic) else {
                invalid.append(name)
                continue
            }
            counts[semantic, default: 0] += 1
            largest[semantic] = max(largest[semantic] ?? -1, number)
        }
        for semantic in Self.numbered where (largest[semantic] ?? -1) + 1 != counts[semantic] ?? 0 {
            broken.append(semantic)
            counts[semantic] = 0
        }
        jointsMatchWeights = counts["JOINTS"] ?? 0 == counts["WEIGHTS"] ?? 0
        if !jointsMatchWeights {
            counts["JOINTS"] = 0
            counts["WEIGHTS"] = 0
        }
    }

    /// Whether drawing can do without the attribute of that name: it shades, or glTF does not know it.
    static func isSpare(_ name: String) -> Bool {
        guard name != "POSITION" else { return false }
        guard let (semantic, _) = split(name) else { return true }
        return !["JOINTS", "WEIGHTS"].contains(semantic)
    }

    /// A name like `TEXCOORD_0` in its two parts; no leading zeros.
    static func split(_ name: String) -> (semantic: String, number: Int)? {
        let parts = name.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[1].isEmpty, parts[1] == "0" || !parts[1].hasPrefix("0"),
            parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(parts[1])
        else { return nil }
        return (String(parts[0]), number)
    }
}

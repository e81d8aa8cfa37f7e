/// What a registry knows, under its lock.
struct RegistryState {
    var descriptions: [String: Description] = [:]
    var families: [String: Family] = [:]
    /// Every name that a line can start with, `_bucket`, `_sum` and `_count` included, and the family
    /// that owns it.
    var owners: [String: String] = [:]
    var series: [ObjectIdentifier: (family: String, labels: LabelSet)] = [:]
    var conflicts = 0

    /// The family of a name: the one that exists, or the new one. Nil if the name is taken by another
    /// type, or if there are `limit` families already.
    mutating func admit(_ name: String, _ new: Family, limit: Int) -> Family? {
        if let existing = families[name] { return existing.kind == new.kind ? existing : nil }
        let names = new.kind.names(name)
        guard families.count < limit, names.allSatisfy({ owners[$0] == nil }) else { return nil }
        for each in names { owners[each] = name }
        families[name] = new
        return new
    }

    struct Description {
        var help: String
        var buckets: [Double]?
    }

    struct Family {
        var kind: MetricKind
        var buckets: [Double]
        var series: [LabelSet: Series] = [:]
    }
}

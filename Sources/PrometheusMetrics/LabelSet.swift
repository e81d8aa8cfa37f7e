/// The labels of one series: valid names, each once, in the order of names.
struct LabelSet: Hashable, Comparable, Sendable {
    private struct Label: Hashable {
        var name: String
        var value: String
    }

    private var labels: [Label] = []

    /// Characters that names must not have become underscores, `le` and `__...` get a prefix since Prometheus
    /// reserves them, and of a repeated name the last value counts.
    /// - Parameter limit: Values are cut after this many bytes.
    init(_ dimensions: [(String, String)], limit: Int) {
        var values: [String: String] = [:]
        for (name, value) in dimensions {
            let clean = MetricName.sanitized(name, allowsColon: false)
            let isReserved = clean == "le" || clean == "quantile" || clean.hasPrefix("__")
            values[isReserved ? "exported_" + clean : clean] = value.cut(to: limit)
        }
        labels = values.map { Label(name: $0.key, value: $0.value) }.sorted { $0.name < $1.name }
    }

    /// No labels.
    static let none = LabelSet([], limit: 0)
    /// Stands for every series that a full family has no room for.
    static let overflow = LabelSet([("overflow", "true")], limit: 4)

    func adding(_ label: (name: String, value: String)) -> LabelSet {
        var copy = self
        copy.labels.append(Label(name: label.name, value: label.value))
        return copy
    }

    /// `{name="value",...}`, or nothing.
    var text: String {
        guard !labels.isEmpty else { return "" }
        return "{"
            + labels.map { "\($0.name)=\"\(TextWriter.escaped($0.value, quotes: true))\"" }.joined(
                separator: ",")
            + "}"
    }

    static func < (a: LabelSet, b: LabelSet) -> Bool {
        for (x, y) in zip(a.labels, b.labels) where x != y { return (x.name, x.value) < (y.name, y.value) }
        return a.labels.count < b.labels.count
    }
}

/// Names of metrics and labels.
enum MetricName {
    /// Names end after this many characters.
    private static let maximumLength = 200

    /// Replaces what Prometheus does not allow in a name by underscores, and adds a suffix unless it is there
    /// already.
    static func sanitized(_ text: String, suffix: String = "", allowsColon: Bool = true) -> String {
        var name = ""
        for scalar in text.unicodeScalars.prefix(maximumLength) {
            switch scalar {
            case "a"..."z", "A"..."Z", "_": name.unicodeScalars.append(scalar)
            case "0"..."9": name += name.isEmpty ? "_\(scalar)" : "\(scalar)"
            case ":" where allowsColon: name += ":"
            default: name += "_"
            }
        }
        if name.isEmpty { name = "_" }
        return name.hasSuffix(suffix) ? name : name + suffix
    }

    /// The name as it was before a suffix was added.
    static func withoutSuffix(_ name: String) -> String {
        for suffix in ["_total", "_seconds"] where name.hasSuffix(suffix) {
            return String(name.dropLast(suffix.count))
        }
        return name
    }
}

extension String {
    /// At most `limit` bytes, cut between scalars.
    fileprivate func cut(to limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var scalars = String.UnicodeScalarView()
        var count = 0
        for scalar in unicodeScalars {
            count += UTF8.width(scalar)
            guard count <= limit else { break }
            scalars.append(scalar)
        }
        return String(scalars)
    }
}

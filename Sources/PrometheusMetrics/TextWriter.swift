/// Writes lines of Prometheus' text format 0.0.4.
struct TextWriter {
    private(set) var text = ""

    mutating func header(name: String, help: String, kind: MetricKind) {
        text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(kind.text)\n"
    }

    mutating func line(name: String, labels: LabelSet, value: String) {
        text += "\(name)\(labels.text) \(value)\n"
    }

    /// Returns a number as Go's ParseFloat reads it.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == value.rounded(), abs(value) < 1e15 { return "\(Int64(value))" }
        return "\(value)"
    }

    /// Escapes backslash and line feed, and in label values the quotation mark.
    static func escaped(_ value: String, quotes: Bool) -> String {
        var result = String.UnicodeScalarView()
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": result.append(contentsOf: "\\\\".unicodeScalars)
            case "\n": result.append(contentsOf: "\\n".unicodeScalars)
            case "\"" where quotes: result.append(contentsOf: "\\\"".unicodeScalars)
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}

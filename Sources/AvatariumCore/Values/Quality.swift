/// How much work goes into a clip: into drawing its frames, and into compressing them.
///
/// `draft` saves time, `standard` is the default, and `high` is for a final picture. docs/PERFORMANCE.md has the cost and
/// the loss of each.
public enum Quality: String, Sendable, Codable, ChoiceDecodable {
    case draft, standard, high

    /// Returns the value for this quality.
    package func choose<Value>(draft: Value, standard: Value, high: Value) -> Value {
        switch self {
        case .draft: draft
        case .standard: standard
        case .high: high
        }
    }
}

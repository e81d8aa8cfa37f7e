/// The effort for rendering and compressing a clip.
///
/// `draft` saves time, `standard` is the default, and `high` is for a final picture. docs/PERFORMANCE.md states
/// the cost and the loss of each.
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

/// How much work goes into a clip: into drawing its frames, and into compressing them.
///
/// `draft` saves time, `standard` is the default, and `high` is for a final picture. docs/PERFORMANCE.md has the cost and
/// the loss of each.
public enum Quality: String, Sendable, Codable, ChoiceDecodable {
    case draft, standard, high
}

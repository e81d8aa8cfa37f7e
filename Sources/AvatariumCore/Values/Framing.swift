/// How much of an avatar a picture shows.
public enum Framing: String, Sendable, Codable, ChoiceDecodable {
    /// The head, with some air above.
    case face
    /// Head and shoulders.
    case bust
    /// All of it.
    case body
}

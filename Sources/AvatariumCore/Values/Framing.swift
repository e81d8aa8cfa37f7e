/// The part of an avatar that a picture shows.
public enum Framing: String, Sendable, Codable, ChoiceDecodable {
    /// The head, with some air above.
    case face
    /// Head and shoulders.
    case bust
    /// Down to the hips, with room for the hands beside and before the body.
    case waist
    /// All of it.
    case body
}

import AvatariumCore

/// The mapping from scene-linear light to display colours.
public enum ToneMap: String, Sendable, Codable, ChoiceDecodable {
    /// Stephen Hill's fit of the ACES reference and output transforms, as three.js scales it.
    case aces
    /// Khronos PBR Neutral: base colours come out as authored, highlights are compressed.
    case neutral
    /// No curve: values above 1 are cut. Written `none`.
    case linear = "none"
}

import AvatariumCore

/// Values that a caller sets in addition to the face track.
public struct PoseOverrides: Sendable, Equatable {
    /// Weights by the name of a morph target, an ARKit shape (`jawOpen`), a viseme (`viseme_PP`) or a VRM
    /// expression, whichever is found first; they replace the values of the track.
    public var weights: [String: Float] = [:]
    /// The only viseme of the mouth, with its weight.
    public var viseme: OculusViseme?
    public var visemeWeight: Float = 1
    /// A VRM expression by name, or an emotion.
    public var expression: String?
    public var expressionWeight: Float = 1
    /// One of the model's own animations by name or number.
    public var clip: String?
    /// The time within the animation in seconds; it loops.
    public var clipSeconds: Double = 0

    public init() {}
}

import AvatariumCore

/// What a caller sets by hand on top of the face track.
public struct PoseOverrides: Sendable, Equatable {
    /// Weights by the name of a morph target, an ARKit shape (`jawOpen`), a viseme (`viseme_PP`) or a VRM
    /// expression, whichever is found first; they replace what the track says.
    public var weights: [String: Float] = [:]
    /// The only viseme on the mouth, with its weight.
    public var viseme: OculusViseme?
    public var visemeWeight: Float = 1
    /// A VRM expression by name, or an emotion.
    public var expression: String?
    public var expressionWeight: Float = 1
    /// One of the model's own animations by name or number.
    public var clip: String?
    /// Position in the clip, seconds; it repeats.
    public var clipSeconds: Double = 0

    public init() {}
}

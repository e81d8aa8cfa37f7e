/// What a named clip of a rig is: one of the model's own animations, or a motion brought from elsewhere.
enum RigClip: Sendable {
    case own(ClipPlayer)
    case body(BodyClipPlayer)

    /// The nodes whose rotation the clip animates.
    var turnedNodes: Set<Int> {
        switch self {
        case .own(let player): player.turnedNodes
        case .body(let player): player.turnedNodes
        }
    }
}

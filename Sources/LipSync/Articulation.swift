import AvatariumCore

/// How a sound is made, as far as it shows: its target pose, how strongly it insists on it, and its timing.
struct Articulation: Equatable, Sendable {
    /// Timing classes: where in the phone the target is held.
    enum Timing: Sendable { case closure, labiodental, rounded, plain, silence }

    var pose: MouthPose
    /// 0 (takes the shape of its neighbours) ... 1 (yields to nothing).
    var dominance: Float
    var timing: Timing
    var isVowel: Bool

    var isClosure: Bool { timing == .closure }
    var isSilence: Bool { timing == .silence }

    static let silence = Articulation(pose: .rest, dominance: 0.5, timing: .silence, isVowel: false)
}

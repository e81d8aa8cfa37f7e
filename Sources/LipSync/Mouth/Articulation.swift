import AvatariumCore

/// How a sound is made, as far as it shows.
struct Articulation: Equatable, Sendable {
    /// What has to touch: a contact is made at its time whatever the neighbours do.
    enum Contact: Sendable { case lips, teeth }

    var pose: MouthPose
    /// 0 (takes the mouth of its neighbours) ... 1 (yields to nothing).
    var dominance: Float
    /// The dominance in viseme weights: tongue articulations do not move the lips but do show as visemes.
    var visemeDominance: Float
    var contact: Contact?
    var isVowel: Bool
    var isSilence = false

    static let silence = Articulation(
        pose: .rest, dominance: 0.4, visemeDominance: 0.4, contact: nil, isVowel: false, isSilence: true)
}

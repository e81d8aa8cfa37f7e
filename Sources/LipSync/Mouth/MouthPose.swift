import AvatariumCore

/// What the articulators do at one instant, and the same mouth as viseme weights.
///
/// Channels of different sounds are blended as one vector, so that a pose between two sounds is one too.
struct MouthPose: Equatable, Sendable {
    enum Channel: Int, Sendable {
        /// Opening between the lips, 0 (closed firmly) ... 1 (the widest of ordinary speech).
        case aperture
        /// How much wider than the lips need the jaw is open, in the same unit: lips closing over an open jaw.
        case jaw
        /// Lip corners drawn aside.
        case spread
        /// Lips narrowed and pushed forward, as in u.
        case round
        /// Lips flared forward, as in ʃ.
        case flare
        /// Lower lip under the upper teeth.
        case labiodental
        /// Lips pressed together.
        case press
        /// Tongue tip between the teeth.
        case tongue
    }

    var channels: SIMD8<Float>
    /// By `OculusViseme.rawValue`; the 16th is unused. They sum to 1.
    var visemes: SIMD16<Float>

    init(channels: SIMD8<Float> = SIMD8(), visemes: SIMD16<Float> = SIMD16()) {
        self.channels = channels
        self.visemes = visemes
    }

    init(
        aperture: Float, spread: Float = 0, round: Float = 0, flare: Float = 0, labiodental: Float = 0,
        tongue: Float = 0, _ weights: [OculusViseme: Float]
    ) {
        channels = SIMD8(aperture, 0, spread, round, flare, labiodental, 0, tongue)
        visemes = SIMD16()
        for (viseme, weight) in weights { visemes[viseme.rawValue] = weight }
    }

    /// Lips at rest: the neutral face.
    static let rest = MouthPose(aperture: LipAperture.rest, [.sil: 1])

    subscript(channel: Channel) -> Float {
        get { channels[channel.rawValue] }
        set { channels[channel.rawValue] = newValue }
    }
}

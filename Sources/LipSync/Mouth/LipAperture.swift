import AvatariumCore

/// The unit in which apertures are given: 0 closed lips, 1 the widest of ordinary speech.
enum LipAperture {
    /// Gap of the reference face at aperture 1, millimetres.
    static let fullGap: Float = 24
    /// Aperture of the neutral face.
    static let rest = ReferenceLips.neutralGap / fullGap
}

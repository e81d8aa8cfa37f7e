import AvatariumCore
import Phonetics

extension Articulation {
    /// The mouth of a vowel quality anywhere in the vowel space.
    ///
    /// Apertures order as the measured means of English vowels do (docs/LIPSYNC.md) and lie a little further
    /// apart, because the window of `MouthCurve` brings them together again: they open with the tongue, back
    /// vowels less than front ones; central ones are slack; rounded ones small.
    static func vowel(_ quality: IPAFeatures.Vowel, nasal: Bool = false) -> Articulation {
        let open = clamp(quality.openness, 0, 1)
        let back = clamp(quality.backness, 0, 1)
        let rounding = clamp(quality.rounding, 0, 1)
        let slack = 1 - abs(2 * back - 1)
        let unrounded = 0.47 + 0.37 * open - 0.22 * back * open - 0.14 * slack * (1 - 0.6 * open)
        var pose = MouthPose(
            aperture: mix(unrounded, 0.29 + 0.36 * open, rounding) + (nasal ? 0.03 : 0),
            spread: (1 - rounding) * (1 - back) * (0.62 - 0.45 * open),
            round: rounding * (1 - 0.5 * open), flare: 0.4 * rounding * open,
            visemes(open, back, rounding))
        if quality.rhotic {
            pose[.aperture] = mix(pose[.aperture], 0.43, 0.6)
            pose[.round] = max(pose[.round], 0.35)
            pose.visemes *= 0.5
            pose.visemes[OculusViseme.RR.rawValue] += 0.5
        }
        pose[.jaw] = 0.06 * pose[.round]
        return Articulation(
            pose: pose, dominance: 0.6 + 0.2 * pose[.round], visemeDominance: 0.8, contact: nil,
            isVowel: true)
    }

    /// The two nearest of the five vowel visemes, the nearer the more; slack vowels are weaker.
    private static func visemes(_ open: Float, _ back: Float, _ rounding: Float) -> [OculusViseme: Float] {
        let corners: [(OculusViseme, SIMD3<Float>)] = [
            (.I, SIMD3(0.05, 0.1, 0)), (.E, SIMD3(0.5, 0.1, 0)), (.aa, SIMD3(1, 0.5, 0)),
            (.O, SIMD3(0.5, 1, 0.9)), (.U, SIMD3(0, 0.9, 1)),
        ]
        // Lips tell more than the tongue's front and back.
        let scale = SIMD3<Float>(1, 0.35, 1)
        let point = SIMD3(open, back, rounding)
        let near = corners.map { viseme, corner in
            let offset = (point - corner) * scale
            return (viseme, 1 / (dot(offset, offset) + 0.01))
        }.sorted { $0.1 > $1.1 }
        let share = near[0].1 / (near[0].1 + near[1].1)
        let slack = (1 - abs(2 * back - 1)) * (1 - abs(2 * open - 1)) * (1 - rounding)
        let strength = 1 - 0.3 * slack
        return [near[0].0: share * strength, near[1].0: (1 - share) * strength, .sil: 1 - strength]
    }
}

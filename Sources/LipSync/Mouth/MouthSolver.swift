import AvatariumCore

/// Step 4: solves the gap equation for the ARKit coefficients of a mouth pose, at every instant and not only
/// for closures, so that the lips are exactly as far apart as the pose asks whatever else the face does.
enum MouthSolver {
    static func solve(_ pose: MouthPose, into frame: inout FaceFrame) {
        let spread = pose[.spread]
        let round = pose[.round]
        let flare = pose[.flare]
        let labiodental = pose[.labiodental]
        let press = pose[.press]
        // A silent mouth opens as the emotion likes, a speaking one as speech does.
        let emotionGap = ReferenceLips.gapOverNeutral(frame.shapes) * pose.visemes[OculusViseme.sil.rawValue]
        let open = max(0, pose[.aperture] - LipAperture.rest)
        // What speech needs of the lips pushes what an emotion does with them aside.
        let grip = min(1, max(max(round, flare), max(labiodental, press)))
        let speaking = 1 - pose.visemes[OculusViseme.sil.rawValue]
        for shape in yielding { frame[shape] *= (1 - 0.7 * grip) * (1 - 0.2 * speaking) }

        frame[.mouthFunnel] += 0.5 * flare
        frame[.mouthPucker] += 0.75 * round + 0.2 * flare
        for (stretch, smile, dimple) in [
            (ARKitShape.mouthStretchLeft, ARKitShape.mouthSmileLeft, ARKitShape.mouthDimpleLeft),
            (.mouthStretchRight, .mouthSmileRight, .mouthDimpleRight),
        ] {
            frame[stretch] += 0.35 * spread
            frame[smile] += 0.15 * spread
            frame[dimple] += 0.12 * spread
        }
        let teeth = 0.25 * spread + 0.25 * open
        frame[.mouthLowerDownLeft] += teeth
        frame[.mouthLowerDownRight] += teeth
        frame[.mouthUpperUpLeft] += 0.6 * teeth + 0.22 * labiodental
        frame[.mouthUpperUpRight] += 0.6 * teeth + 0.22 * labiodental
        frame[.mouthRollLower] += 0.6 * labiodental + 0.22 * press
        frame[.mouthRollUpper] += 0.22 * press
        frame[.mouthPressLeft] += 0.3 * press
        frame[.mouthPressRight] += 0.3 * press
        frame[.tongueOut] += 0.3 * pose[.tongue]
        for shape in lips { frame[shape] = min(max(frame[shape], 0), 1) }

        frame[.jawOpen] = 0
        frame[.mouthClose] = 0
        let wanted =
            (pose[.aperture] - LipAperture.rest) * LipAperture.fullGap + emotionGap
        let missing =
            (wanted - ReferenceLips.gapOverNeutral(frame.shapes)) / ReferenceLips.gapChange(of: .jawOpen)
        // What the jaw is open beyond what the lips need, the lips close again over it; and they take back a
        // little of what their own shapes would open.
        let surplus = pose[.jaw] * LipAperture.fullGap / ReferenceLips.gapChange(of: .jawOpen)
        frame[.jawOpen] = min(1, ramp(missing) + surplus)
        frame[.mouthClose] = clamp(frame[.jawOpen] - missing, 0, frame[.jawOpen] + overlap)
        narrow(&frame, by: ReferenceLips.gapOverNeutral(frame.shapes) - wanted)
        for index in 0..<OculusViseme.count { frame.visemes[index] = pose.visemes[index] }
    }

    /// Takes back what holds the lips apart where closing over the jaw is not enough (a snarl on a p).
    private static func narrow(_ frame: inout FaceFrame, by excess: Float) {
        guard excess > 1e-4 else { return }
        var opening: Float = 0
        for shape in openers { opening += frame[shape] * ReferenceLips.gapChange(of: shape) }
        guard opening > 0 else { return }
        let kept = max(0, 1 - excess / opening)
        for shape in openers { frame[shape] *= kept }
    }

    private static let openers: [ARKitShape] = [
        .mouthUpperUpLeft, .mouthUpperUpRight, .mouthLowerDownLeft, .mouthLowerDownRight, .mouthFunnel,
        .mouthPucker, .mouthShrugUpper,
    ]

    /// 0 below 0, the value itself above 0.02, and no corner between.
    private static func ramp(_ x: Float) -> Float {
        let width: Float = 0.02
        guard x < width else { return x }
        return x <= 0 ? 0 : x * x * (2 * width - x) / (width * width)
    }

    /// How far mouthClose may go beyond jawOpen: 3 mm, what a pucker opens.
    private static let overlap: Float = 0.08

    /// Emotional mouth shapes that make way for lips at work.
    private static let yielding: [ARKitShape] = [
        .mouthSmileLeft, .mouthSmileRight, .mouthFrownLeft, .mouthFrownRight, .mouthStretchLeft,
        .mouthStretchRight, .mouthUpperUpLeft, .mouthUpperUpRight, .mouthLowerDownLeft,
        .mouthLowerDownRight, .mouthShrugUpper, .mouthShrugLower, .mouthDimpleLeft, .mouthDimpleRight,
    ]

    private static let lips: [ARKitShape] = ARKitShape.allCases.filter { $0.name.hasPrefix("mouth") }
}

import AvatariumCore

extension VisemeShapes {
    /// The visemes nearest to a mouth of ARKit coefficients, for tracks that bring curves only (Live Link,
    /// Audio2Face) on avatars that have visemes only. Weights sum to at most 1.
    static func visemes(shapes s: [Float]) -> [Float] {
        func w(_ shape: ARKitShape) -> Float { s[shape.rawValue] }
        func both(_ left: ARKitShape) -> Float { (w(left) + w(left.mirrored)) / 2 }
        var v = [Float](repeating: 0, count: OculusViseme.count)
        let open = clamp((w(.jawOpen) - w(.mouthClose)) / 0.5, 0, 1)
        let pucker = clamp(w(.mouthPucker) / 0.75, 0, 1)
        let funnel = clamp(w(.mouthFunnel) / 0.6, 0, 1)
        let wide = clamp((both(.mouthStretchLeft) + both(.mouthSmileLeft)) / 0.4, 0, 1)
        let parted = clamp((both(.mouthLowerDownLeft) + both(.mouthUpperUpLeft)) / 0.4, 0, 1)
        let pressed = clamp(both(.mouthPressLeft) + w(.mouthRollUpper) + w(.mouthRollLower) / 2, 0, 1)
        let labiodental = clamp((w(.mouthRollLower) - w(.mouthRollUpper)) / 0.5, 0, 1)
        v[OculusViseme.FF.rawValue] = labiodental * (1 - open)
        v[OculusViseme.PP.rawValue] = max(
            pressed * (1 - labiodental), w(.mouthClose) > 0.05 ? 1 - open * 2 : 0, 0)
        v[OculusViseme.U.rawValue] = pucker * (1 - open * 0.5)
        v[OculusViseme.O.rawValue] = funnel * min(1, open + 0.3) * (1 - pucker * 0.5)
        v[OculusViseme.CH.rawValue] = funnel * max(0, 0.7 - open) * (1 - pucker)
        let round = min(1, pucker + funnel)
        v[OculusViseme.aa.rawValue] = open * (1 - round) * (1 - wide * 0.6)
        v[OculusViseme.E.rawValue] = open * wide * (1 - round)
        v[OculusViseme.I.rawValue] = max(0, wide - open) * parted * (1 - round)
        v[OculusViseme.SS.rawValue] = max(0, parted - open - wide) * (1 - round)
        let sum = v.reduce(0, +)
        if sum > 1 { v = v.map { $0 / sum } }
        return v
    }
}

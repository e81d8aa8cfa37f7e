import AvatariumCore

/// Fifteen visemes on a mouth that has only five vowels (VRM): the two strongest vowels speak, and consonants
/// count as partly closed ones.
enum VowelMixture {
    /// The weights of aa, ih, ou, ee and oh in each viseme; all are 0 where the lips meet.
    private static let shares: [[Float]] = OculusViseme.allCases.map { viseme in
        switch viseme {
        case .sil, .PP: [0, 0, 0, 0, 0]
        case .FF: [0, 0.12, 0.08, 0, 0]
        case .TH: [0.08, 0.2, 0, 0.05, 0]
        case .DD, .nn: [0, 0.3, 0, 0.08, 0]
        case .kk: [0.1, 0.25, 0, 0.1, 0]
        case .CH: [0, 0.12, 0.4, 0, 0]
        case .SS: [0, 0.35, 0, 0.05, 0]
        case .RR: [0, 0, 0.3, 0, 0.15]
        case .aa: [1, 0, 0, 0, 0]
        case .E: [0, 0, 0, 1, 0]
        case .I: [0, 1, 0, 0, 0]
        case .O: [0, 0, 0, 0, 1]
        case .U: [0, 0, 1, 0, 0]
        }
    }

    /// Weights of aa, ih, ou, ee, oh; at most two are above 0 and their sum is at most 1.
    ///
    /// The third strongest is taken off all of them, so that one vowel gives way to another without a jump.
    static func weights(visemes: [Float]) -> [Float] {
        var sums: [Float] = [0, 0, 0, 0, 0]
        for (viseme, weight) in visemes.enumerated() where weight > 0 && viseme < shares.count {
            for k in 0..<5 { sums[k] += shares[viseme][k] * weight }
        }
        let total = min(sums.reduce(0, +), 1)
        guard total > 0 else { return sums }
        let third = sums.sorted(by: >)[2]
        let kept = sums.map { max(0, $0 - third) }
        let keptTotal = kept.reduce(0, +)
        guard keptTotal > 0 else { return [0, 0, 0, 0, 0] }
        // Lips that meet close whatever vowel is still fading.
        let closed = min(max(visemes[OculusViseme.PP.rawValue], 0), 1)
        let scale = (1 - closed) * total / keptTotal
        return kept.map { $0 * scale }
    }
}

import AvatariumCore

/// espeak-ng reports a voiceless stop at its burst; the closure, which lips show, begins before.
package enum StopClosure {
    /// How much the closure begins before the burst, seconds (median over measured synthesis; 90th percentile
    /// 0.049).
    package static let lead = 0.039

    /// Moves voiceless stops and affricates back from their burst to their closure, into the phone before, which
    /// keeps at least half of itself; phones that become empty are removed.
    package static func shift(_ phones: inout [Phone]) {
        for index in phones.indices.dropFirst() where !phones[index].isSilence {
            let features = IPAFeatures.of(phones[index].ipa)
            guard features.manner == .plosive || features.manner == .affricate, !features.voiced,
                features.place != .glottal
            else { continue }
            let before = phones[index - 1]
            let lead = min(Self.lead, before.isSilence ? before.duration : before.duration / 2)
            phones[index].start -= lead
            phones[index - 1].end -= lead
        }
        phones.removeAll { $0.duration <= 0 }
    }
}

import AvatariumCore
import Foundation
import Phonetics

extension PhoneTimeline {
    /// The tab-separated mouth cues of Rhubarb Lip Sync: start in seconds and shape A-H or X; the last row is
    /// the end mark.
    public func rhubarbTSV(durationSeconds: Double) -> String {
        var rows: [(Double, String)] = []
        func add(_ time: Double, _ shape: String) {
            if rows.last?.1 != shape { rows.append((max(0, time), shape)) }
        }
        var cursor = 0.0
        for phone in phones where phone.end > phone.start && phone.start.isFinite && phone.end.isFinite {
            if phone.start > cursor + 1e-6 || (rows.isEmpty && phone.start > 0) { add(cursor, "X") }
            let features = IPAFeatures.of(phone.ipa)
            add(phone.start, Self.rhubarbShape(features, isLong: phone.duration > 0.1))
            if features.glide != nil {
                add(
                    phone.start + 0.6 * phone.duration,
                    Self.rhubarbShape(features, isEndOfDiphthong: true))
            }
            cursor = max(cursor, phone.end)
        }
        add(cursor, "X")
        if durationSeconds > (rows.last?.0 ?? 0) { rows.append((durationSeconds, "X")) }
        return rows.map { String(format: "%.2f", $0) + "\t\($1)\n" }.joined()
    }

    private static func rhubarbShape(
        _ features: IPAFeatures, isEndOfDiphthong: Bool = false, isLong: Bool = false
    ) -> String {
        if features.isSilence { return "X" }
        if let vowel = isEndOfDiphthong ? features.glide : features.vowel {
            if vowel.rounding > 0.75 { return "F" }
            if vowel.rounding > 0.3 || vowel.rhotic { return "E" }
            if vowel.openness > 0.8 { return vowel.backness < 0.15 ? "C" : "D" }
            return vowel.openness > 0.4 ? "C" : "B"
        }
        switch features.place {
        case .bilabial: return "A"
        case .labiodental: return "G"
        case .labialVelar, .labialPalatal: return "F"
        default: return features.manner == .lateral && isLong ? "H" : "B"
        }
    }
}

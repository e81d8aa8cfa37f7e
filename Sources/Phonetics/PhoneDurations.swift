/// How long sounds typically last: shares out the time of a word among its sounds.
///
/// Inherent durations in milliseconds after D. H. Klatt, "Synthesis by rule of segmental durations in English
/// sentences" (Frontiers of Speech Communication Research, 1979), table of INHDUR, averaged over the classes
/// below.
public enum PhoneDurations {
    /// Typical duration of a sound, milliseconds.
    public static func typical(of ipa: String) -> Double {
        let features = IPAFeatures.of(ipa)
        if features.isSilence { return 100 }
        if let vowel = features.vowel {
            if features.glide != nil { return 210 }
            // Schwas are short, open vowels long.
            let reduced = ["ə", "ᵻ", "ɐ", "ɨ"].contains(ipa)
            let base = reduced ? 110 : 135 + 85 * Double(vowel.openness)
            return features.long ? base * 1.2 : base
        }
        let base: Double =
            switch (features.manner, features.voiced) {
            case (.plosive, true): 80
            case (.plosive, false): 85
            case (.affricate, true): 100
            case (.affricate, false): 120
            case (.fricative, true): features.place == .dental ? 55 : 70
            case (.fricative, false): features.place == .glottal ? 80 : 115
            case (.nasal, _): 75
            case (.tap, _): 35
            case (.trill, _): 80
            case (.lateral, _), (.approximant, _): 80
            default: 80
            }
        return features.long ? base * 1.6 : base
    }

    /// The part of a stretch of time that each of its sounds gets; the parts sum to 1.
    public static func shares(of sounds: [String], stresses: [Int] = []) -> [Double] {
        guard sounds.count > 1 else { return sounds.map { _ in 1 } }
        let weights = sounds.enumerated().map { index, ipa in
            // Klatt: an unstressed vowel lasts about two thirds of a stressed one.
            let stressed = stresses.isEmpty || !IPAFeatures.of(ipa).isVowel || stresses[index] > 0
            return typical(of: ipa) * (stressed ? 1 : 0.7)
        }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }
}

import AvatariumCore

extension Articulation {
    /// The targets of an IPA symbol in turn: one, or two for a diphthong. Never none: an unknown letter gets
    /// the mouth of an indistinct consonant.
    static func sequence(forIPA ipa: String) -> [Articulation] {
        let letters = ipa.unicodeScalars.filter { table[$0] != nil }.compactMap { table[$0] }
        guard let first = letters.first else { return [tongueTip] }
        if first.isVowel {
            let vowels = letters.filter(\.isVowel)
            guard let last = vowels.last, vowels.count > 1, last != first else { return [first] }
            return [first, last]
        }
        // An affricate shows its fricative; a consonant with a secondary articulation shows the stronger lips.
        return [letters.max { $0.dominance < $1.dominance } ?? first]
    }

    private static func vowel(
        _ aperture: Float, spread: Float = 0, round: Float = 0, flare: Float = 0,
        _ visemes: [OculusViseme: Float]
    ) -> Articulation {
        Articulation(
            pose: MouthPose(aperture: aperture, spread: spread, round: round, flare: flare, visemes),
            dominance: 0.6 + 0.2 * round, visemeDominance: 0.8, contact: nil, isVowel: true)
    }

    private static func consonant(
        _ aperture: Float, dominance: Float, jaw: Float? = nil, spread: Float = 0, round: Float = 0,
        flare: Float = 0, tongue: Float = 0, _ visemes: [OculusViseme: Float], contact: Contact? = nil
    ) -> Articulation {
        Articulation(
            pose: MouthPose(
                aperture: aperture, jaw: jaw, spread: spread, round: round, flare: flare, tongue: tongue,
                visemes),
            dominance: dominance, visemeDominance: max(dominance, 0.5), contact: contact, isVowel: false)
    }

    private static let bilabial = consonant(
        0.18, dominance: 0.8, jaw: 0.3, [.PP: 1], contact: .lips)
    private static let labiodental = consonant(
        0.18, dominance: 0.8, jaw: 0.26, [.FF: 1], contact: .teeth)
    private static let labialGlide = consonant(
        0.32, dominance: 0.8, round: 1, [.U: 1])
    private static let postalveolar = consonant(0.47, dominance: 0.65, flare: 0.8, [.CH: 1])
    private static let sibilant = consonant(0.44, dominance: 0.55, spread: 0.4, [.SS: 1])
    private static let dental = consonant(0.46, dominance: 0.4, tongue: 1, [.TH: 1])
    private static let rhotic = consonant(0.47, dominance: 0.4, round: 0.35, flare: 0.2, [.RR: 1])
    private static let palatal = consonant(0.42, dominance: 0.4, spread: 0.5, [.I: 1])
    private static let tongueTip = consonant(0.48, dominance: 0.25, [.DD: 1])
    private static let nasalTip = consonant(0.48, dominance: 0.25, [.nn: 1])
    private static let velar = consonant(0.56, dominance: 0.15, [.kk: 1])
    private static let glottal = consonant(0.6, dominance: 0.05, [.kk: 0.3, .sil: 0.7])

    private static let table: [Unicode.Scalar: Articulation] = {
        var table: [Unicode.Scalar: Articulation] = [:]
        func set(_ letters: String, _ articulation: Articulation) {
            for letter in letters.unicodeScalars { table[letter] = articulation }
        }
        set("pbmʙɸβɓ", bilabial)
        set("fvɱⱱʋ", labiodental)
        set("wʍɥ", labialGlide)
        set("ʃʒɕʑʂʐ", postalveolar)
        set("sz", sibilant)
        set("θð", dental)
        set("ɹɻrɾɽʀʁ", rhotic)
        set("jçʝɲɟcʎ", palatal)
        set("tdʈɖɗɬɮ", tongueTip)
        set("nlɳɭɫ", nasalTip)
        set("kɡgŋxɣɢqɴχɰ", velar)
        set("hɦʔħʕ", glottal)
        set("aæɐ", vowel(0.8, spread: 0.15, [.aa: 1]))
        set("ɑɒʌ", vowel(0.64, [.aa: 0.9, .sil: 0.1]))
        set("ə", vowel(0.5, [.aa: 0.4, .E: 0.3, .sil: 0.3]))
        set("ɛ", vowel(0.71, spread: 0.25, [.E: 1]))
        set("e", vowel(0.62, spread: 0.45, [.E: 0.8, .I: 0.2]))
        set("ɜɝɚɞɘ", vowel(0.47, round: 0.3, [.E: 0.5, .RR: 0.5]))
        set("iɪɨ", vowel(0.55, spread: 0.6, [.I: 1]))
        set("ɯɤ", vowel(0.45, spread: 0.2, [.I: 0.6, .U: 0.4]))
        set("ɔ", vowel(0.59, round: 0.5, flare: 0.3, [.O: 1]))
        set("oɵøœɶ", vowel(0.42, round: 0.75, flare: 0.2, [.O: 0.8, .U: 0.2]))
        set("uʊʉyʏ", vowel(0.35, round: 1, [.U: 1]))
        return table
    }()
}

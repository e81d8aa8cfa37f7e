import Phonetics

/// The English model's phones for the sounds of any language: each IPA sound by the nearest English ones.
enum EnglishPhones {
    /// One or two ARPABET phones.
    static func nearest(to ipa: String) -> [String] {
        if let exact = exact[ipa] { return exact }
        let features = IPAFeatures.of(ipa)
        guard let vowel = features.vowel else { return [consonant(features)] }
        if let glide = features.glide { return [diphthong(from: vowel, to: glide)] }
        if vowel.rhotic { return ["ER"] }
        let best = vowels.min { distance($0.1, vowel) < distance($1.1, vowel) }
        return [best?.0 ?? "AH"]
    }

    private static let exact: [String: [String]] = [
        "ə": ["AH"], "ɐ": ["AH"], "ʌ": ["AH"], "ᵻ": ["IH"], "ɚ": ["ER"], "ɜː": ["ER"], "ɝ": ["ER"],
        "ɾ": ["D"],
        "iə": ["IH", "AH"], "eə": ["EH", "AH"], "ʊə": ["UH", "AH"], "əl": ["AH", "L"], "ʔ": ["T"],
    ]

    private static let vowels: [(String, IPAFeatures.Vowel)] = [
        ("IY", "i"), ("IH", "ɪ"), ("EH", "ɛ"), ("AE", "æ"), ("AA", "ɑ"), ("AO", "ɔ"), ("UH", "ʊ"),
        ("UW", "u"),
        ("AH", "ʌ"), ("AH", "ə"),
    ].compactMap { name, ipa in IPAFeatures.of(ipa).vowel.map { (name, $0) } }

    private static func distance(_ a: IPAFeatures.Vowel, _ b: IPAFeatures.Vowel) -> Float {
        let (o, k, r) = (a.openness - b.openness, a.backness - b.backness, a.rounding - b.rounding)
        return 2 * o * o + k * k + 0.7 * r * r
    }

    private static func diphthong(from: IPAFeatures.Vowel, to: IPAFeatures.Vowel) -> String {
        if to.rounding > 0.4 { return from.openness > 0.7 ? "AW" : "OW" }
        if from.rounding > 0.4 { return "OY" }
        return from.openness > 0.7 ? "AY" : from.openness > 0.2 ? "EY" : "IY"
    }

    private static func consonant(_ sound: IPAFeatures) -> String {
        let place = sound.place ?? .alveolar
        switch sound.manner {
        case .nasal:
            return place == .bilabial || place == .labiodental
                ? "M" : place == .alveolar || place == .dental ? "N" : "NG"
        case .affricate: return sound.voiced ? "JH" : place == .alveolar ? "S" : "CH"
        case .lateral: return "L"
        case .trill: return place == .bilabial ? "B" : place == .uvular ? "R" : "R"
        case .tap: return "D"
        case .approximant:
            switch place {
            case .labiodental: return "V"
            case .palatal, .labialPalatal: return "Y"
            case .labialVelar, .velar: return "W"
            default: return "R"
            }
        case .fricative:
            switch place {
            case .bilabial, .labiodental: return sound.voiced ? "V" : "F"
            case .dental: return sound.voiced ? "DH" : "TH"
            case .alveolar: return sound.voiced ? "Z" : "S"
            case .postalveolar, .retroflex, .alveoloPalatal, .palatal: return sound.voiced ? "ZH" : "SH"
            case .velar, .uvular: return sound.voiced ? "R" : "HH"
            default: return "HH"
            }
        default:
            switch place {
            case .bilabial, .labiodental: return sound.voiced ? "B" : "P"
            case .velar, .uvular, .palatal: return sound.voiced ? "G" : "K"
            default: return sound.voiced ? "D" : "T"
            }
        }
    }
}

/// The letters of the IPA and what each says.
///
/// Vowels: openness in steps of the chart (close 0, near-close 0.17, close-mid 0.33, mid 0.5, open-mid 0.66,
/// near-open 0.85, open 1), backness from front 0 to back 1.
enum IPATable {
    static let ties: Set<Unicode.Scalar> = ["\u{361}", "\u{35C}", "\u{203F}", "\u{2040}"]

    /// The features of a letter; of an unknown one those of its base letter, with `known` false.
    static func features(of scalar: Unicode.Scalar) -> IPAFeatures {
        if let known = letters[scalar] { return known }
        var features = lookalikes[scalar].flatMap { letters[$0] } ?? IPALetter.fallback
        features.known = false
        return features
    }

    static let letters: [Unicode.Scalar: IPAFeatures] = {
        var table: [Unicode.Scalar: IPAFeatures] = [:]
        for row in consonants {
            for (index, scalar) in row.letters.unicodeScalars.enumerated() where scalar != "-" {
                table[scalar] = IPAFeatures(
                    manner: row.manner, place: row.places[index / row.pairing],
                    voiced: row.pairing == 2 ? index % 2 == 1 : row.voiced)
            }
        }
        for (letter, openness, backness, rounding) in vowels {
            let rhotic = letter == "ɚ" || letter == "ɝ"
            table[letter] = IPAFeatures(
                manner: .vowel, voiced: true,
                vowel: IPAFeatures.Vowel(
                    openness: openness, backness: backness, rounding: rounding, rhotic: rhotic))
        }
        table["ɫ"]?.pharyngealized = true
        return table
    }()

    /// A row of the chart: letters in the order of `places`; `pairing` 2 where voiceless and voiced alternate
    /// (`-` for an empty cell).
    private struct Row {
        var manner: IPAFeatures.Manner
        var letters: String
        var places: [IPAFeatures.Place]
        var pairing = 1
        var voiced = true
    }

    private static let consonants: [Row] = [
        Row(
            manner: .plosive, letters: "pbtdʈɖcɟkɡqɢʔ-ʡ-ȶȡ",
            places: [
                .bilabial, .alveolar, .retroflex, .palatal, .velar, .uvular, .glottal, .pharyngeal,
                .alveoloPalatal,
            ], pairing: 2),
        Row(
            manner: .plosive, letters: "ƥɓƭɗ-ᶑ-ʄƙɠʠʛ-g",
            places: [.bilabial, .alveolar, .retroflex, .palatal, .velar, .uvular, .velar], pairing: 2),
        Row(
            manner: .nasal, letters: "mɱnɳɲŋɴȵ",
            places: [
                .bilabial, .labiodental, .alveolar, .retroflex, .palatal, .velar, .uvular, .alveoloPalatal,
            ]),
        Row(manner: .trill, letters: "ʙrʀ", places: [.bilabial, .alveolar, .uvular]),
        Row(manner: .trill, letters: "ʜʢ", places: [.pharyngeal], pairing: 2),
        Row(manner: .tap, letters: "ⱱɾɽɺ", places: [.labiodental, .alveolar, .retroflex, .alveolar]),
        Row(
            manner: .fricative, letters: "ɸβfvθðszʃʒʂʐçʝxɣχʁħʕhɦɕʑɬɮɧ-ʍ-ꞎ-",
            places: [
                .bilabial, .labiodental, .dental, .alveolar, .postalveolar, .retroflex, .palatal, .velar,
                .uvular, .pharyngeal, .glottal, .alveoloPalatal, .alveolar, .postalveolar, .labialVelar,
                .retroflex,
            ], pairing: 2),
        Row(
            manner: .approximant, letters: "ʋɹɻjɰwɥ",
            places: [
                .labiodental, .alveolar, .retroflex, .palatal, .velar, .labialVelar, .labialPalatal,
            ]),
        Row(
            manner: .lateral, letters: "lɫɭʎʟȴ",
            places: [.alveolar, .alveolar, .retroflex, .palatal, .velar, .alveoloPalatal]),
        Row(
            manner: .click, letters: "ʘǀǃǂǁʇʗʖʞ",
            places: [
                .bilabial, .dental, .alveolar, .palatal, .alveolar, .dental, .alveolar, .alveolar, .velar,
            ], voiced: false),
        Row(
            manner: .affricate, letters: "ʦʣʧʤʨʥꭧꭦ",
            places: [.alveolar, .postalveolar, .alveoloPalatal, .retroflex], pairing: 2),
    ]

    /// Letter, openness, backness, rounding.
    private static let vowels: [(Unicode.Scalar, Float, Float, Float)] = [
        ("i", 0, 0, 0), ("y", 0, 0, 1), ("ɨ", 0, 0.5, 0), ("ʉ", 0, 0.5, 1), ("ɯ", 0, 1, 0),
        ("u", 0, 1, 1), ("ɪ", 0.17, 0.15, 0), ("ʏ", 0.17, 0.15, 0.8), ("ʊ", 0.17, 0.85, 0.8),
        ("ᵻ", 0.17, 0.45, 0), ("ᵿ", 0.17, 0.55, 0.6), ("e", 0.33, 0, 0), ("ø", 0.33, 0, 0.9),
        ("ɘ", 0.33, 0.5, 0), ("ɵ", 0.33, 0.5, 0.7), ("ɤ", 0.33, 1, 0), ("o", 0.33, 1, 0.9),
        ("ə", 0.5, 0.5, 0), ("ɚ", 0.5, 0.5, 0.15), ("ɛ", 0.66, 0.05, 0), ("œ", 0.66, 0.05, 0.7),
        ("ɜ", 0.66, 0.5, 0), ("ɝ", 0.6, 0.5, 0.15), ("ɞ", 0.66, 0.5, 0.6), ("ʌ", 0.66, 0.9, 0),
        ("ɔ", 0.66, 1, 0.7), ("æ", 0.85, 0.05, 0), ("ɐ", 0.8, 0.5, 0), ("a", 1, 0.2, 0),
        ("ɶ", 1, 0, 0.5), ("ɑ", 1, 1, 0), ("ɒ", 0.95, 1, 0.4), ("ı", 0.17, 0.15, 0),
        ("ɩ", 0.17, 0.15, 0), ("ɷ", 0.17, 0.85, 0.8), ("ɿ", 0.05, 0.4, 0), ("ʅ", 0.05, 0.5, 0),
        ("ʮ", 0.05, 0.4, 0.8), ("ʯ", 0.05, 0.5, 0.8),
    ]

    /// Letters that are written for an IPA letter which looks or is used like them.
    private static let lookalikes: [Unicode.Scalar: Unicode.Scalar] = [
        "γ": "ɣ", "ε": "ɛ", "ι": "ɪ", "υ": "ʊ", "λ": "ʎ", "α": "ɑ", "ω": "ʊ", "φ": "ɸ", "δ": "ð",
        "σ": "s", "ᴇ": "ɛ", "ᴀ": "a", "ᴜ": "ʊ", "ᴐ": "ɔ", "ɼ": "r", "ʆ": "ɕ", "ʓ": "ʑ", "ʚ": "ɞ",
        "ɋ": "q", "ß": "β", "ʼ": "ʔ", "ⱪ": "k", "ȥ": "z", "ŧ": "θ", "đ": "ð", "ł": "ɫ", "þ": "θ",
        "A": "a", "B": "β", "C": "ç", "D": "ð", "E": "ɛ", "F": "f", "G": "ɣ", "H": "h", "I": "ɪ",
        "J": "ɲ", "K": "k", "L": "ʎ", "M": "ɯ", "N": "ŋ", "O": "ɔ", "P": "p", "Q": "ɒ", "R": "ʁ",
        "S": "ʃ", "T": "θ", "U": "ʊ", "V": "ʌ", "W": "w", "X": "χ", "Y": "ʏ", "Z": "ʒ",
    ]
}

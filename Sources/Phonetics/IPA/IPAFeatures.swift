/// How a sound is made, as far as a face shows or a mouth needs it.
///
/// Source: the chart of the International Phonetic Association (2020) with its diacritics, and the extIPA
/// letters that speech engines use.
public struct IPAFeatures: Sendable, Equatable {
    /// Where the mouth is narrowest.
    public enum Place: Int, Sendable, Codable, CaseIterable {
        case bilabial, labiodental, dental, alveolar, postalveolar, retroflex, alveoloPalatal, palatal, velar
        case uvular, pharyngeal, glottal
        /// `w ʍ`: lips and velum at once.
        case labialVelar
        /// `ɥ`: lips and palate at once.
        case labialPalatal
    }

    /// How narrow, and what the air does.
    public enum Manner: Int, Sendable, Codable, CaseIterable {
        case silence, plosive, affricate, nasal, trill, tap, fricative, approximant, lateral, click, vowel
    }

    /// A vowel's place in the vowel space.
    public struct Vowel: Sendable, Equatable {
        /// 0 close (`i u`) ... 1 open (`a ɑ`).
        public var openness: Float
        /// 0 front (`i a`) ... 1 back (`u ɑ`).
        public var backness: Float
        /// 0 spread or neutral lips ... 1 rounded (`u o y`).
        public var rounding: Float
        /// Whether the tongue is bunched as in `ɚ`.
        public var rhotic: Bool

        public init(openness: Float, backness: Float, rounding: Float, rhotic: Bool = false) {
            self.openness = openness
            self.backness = backness
            self.rounding = rounding
            self.rhotic = rhotic
        }
    }

    public var manner: Manner
    /// Nil for vowels and silence.
    public var place: Place?
    public var voiced: Bool
    /// For vowels: the quality, of a diphthong the first one.
    public var vowel: Vowel?
    /// For diphthongs: the quality at the end.
    public var glide: Vowel?
    /// Air through the nose: nasal consonants and nasal vowels.
    public var nasal = false
    public var long = false
    public var syllabic = false
    public var aspirated = false
    /// Rounded lips as a second articulation: `kʷ`.
    public var labialized = false
    /// The tongue raised to the palate as a second articulation: `tʲ`.
    public var palatalized = false
    /// Drawn to the velum or the pharynx: `ɫ tˤ`.
    public var pharyngealized = false
    /// False where the symbol, or a part of it, is in no table and a neighbour of it was taken.
    public var known = true

    public var isVowel: Bool { manner == .vowel }
    public var isSilence: Bool { manner == .silence }
    /// Whether the lips must touch each other: `p b m ɓ ʘ ᵐb kp`.
    public var closesLips: Bool {
        place == .bilabial
            && (manner == .plosive || manner == .nasal || manner == .affricate || manner == .click)
    }
    /// 0...1: how far the lips are drawn together, by the sound itself or as a second articulation.
    public var rounding: Float {
        if let vowel { return max(vowel.rounding, glide?.rounding ?? 0) }
        if place == .labialVelar || place == .labialPalatal { return 1 }
        return labialized ? 0.8 : 0
    }

    public init(manner: Manner, place: Place? = nil, voiced: Bool = false, vowel: Vowel? = nil) {
        self.manner = manner
        self.place = place
        self.voiced = voiced
        self.vowel = vowel
        nasal = manner == .nasal
    }

    public static let silence = IPAFeatures(manner: .silence)
}

extension IPAFeatures {
    /// The features of one sound: a letter with any diacritics, an affricate or a diphthong, tied or not.
    ///
    /// An unknown symbol gets the features of its nearest known letter (its base letter, else a central
    /// vowel) and `known == false`; stress marks, tones and syllable breaks are skipped; only an empty string
    /// is silence.
    public static func of(_ ipa: String) -> IPAFeatures {
        let letters = IPALetter.read(ipa)
        guard let first = letters.first else {
            return ipa.isEmpty ? silence : IPALetter.fallback
        }
        var features = first.features
        for next in letters.dropFirst() {
            features.merge(next.features)
        }
        return features
    }

    /// Joins the sound that follows within one symbol: diphthongs, affricates, double articulations.
    private mutating func merge(_ next: IPAFeatures) {
        known = known && next.known
        long = long || next.long
        switch (isVowel, next.isVowel) {
        case (true, true):
            glide = next.vowel
            nasal = nasal || next.nasal
        case (true, false):
            if next.place == .alveolar || next.place == .retroflex, next.manner == .approximant {
                vowel?.rhotic = true
            } else if next.place == .palatal || next.place == .labialVelar {
                glide = IPALetter.glide(of: next)
            } else if next.manner == .nasal {
                nasal = true
            }
        case (false, true):
            // A consonant glued to a vowel (a whole syllable as one symbol): the vowel is what lasts.
            let onset = self
            self = next
            if onset.rounding > 0, let vowel { self.vowel?.rounding = max(vowel.rounding, 0.5) }
        case (false, false):
            if manner == .plosive, next.manner == .fricative || next.manner == .affricate {
                // p͡f seals the lips and then bites: the closure is the earlier and stricter of the two.
                if place != .bilabial { place = next.place }
                manner = .affricate
                voiced = voiced || next.voiced
            } else if manner == .nasal {
                // A prenasalised stop: mb, nd.
                manner = next.manner
                if place != .bilabial { place = next.place }
                voiced = true
            } else if next.place == .bilabial, next.manner == .plosive {
                // k͡p, g͡b close both places.
                place = .bilabial
            }
            aspirated = aspirated || next.aspirated || (next.place == .glottal && manner == .plosive)
            labialized = labialized || next.labialized || next.place == .labialVelar
            palatalized = palatalized || next.palatalized || next.manner == .approximant
        }
    }
}

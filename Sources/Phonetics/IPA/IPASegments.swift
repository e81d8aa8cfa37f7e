/// Cuts IPA text into the sounds that a timeline is made of.
public enum IPASegments {
    /// A sound with the stress mark that stood before it.
    public struct Segment: Sendable, Equatable {
        /// IPA without stress marks.
        public var ipa: String
        /// 0 unstressed, 1 primary, 2 secondary.
        public var stress: Int

        public init(ipa: String, stress: Int = 0) {
            self.ipa = ipa
            self.stress = stress
        }
    }

    /// The sounds of a stretch of IPA: letters keep their diacritics; tied letters, affricates (`tʃ ts pf`)
    /// and falling diphthongs (`aɪ oʊ iə`) stay together; everything else is a sound of its own.
    ///
    /// A stress mark belongs to the next vowel (as espeak-ng and dictionaries both mean it, whether it is
    /// written before the vowel or before its syllable). `g` is written `ɡ`.
    public static func of(_ text: String) -> [Segment] {
        var segments: [Segment] = []
        var previous: IPALetter?
        var stress = 0
        for chunk in chunks(of: text) {
            if chunk.stress > 0 { stress = chunk.stress }
            for var letter in IPALetter.read(chunk.text) {
                if letter.text == "g" { letter.text = "ɡ" }
                let mark = letter.features.isVowel || letter.features.syllabic ? stress : 0
                if let before = previous, let last = segments.indices.last,
                    mark == 0 || segments[last].stress == 0,
                    joins(before, letter, length: segments[last].ipa)
                {
                    segments[last].ipa += letter.text
                    segments[last].stress = max(segments[last].stress, mark)
                } else {
                    segments.append(Segment(ipa: letter.text, stress: mark))
                }
                if mark > 0 { stress = 0 }
                previous = letter
            }
            if chunk.breaksAfter { previous = nil }
        }
        return segments
    }

    private struct Chunk {
        var text: String
        var stress: Int
        var breaksAfter: Bool
    }

    /// Cuts at stress marks, spaces, syllable breaks and `_`, across which nothing joins.
    private static func chunks(of text: String) -> [Chunk] {
        var out: [Chunk] = []
        var current = Chunk(text: "", stress: 0, breaksAfter: false)
        func close(breaking: Bool, next stress: Int) {
            current.breaksAfter = breaking
            out.append(current)
            current = Chunk(text: "", stress: stress, breaksAfter: false)
        }
        for scalar in text.unicodeScalars {
            switch scalar {
            case "ˈ", "'": close(breaking: true, next: 1)
            case "ˌ", ",": close(breaking: true, next: 2)
            case " ", ".", "_", "-", "|", "‖", "\n", "\t", "‿": close(breaking: true, next: 0)
            default: current.text.unicodeScalars.append(scalar)
            }
        }
        out.append(current)
        return out
    }

    private static func joins(_ a: IPALetter, _ b: IPALetter, length joined: String) -> Bool {
        if a.tied { return true }
        let letters = joined.unicodeScalars.count { IPATable.letters[$0] != nil }
        guard letters < 2 else { return false }
        let (x, y) = (a.features, b.features)
        if x.isVowel, y.isVowel {
            guard !x.long, !x.syllabic, !y.syllabic, !y.long, let from = x.vowel, let to = y.vowel else {
                return false
            }
            // Falling diphthongs only: towards a closer vowel, or to a schwa.
            return to.openness < from.openness - 0.1 || b.text == "ə" || b.text == "ɐ"
                || (to.rhotic && !from.rhotic && from.openness < 0.3)
                || (to.openness <= from.openness && to.rounding != from.rounding)
        }
        if x.manner == .plosive, y.manner == .fricative, !x.aspirated, x.place != .glottal {
            return homorganic(x.place, y.place) && (x.voiced == y.voiced || x.place != .alveolar)
        }
        return false
    }

    private static func homorganic(_ a: IPAFeatures.Place?, _ b: IPAFeatures.Place?) -> Bool {
        switch (a, b) {
        case (.alveolar, .alveolar), (.alveolar, .postalveolar), (.alveolar, .alveoloPalatal): true
        case (.alveolar, .retroflex), (.retroflex, .retroflex), (.retroflex, .postalveolar): true
        case (.bilabial, .labiodental), (.palatal, .palatal), (.velar, .velar): true
        default: false
        }
    }
}

import Foundation

/// One base letter of the IPA with the diacritics that follow (or precede) it.
package struct IPALetter: Sendable, Equatable {
    /// The letter with its diacritics, as written.
    package var text: String
    package var features: IPAFeatures
    /// Whether a tie bar joins it to the next letter.
    package var tied = false

    /// What stands for a symbol that says nothing: a relaxed open mouth.
    static var fallback: IPAFeatures {
        var features = IPAFeatures(
            manner: .vowel, voiced: true,
            vowel: IPAFeatures.Vowel(openness: 0.5, backness: 0.5, rounding: 0))
        features.known = false
        return features
    }

    /// The vowel that a glide `j w ɥ` ends at.
    static func glide(of consonant: IPAFeatures) -> IPAFeatures.Vowel {
        consonant.place == .labialVelar
            ? IPAFeatures.Vowel(openness: 0.1, backness: 1, rounding: 1)
            : IPAFeatures.Vowel(
                openness: 0.1, backness: 0, rounding: consonant.place == .labialPalatal ? 1 : 0)
    }

    /// Splits a string into letters with their diacritics; stress, tones, digits and breaks are dropped.
    package static func read(_ text: String) -> [IPALetter] {
        var letters: [IPALetter] = []
        // Diacritics that come before their letter (ⁿd, ʰp, ʷ...) wait here.
        var pending: [Unicode.Scalar] = []
        for scalar in decomposed(text) {
            if skipped(scalar) { continue }
            if IPATable.ties.contains(scalar) {
                if let last = letters.indices.last {
                    letters[last].tied = true
                    letters[last].text.unicodeScalars.append(scalar)
                }
                continue
            }
            if isDiacritic(scalar) {
                if let last = letters.indices.last {
                    letters[last].text.unicodeScalars.append(scalar)
                    apply(scalar, to: &letters[last].features)
                } else {
                    pending.append(scalar)
                }
                continue
            }
            var letter = IPALetter(text: "", features: IPATable.features(of: scalar))
            for mark in pending {
                letter.text.unicodeScalars.append(mark)
                if mark == "ⁿ" || mark == "ᵐ" || mark == "ᵑ" { continue }
                apply(mark, to: &letter.features)
            }
            pending = []
            letter.text.unicodeScalars.append(scalar)
            letters.append(letter)
        }
        return letters
    }

    /// Takes precomposed letters apart (`ã`, `ñ`), but keeps `ç`, a letter of its own.
    private static func decomposed(_ text: String) -> [Unicode.Scalar] {
        var out: [Unicode.Scalar] = []
        for scalar in text.unicodeScalars {
            if IPATable.letters[scalar] != nil || scalar.value < 0x80 {
                out.append(scalar)
            } else {
                out += String(scalar).decomposedStringWithCanonicalMapping.unicodeScalars
            }
        }
        // c + cedilla written as two.
        var joined: [Unicode.Scalar] = []
        for scalar in out {
            if scalar == "\u{327}", joined.last == "c" {
                joined[joined.count - 1] = "ç"
            } else {
                joined.append(scalar)
            }
        }
        return joined
    }

    /// Stress, tone letters, tone digits, breaks, brackets and spaces say nothing about one sound.
    private static func skipped(_ scalar: Unicode.Scalar) -> Bool {
        if IPATable.letters[scalar] != nil { return false }
        switch scalar.value {
        case 0x02C8, 0x02CC, 0x02E5...0x02E9, 0x2191, 0x2193, 0x2197, 0x2198, 0xA71B, 0xA71C: return true
        case 0x00B9, 0x00B2, 0x00B3, 0x2070, 0x2074...0x2079, 0x2080...0x2089: return true
        case 0x0300, 0x0301, 0x0302, 0x0304, 0x0306, 0x030B, 0x030C, 0x030F, 0x1DC4...0x1DC9: return true
        case 0x200B...0x200D, 0xFE0E, 0xFE0F, 0xFEFF: return true
        case 0..<0x80:
            let isLetter = (0x41...0x5A).contains(scalar.value) || (0x61...0x7A).contains(scalar.value)
            return !isLetter && scalar != ":" && scalar != "~"
        default: return false
        }
    }

    private static func isDiacritic(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0300...0x036F, 0x1DC0...0x1DFF, 0x20D0...0x20FF: true
        case 0x02B0...0x02B8, 0x02BC, 0x02C0, 0x02D0, 0x02D1, 0x02DE, 0x02E0...0x02E4, 0x02EC...0x02FF: true
        case 0x1D2C...0x1D6A, 0x1D9B...0x1DBF, 0x207F, 0x2071: true
        case 0x3A, 0x7E: true
        default: false
        }
    }

    private static func apply(_ mark: Unicode.Scalar, to features: inout IPAFeatures) {
        switch mark {
        case "ː", "ˑ", ":": features.long = true
        case "\u{303}", "~", "ⁿ", "ᵐ", "ᵑ": features.nasal = true
        case "\u{325}", "\u{30A}": features.voiced = false
        case "\u{32C}": features.voiced = true
        case "\u{329}", "\u{30D}": features.syllabic = true
        case "ʰ", "ʱ": features.aspirated = true
        case "ʷ": features.labialized = true
        case "ᶣ":
            features.labialized = true
            features.palatalized = true
        case "ʲ", "ᶨ": features.palatalized = true
        case "ˠ", "ˤ", "\u{334}": features.pharyngealized = true
        case "\u{32A}",
            "\u{33A}" where features.place == .alveolar:
            features.place = .dental
        case "\u{320}" where features.place == .alveolar: features.place = .postalveolar
        case "\u{339}": features.shift(rounding: 0.3)
        case "\u{31C}": features.shift(rounding: -0.3)
        case "\u{31F}": features.shift(backness: -0.15)
        case "\u{320}": features.shift(backness: 0.15)
        case "\u{308}": features.shift(backness: features.backnessToCentre(0.5))
        case "\u{33D}":
            features.shift(backness: features.backnessToCentre(0.5), openness: features.opennessToCentre(0.5))
        case "\u{31D}": features.shift(openness: -0.1)
        case "\u{31E}": features.shift(openness: 0.1)
        case "˞": features.vowel?.rhotic = true
        default: break
        }
    }
}

extension IPAFeatures {
    fileprivate mutating func shift(backness: Float = 0, openness: Float = 0, rounding: Float = 0) {
        guard let old = vowel else { return }
        vowel?.backness = min(1, max(0, old.backness + backness))
        vowel?.openness = min(1, max(0, old.openness + openness))
        vowel?.rounding = min(1, max(0, old.rounding + rounding))
    }

    fileprivate func backnessToCentre(_ share: Float) -> Float { (0.5 - (vowel?.backness ?? 0.5)) * share }
    fileprivate func opennessToCentre(_ share: Float) -> Float { (0.5 - (vowel?.openness ?? 0.5)) * share }
}

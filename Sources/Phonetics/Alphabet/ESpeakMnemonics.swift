/// espeak-ng's own phoneme mnemonics (its extension of Kirshenbaum's ASCII IPA), for event logs of others.
///
/// Each language of espeak-ng has a phoneme table of its own; this one holds what the mnemonics mean in most of
/// them, and reads the rest letter by letter. (Our own engine asks the library for IPA instead.)
enum ESpeakMnemonics {
    static func segments(of mnemonic: String) -> [IPASegments.Segment]? {
        var stress = 0
        var name = mnemonic
        while let first = name.first, "',%=|".contains(first), name.count > 1 {
            if first == "'" { stress = 1 } else if first == "," { stress = 2 }
            name.removeFirst()
        }
        // "(en)" switches the language; ";" palatalises what came before; digits alone are tones.
        if name.hasPrefix("(") || [";", "'", ",", "%", "=", "_", "^", "\"", "|"].contains(name) { return [] }
        if name.allSatisfy(\.isNumber), table[name] == nil { return [] }
        var segments = IPASegments.of(ipa(of: name))
        if let vowel = segments.firstIndex(where: { IPAFeatures.of($0.ipa).isVowel }) {
            segments[vowel].stress = max(stress, segments[vowel].stress)
        }
        return segments
    }

    private static func ipa(of name: String) -> String {
        if let whole = table[name] { return whole }
        var out = ""
        var rest = name[...]
        search: while !rest.isEmpty {
            for length in stride(from: min(3, rest.count), through: 1, by: -1) {
                if let found = table[String(rest.prefix(length))] {
                    out += found
                    rest = rest.dropFirst(length)
                    continue search
                }
            }
            if let first = rest.first, first.isLowercase { out.append(first) }
            rest = rest.dropFirst()
        }
        return out
    }

    private static let table: [String: String] = [
        // Vowels.
        "@": "ə", "@-": "ə", "@2": "ə", "@5": "ə", "3": "ɚ", "3:": "ɜː", "a": "a", "a#": "ɐ", "a2": "a",
        "aa": "æ", "A": "ɑ", "A:": "ɑː", "A@": "ɑːɹ", "0": "ɒ", "02": "ʌ", "o@": "oːɹ", "O@": "ɔːɹ", "O": "ɔ",
        "O2": "ɔ", "O:": "ɔː", "E": "ɛ", "E2": "ɛ", "E:": "ɛː", "e": "e", "e:": "eː", "e@": "ɛɹ", "I": "ɪ",
        "I2": "ɪ", "I#": "ᵻ", "i": "i", "i:": "iː", "i@": "iə", "i@3": "ɪɹ", "i.": "ɨ", "i[": "ɨ", "u": "u",
        "u:": "uː", "u\"": "ʉ", "U": "ʊ", "U@": "ʊɹ", "V": "ʌ", "y": "y", "y:": "yː", "Y": "ø", "Y:": "øː",
        "W": "œ", "W~": "œ̃", "A~": "ɑ̃", "E~": "ɛ̃", "O~": "ɔ̃", "o": "o", "o:": "oː", "eI": "eɪ", "aI": "aɪ",
        "aI@": "aɪə", "aI3": "aɪɚ", "aU": "aʊ", "oU": "oʊ", "OI": "ɔɪ", "OY": "ɔø", "EI": "ɛɪ", "eU": "eʊ",
        "oI": "oɪ", "UR": "ʊɐ", "@L": "əl", "u-": "ʉ", "&": "ɶ", "Q": "ɣ", "U\"": "ʏ", "o-": "ɵ",
        // Consonants.
        "p": "p", "b": "b", "t": "t", "t2": "t", "t#": "ɾ", "t.": "ʈ", "d": "d", "d.": "ɖ", "k": "k",
        "g": "ɡ",
        "q": "q", "?": "ʔ", "m": "m", "n": "n", "n.": "ɳ", "n-": "n̩", "n^": "ɲ", "N": "ŋ", "f": "f", "v": "v",
        "T": "θ", "D": "ð", "s": "s", "s.": "ʂ", "z": "z", "z2": "z", "z.": "ʐ", "S": "ʃ", "S;": "ɕ",
        "Z": "ʒ",
        "Z;": "ʑ", "C": "ç", "x": "x", "X": "χ", "h": "h", "H": "ħ", "B": "β", "J": "ɟ", "J^": "ʝ", "Q^": "ʝ",
        "r": "ɹ", "r-": "ɹ", "R": "r", "R2": "r", "r.": "ɽ", "*": "ɾ", "**": "ɾ", "l": "l", "l.": "ɭ",
        "l^": "ʎ", "L": "ɫ", "j": "j", "w": "w", "tS": "tʃ", "dZ": "dʒ", "ts": "ts", "dz": "dz", "pF": "pf",
        "tS;": "tɕ", "dZ;": "dʑ", "ts.": "ʈʂ", "ts.h": "ʈʂʰ", "tsh": "tsʰ", "P": "ɸ", "!": "ǃ", ";": "",
        ":": "ː", "~": "\u{303}", "'": "", ",": "", "%": "", "-": "", "^": "", "\"": "", "#": "", ".": "",
    ]
}

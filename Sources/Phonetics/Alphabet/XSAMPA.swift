/// X-SAMPA: the IPA in ASCII (J. C. Wells, "Computer-coding the IPA", 1995).
enum XSAMPA {
    /// The sounds of a stretch of X-SAMPA; nil where a character is not of it.
    static func segments(of text: String) -> [IPASegments.Segment]? {
        ipa(of: text).map(IPASegments.of)
    }

    /// Converts X-SAMPA to IPA, longest match first.
    static func ipa(of text: String) -> String? {
        let characters = Array(text.unicodeScalars)
        var out = ""
        var index = 0
        search: while index < characters.count {
            for length in stride(from: min(4, characters.count - index), through: 1, by: -1) {
                var key = String.UnicodeScalarView()
                key.append(contentsOf: characters[index..<index + length])
                if let found = table[String(key)] {
                    out += found
                    index += length
                    continue search
                }
            }
            let scalar = characters[index]
            // Letters that are the same in the IPA, and IPA that has slipped in.
            guard scalar.properties.isAlphabetic, scalar.properties.isLowercase || scalar.value > 0x7F else {
                return nil
            }
            out.unicodeScalars.append(scalar)
            index += 1
        }
        return out
    }

    private static let table: [String: String] = [
        // Consonants.
        "b_<": "ɓ", "d_<": "ɗ", "d`": "ɖ", "g_<": "ɠ", "g": "ɡ", "h\\": "ɦ", "j\\": "ʝ", "l`": "ɭ",
        "l\\": "ɺ",
        "n`": "ɳ", "p\\": "ɸ", "r`": "ɽ", "r\\": "ɹ", "r\\`": "ɻ", "s`": "ʂ", "s\\": "ɕ", "t`": "ʈ",
        "v\\": "ʋ",
        "P": "ʋ", "x\\": "ɧ", "z`": "ʐ", "z\\": "ʑ", "B": "β", "B\\": "ʙ", "C": "ç", "D": "ð", "F": "ɱ",
        "G": "ɣ", "G\\": "ɢ", "G\\_<": "ʛ", "H": "ɥ", "H\\": "ʜ", "J": "ɲ", "J\\": "ɟ", "J\\_<": "ʄ",
        "K": "ɬ",
        "K\\": "ɮ", "L": "ʎ", "L\\": "ʟ", "M\\": "ɰ", "N": "ŋ", "N\\": "ɴ", "O\\": "ʘ", "R": "ʁ", "R\\": "ʀ",
        "S": "ʃ", "T": "θ", "W": "ʍ", "X": "χ", "X\\": "ħ", "Z": "ʒ", "?": "ʔ", "?\\": "ʕ", "<\\": "ʢ",
        ">\\": "ʡ", "|\\": "ǀ", "||\\": "ǁ", "|\\|\\": "ǁ", "=\\": "ǂ", "!\\": "ǃ", "4": "ɾ", "5": "ɫ",
        // Vowels.
        "A": "ɑ", "{": "æ", "6": "ɐ", "Q": "ɒ", "E": "ɛ", "@": "ə", "3": "ɜ", "I": "ɪ", "O": "ɔ", "2": "ø",
        "9": "œ", "&": "ɶ", "U": "ʊ", "}": "ʉ", "V": "ʌ", "Y": "ʏ", "1": "ɨ", "7": "ɤ", "8": "ɵ", "M": "ɯ",
        "I\\": "ᵻ", "U\\": "ᵿ", "@\\": "ɘ", "3\\": "ɞ", "@`": "ɚ", "3`": "ɝ",
        // Diacritics and marks.
        ":": "ː", ":\\": "ˑ", "\"": "ˈ", "%": "ˌ", "'": "ʲ", "=": "\u{329}", "~": "\u{303}", "`": "˞",
        "_h": "ʰ", "_j": "ʲ", "_w": "ʷ", "_G": "ˠ", "_?\\": "ˤ", "_d": "\u{32A}", "_a": "\u{33A}",
        "_0": "\u{325}", "_v": "\u{32C}", "_=": "\u{329}", "_~": "\u{303}", "_\"": "\u{308}", "_+": "\u{31F}",
        "_-": "\u{320}", "_r": "\u{31D}", "_o": "\u{31E}", "_O": "\u{339}", "_c": "\u{31C}", "_t": "\u{324}",
        "_k": "\u{330}", "_x": "\u{33D}", "_e": "\u{334}", "_m": "\u{33B}", "_N": "\u{33C}", "_n": "ⁿ",
        "_l": "ˡ", "_}": "\u{31A}", "_>": "ʼ", "_^": "\u{32F}", "_A": "\u{318}", "_q": "\u{319}", "-": "",
        ".": ".", "|": "", "||": "", " ": " ", "_T": "", "_H": "", "_M": "", "_L": "", "_B": "", "_R": "",
        "_F": "", "<R>": "", "<F>": "", "!": "", "^": "", "_": "\u{361}",
    ]
}

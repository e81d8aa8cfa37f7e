/// espeak-ng's IPA names, as its phoneme tables have them, in clean IPA.
///
/// Phonemes to which its tables give no IPA come out as their mnemonic read letter by letter (`ts.h`, `i.`).
enum ESpeakAlphabet {
    private static let irregular: [String: String] = [
        "??": "ɐ", "ts.h": "ʈʂʰ", "ts.": "ʈʂ", "s.": "ʂ", "z.": "ʐ", "i.": "ɨ", "i[": "ɨ", "r.": "ɻ",
        "tsh": "tsʰ", "ts;h": "tɕʰ",
    ]

    /// - Returns: clean IPA; empty for pauses and language switches.
    static func ipa(of name: String) -> String {
        if let known = irregular[name] { return known }
        // "(en)" switches the language.
        if name.hasPrefix("(") { return "" }
        // Danish is written with Greek letters.
        return name.replacing("ε", with: "ɛ")
    }
}

/// Abbreviations after whose full stop a sentence goes on.
package enum Abbreviations {
    /// Whether the letters before a full stop, without it and in any case, are an abbreviation or an initial:
    /// `Dr`, `e.g`, `J`.
    package static func contains(_ word: some StringProtocol) -> Bool {
        let word = word.lowercased()
        if word.count == 1, word.first?.isLetter == true, word != "i" { return true }
        return known.contains(word)
    }

    private static let known: Set<String> = [
        "mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "vs", "etc", "e.g", "i.e", "no", "vol", "fig",
        "approx", "inc", "ltd", "co", "corp", "dept", "gen", "col", "capt", "lt", "sgt", "rev", "hon", "mt",
        "ave", "blvd", "z.b", "d.h", "u.a", "usw", "bzw", "nr", "str", "hr", "fr", "m", "mme", "mlle", "av",
        "p.ej", "sra", "srta", "dott", "sig", "avv", "cf", "al", "a.m", "p.m", "jan", "feb", "aug", "sept",
        "oct", "nov", "dec",
    ]
}

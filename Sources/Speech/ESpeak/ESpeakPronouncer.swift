import AvatariumCore
import Phonetics

/// Pronounces text with espeak-ng's dictionaries and rules, in all of its languages.
public struct ESpeakPronouncer: Pronouncer {
    public init() {}

    public func checkedLanguage(_ name: String) throws -> String {
        try ESpeakService.shared.checkedVoice(name)
    }

    /// Returns the phones of a text. A word whose letters the language's voice cannot read, which it would spell
    /// ("Chinese letter"), gets one neutral vowel per letter.
    public func segments(of text: String, language: String) throws -> [IPASegments.Segment] {
        guard text.contains(where: { !$0.isWhitespace }) else { return [] }
        let voice = try checkedLanguage(language)
        let census = ScriptCensus(text)
        // A Greek letter alone is one of mathematics, and has a name.
        let isSymbol = census.letters == 1 && census.counts[.greek] == 1
        if census.unreadable(byVoice: voice) * 2 > census.letters, !isSymbol {
            return [IPASegments.Segment](repeating: IPASegments.Segment(ipa: "ə"), count: census.letters)
        }
        var segments: [IPASegments.Segment] = []
        for clause in try ESpeakService.shared.phonemes(of: ESpeakText(text, voice: voice), voice: voice) {
            for part in clause.split(whereSeparator: { $0 == "_" || $0 == " " || $0 == "\n" }) {
                var stress = 0
                var name = part
                while let mark = name.first, mark == "ˈ" || mark == "ˌ" {
                    stress = mark == "ˈ" ? 1 : 2
                    name = name.dropFirst()
                }
                var phones = IPASegments.of(ESpeakAlphabet.ipa(of: String(name)))
                if stress > 0, let vowel = phones.firstIndex(where: { IPAFeatures.of($0.ipa).isVowel }) {
                    phones[vowel].stress = stress
                }
                segments += phones
            }
        }
        return segments
    }
}

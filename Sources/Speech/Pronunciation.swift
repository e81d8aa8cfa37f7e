import AvatariumCore
import Phonetics

/// How a text is pronounced, by espeak-ng's dictionaries and rules.
public enum Pronunciation {
    /// The sounds of a text, in order; empty where nothing in it is spoken.
    /// - Parameter language: an espeak-ng voice: `"en-us"`, `"de"`.
    /// - Throws: E034 for an unknown language, E084 where espeak-ng's data is missing.
    public static func segments(of text: String, language: String) throws -> [IPASegments.Segment] {
        guard text.contains(where: { !$0.isWhitespace }) else { return [] }
        var segments: [IPASegments.Segment] = []
        for clause in try ESpeakLibrary.shared.phonemes(
            of: text, voice: ESpeakEngine.checkedVoice(language))
        {
            for part in clause.split(whereSeparator: { $0 == "_" || $0 == " " || $0 == "\n" }) {
                var stress = 0
                var name = part
                while let mark = name.first, mark == "ˈ" || mark == "ˌ" {
                    stress = mark == "ˈ" ? 1 : 2
                    name = name.dropFirst()
                }
                var sounds = IPASegments.of(ESpeakAlphabet.ipa(of: String(name)))
                if stress > 0, let vowel = sounds.firstIndex(where: { IPAFeatures.of($0.ipa).isVowel }) {
                    sounds[vowel].stress = stress
                }
                segments += sounds
            }
        }
        return segments
    }
}

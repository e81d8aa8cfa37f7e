import AvatariumCore
import Phonetics

extension Articulation {
    /// The mouths of an IPA symbol in turn: one, or two for a diphthong or a p that ends in f.
    ///
    /// Goes by features, so that any symbol of any language has one; an unknown symbol gets the mouth of
    /// what it looks like, or of an indistinct vowel.
    static func sequence(forIPA ipa: String) -> [Articulation] {
        let features = IPAFeatures.of(ipa)
        if features.isSilence { return [silence] }
        if let quality = features.vowel {
            let first = vowel(quality, nasal: features.nasal)
            guard let glide = features.glide else { return [first] }
            return [first, vowel(glide, nasal: features.nasal)]
        }
        if features.manner == .affricate, features.place == .bilabial {
            return [consonant(features), consonant(IPAFeatures(manner: .fricative, place: .labiodental))]
        }
        return [consonant(features)]
    }
}

import AvatariumCore
import Phonetics
import Testing

@Suite struct IPATests {
    @Test(arguments: ["p", "b", "m", "pʰ", "bʲ", "ɓ", "mː", "pf", "p͡f", "k͡p", "ᵐb", "m̩"])
    func knowsWhatClosesTheLips(ipa: String) {
        #expect(IPAFeatures.of(ipa).closesLips)
        #expect(IPAFeatures.of(ipa).known)
    }

    @Test(arguments: ["β", "f", "w", "n", "a", "u", "ɸ", "t", ""])
    func knowsWhatLeavesTheLipsOpen(ipa: String) {
        #expect(!IPAFeatures.of(ipa).closesLips)
    }

    @Test(arguments: ["f", "v", "ɱ", "ʋ", "fʲ"]) func knowsWhatTouchesTheTeeth(ipa: String) {
        #expect(IPAFeatures.of(ipa).place == .labiodental)
    }

    @Test func roundingCoversVowelsGlidesAndSecondArticulations() {
        for ipa in ["u", "y", "øː", "œ", "oʊ", "w", "ɥ", "kʷ", "ɔ̃", "aʊ"] {
            #expect(IPAFeatures.of(ipa).rounding > 0.4, "\(ipa)")
        }
        for ipa in ["i", "ɯ", "ɑ", "ɛ", "aɪ", "k", "ɤ"] {
            #expect(IPAFeatures.of(ipa).rounding < 0.2, "\(ipa)")
        }
    }

    @Test func diphthongsHaveTwoQualities() throws {
        let ai = IPAFeatures.of("aɪ")
        let from = try #require(ai.vowel)
        let to = try #require(ai.glide)
        #expect(from.openness > to.openness && from.backness > to.backness - 0.2)
        #expect(IPAFeatures.of("aj").glide != nil)
        #expect(IPAFeatures.of("ɚ").vowel?.rhotic == true)
    }

    @Test func affricatesTakeTheirFricativesPlace() {
        for (ipa, place) in [
            ("tʃ", IPAFeatures.Place.postalveolar), ("dʒ", .postalveolar), ("ts", .alveolar),
            ("tɕ", .alveoloPalatal),
            ("ʈʂ", .retroflex), ("t͡s", .alveolar),
        ] {
            #expect(IPAFeatures.of(ipa).manner == .affricate && IPAFeatures.of(ipa).place == place, "\(ipa)")
        }
    }

    @Test func diacriticsAreReadInAnyComposition() {
        #expect(IPAFeatures.of("ã").nasal && IPAFeatures.of("a\u{303}").nasal)
        #expect(IPAFeatures.of("ç").place == .palatal && IPAFeatures.of("c\u{327}").place == .palatal)
        #expect(IPAFeatures.of("uː").long && IPAFeatures.of("n̩").syllabic && !IPAFeatures.of("z̥").voiced)
        #expect(IPAFeatures.of("tˤ").pharyngealized && IPAFeatures.of("tʲ").palatalized)
        #expect(IPAFeatures.of("ˈoʊ") == IPAFeatures.of("oʊ"))
    }

    @Test(arguments: ["Δ", "☃", "字", "é", "ŧ", "Ä", "7", "-"]) func unknownSymbolsAreNeverNothing(ipa: String)
    {
        let features = IPAFeatures.of(ipa)
        #expect(!features.isSilence)
    }

    @Test func splitsTextIntoSounds() {
        for (text, sounds) in [
            ("ˈmʌðɚ", ["m", "ʌ", "ð", "ɚ"]), ("tʃɜːtʃ", ["tʃ", "ɜː", "tʃ"]), ("kaʊ", ["k", "aʊ"]),
            ("oːɹ", ["oː", "ɹ"]), ("aɪɚ", ["aɪ", "ɚ"]), ("pfɛɾt", ["pf", "ɛ", "ɾ", "t"]),
            ("gəʊ", ["ɡ", "əʊ"]),
            ("t͡ɕʰi", ["t͡ɕʰ", "i"]), ("ɲ̟a", ["ɲ̟", "a"]), ("maja", ["m", "a", "j", "a"]), ("", []),
        ] {
            #expect(IPASegments.of(text).map(\.ipa) == sounds, "\(text)")
        }
        #expect(IPASegments.of("ˈmʌðɚ").map(\.stress) == [0, 1, 0, 0])
        #expect(IPASegments.of("həlˌoʊ").map(\.stress) == [0, 0, 0, 2])
    }
}

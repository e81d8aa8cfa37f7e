import AvatariumCore
import LipSync
import Testing

@Suite struct MouthsOfAllLanguages {
    private func held(_ ipa: String) -> FaceFrame {
        speak(timeline([("ə", 0.1), (ipa, 0.4), ("ə", 0.1)])).frame(at: 0.3)
    }

    @Test(arguments: ["y", "ø", "œ", "u", "o", "ʏ", "ɥ", "w", "kʷ"]) func roundsTheLips(ipa: String) {
        #expect(held(ipa)[.mouthPucker] > 0.25)
    }

    @Test(arguments: ["i", "e", "j", "ɲ", "ʎ", "tʲ"]) func spreadsTheLips(ipa: String) {
        #expect(held(ipa)[.mouthStretchLeft] > 0.08)
    }

    @Test(arguments: ["ʃ", "ʒ", "tʃ", "ʂ", "ɕ", "ʈʂ"]) func flaresTheLips(ipa: String) {
        #expect(held(ipa)[.mouthFunnel] > 0.12)
        #expect(held(ipa)[.CH] > 0.5)
    }

    @Test(arguments: ["ã", "ɛ̃", "ɔ̃", "ʕ", "ħ", "ɐ", "ɶ"]) func opensTheMouth(ipa: String) {
        #expect(ReferenceLips.gapOverNeutral(held(ipa).shapes) > 4)
    }

    @Test(arguments: ["ǀ", "ǃ", "ǂ", "ǁ", "q", "ɢ", "χ", "ʔ", "ɬ", "ɮ", "ɖ", "ɽ", "☃", "¿", "Ж", "1"])
    func hasAMouthForEverySound(ipa: String) {
        let frame = held(ipa)
        #expect(ReferenceLips.gapOverNeutral(frame.shapes) > 1)
        #expect(frame[.sil] < 0.8)
    }

    @Test func bitesTheLipAfterThePOfPf() {
        let track = speak(timeline([("a", 0.2), ("pf", 0.2), ("a", 0.2)]))
        #expect(track.frame(at: 0.24)[.PP] > 0.9)
        #expect(track.frame(at: 0.36)[.FF] > 0.9)
    }

    @Test func glidesThroughADiphthong() {
        let track = speak(timeline([("t", 0.1), ("aʊ", 0.4), ("t", 0.1)]))
        #expect(track.gap(at: 0.2) > track.gap(at: 0.42) + 2)
        #expect(track.frame(at: 0.42)[.mouthPucker] > track.frame(at: 0.2)[.mouthPucker] + 0.3)
    }
}

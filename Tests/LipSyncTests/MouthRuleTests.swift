import AvatariumCore
import LipSync
import Testing

@Suite struct MouthRules {
    @Test func staysNeutralInSilenceWithoutIdle() {
        let track = speak(PhoneTimeline(phones: [], source: "test"), seconds: 1)
        #expect(track.frames.count == 60)
        for frame in track.frames {
            #expect(frame.shapes.allSatisfy { $0 == 0 })
            #expect(frame.visemes[0] == 1)
            #expect(frame.headRotation == .zero)
        }
    }

    @Test func returnsToExactNeutralInLongPauses() {
        let track = speak(timeline([("a", 0.3), ("", 1.2), ("a", 0.3)]))
        #expect(track.frame(at: 0.9).shapes.allSatisfy { $0 == 0 })
    }

    @Test(arguments: ["p", "b", "m", "pʰ", "ɓ", "mʲ", "ʘ"])
    func sealsBilabialsFromTheirStart(ipa: String) {
        let track = speak(timeline([("", 0.3), ("a", 0.15), (ipa, 0.1), ("a", 0.15), ("", 0.3)]))
        for time in stride(from: 0.45, through: 0.45 + 0.06, by: 0.005) {
            #expect(track.gap(at: time) < 0.5)
        }
    }

    @Test(arguments: [24, 25, 30, 60], [1, 2, 3] as [UInt64])
    func sealsEveryClosureInBabble(fps: Int, seed: UInt64) {
        let speech = babble(seed: seed, seconds: 30)
        let track = speak(speech, fps: fps)
        for phone in speech.phones where ["p", "b", "m"].contains(phone.ipa) {
            for share in stride(from: 0.0, through: 0.6, by: 0.1) {
                #expect(track.gap(at: phone.start + share * phone.duration) < 1, "\(phone)")
            }
            #expect(track.frame(at: phone.start + 0.3 * phone.duration)[.PP] > 0.5)
        }
        for phone in speech.phones where ["f", "v"].contains(phone.ipa) {
            #expect(track.gap(at: phone.start + 0.4 * phone.duration) < 1, "\(phone)")
        }
    }

    @Test(arguments: [24, 30, 60], [4, 5] as [UInt64]) func neverShutsAVowel(fps: Int, seed: UInt64) {
        let speech = babble(seed: seed, seconds: 30)
        let track = speak(speech, fps: fps)
        let vowels = ["a", "i", "u", "ɛ", "ɔ", "ə", "y", "ø", "aɪ", "oʊ", "ɯ"]
        // A vowel shorter than two frames can fall between the pictures.
        for phone in speech.phones where vowels.contains(phone.ipa) && phone.duration > 2 / Double(fps) {
            #expect(track.gap(at: (phone.start + phone.end) / 2) > 1, "\(phone)")
        }
    }

    @Test func neverDrivesTheLipsThroughEachOther() {
        for emotion in Emotion.allCases {
            let options = PerformanceOptions(idle: false, emotions: [EmotionCue(emotion: emotion)])
            let track = speak(babble(seed: 9, seconds: 20), options: options)
            for frame in track.frames {
                #expect(ReferenceLips.gapOverNeutral(frame.shapes) > -ReferenceLips.neutralGap - 1)
                #expect(frame[.mouthClose] <= frame[.jawOpen] + 0.08)
            }
        }
    }

    @Test(arguments: [24, 25, 30, 60]) func showsClosuresShorterThanAFrame(fps: Int) {
        for offset in stride(from: 0.0, to: 0.05, by: 0.007) {
            let track = speak(timeline([("a", 0.3 + offset), ("p", 0.005), ("a", 0.3)]), fps: fps)
            let speaking = track.frames[2...(fps / 2)].map { ReferenceLips.gapOverNeutral($0.shapes) }
            #expect((speaking.min() ?? 9) < 0.5)
        }
    }

    @Test func opensWiderForOpenVowelsThanForCloseOnes() {
        let gaps = ["a", "ɛ", "i", "u"].map { vowel in
            speak(timeline([("t", 0.1), (vowel, 0.3), ("t", 0.1)])).gap(at: 0.25)
        }
        #expect(gaps == gaps.sorted(by: >))
    }

    @Test func keepsLipsTogetherFromAnMToAP() {
        let track = speak(timeline([("a", 0.2), ("m", 0.1), ("p", 0.1), ("a", 0.2)]))
        for time in stride(from: 0.2, through: 0.37, by: 0.01) { #expect(track.gap(at: time) < 1) }
    }

    @Test func leavesTheLipsOfTongueSoundsToTheirNeighbours() {
        let open = speak(timeline([("a", 0.2), ("n", 0.08), ("a", 0.2)])).gap(at: 0.24)
        let rounded = speak(timeline([("u", 0.2), ("n", 0.08), ("u", 0.2)])).frame(at: 0.24)
        #expect(open > 5)
        #expect(rounded[.mouthPucker] > 0.4)
    }

    @Test func movesSmoothly() {
        let track = speak(babble(seed: 12, seconds: 20), fps: 120)
        for (a, b) in zip(track.frames, track.frames.dropFirst()) {
            for (x, y) in zip(a.shapes, b.shapes) { #expect(abs(x - y) < 0.25) }
            for (x, y) in zip(a.visemes, b.visemes) { #expect(abs(x - y) < 0.75) }
        }
    }

    @Test func keepsVisemeWeightsAMixture() {
        for frame in speak(babble(seed: 13, seconds: 20)).frames {
            #expect(abs(frame.visemes.reduce(0, +) - 1) < 0.001)
        }
    }

    @Test func survivesAnyTimeline() {
        var phones = timeline([("a", 0.1), ("p", 0), ("", 0.2), ("☃", 0.1), ("m", 0.1)]).phones
        phones.append(Phone(start: .nan, end: 1, ipa: "a"))
        phones.append(Phone(start: 0.2, end: -4, ipa: "b"))
        phones.append(Phone(start: -1e300, end: 1e300, ipa: "u"))
        phones.append(Phone(start: 5, end: .infinity, ipa: "u"))
        let sick = PhoneTimeline(phones: phones, source: "test")
        for seconds in [0, 2, -1, .nan, .infinity] {
            guard seconds < 10 else { continue }
            for frame in speak(sick, seconds: seconds, options: PerformanceOptions(seed: 3)).frames {
                #expect(frame.shapes.allSatisfy { (0...1).contains($0) })
                #expect(frame.visemes.allSatisfy { (0...1).contains($0) })
            }
        }
    }

    @Test func opensLouderVowelsWiderButClosesAllTheSame() {
        let speech = timeline([("a", 0.3), ("p", 0.1), ("a", 0.3), ("p", 0.1), ("a", 0.3)])
        var samples = [Float](repeating: 0, count: 16_000)
        for index in samples.indices {
            let time = Double(index) / 16_000
            samples[index] = (index % 2 == 0 ? 1 : -1) * (time < 0.4 ? 0.5 : time < 0.8 ? 0.1 : 0.03)
        }
        let track = LipSync(options: PerformanceOptions(idle: false)).faceTrack(
            for: speech, durationSeconds: 1.1, frameRate: .fps30,
            audio: AudioBuffer(sampleRate: 16_000, samples: samples))
        #expect(track.gap(at: 0.13) > track.gap(at: 0.55))
        #expect(track.gap(at: 0.33) < 0.5)
    }
}

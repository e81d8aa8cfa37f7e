import Avatarium
import Speech
import Synchronization
import Testing

/// A text whose sentences come one by one.
@Suite struct LivePerformances {
    private func utterance(_ words: [(String, [String])], rate: Int = 16_000) -> Utterance {
        var timeline = PhoneTimeline(phones: [], source: "test")
        var time = 0.1
        for (text, sounds) in words {
            let start = time
            for sound in sounds {
                timeline.phones.append(
                    Phone(start: time, end: time + 0.15, ipa: sound, wordIndex: timeline.words.count))
                time += 0.15
            }
            timeline.words.append(Word(start: start, end: time, text: text))
        }
        let samples = [Float](repeating: 0.1, count: Int((time + 0.2) * Double(rate)))
        return Utterance(audio: AudioBuffer(sampleRate: rate, samples: samples), timeline: timeline)
    }

    private func live(_ text: String) -> LivePerformance {
        LivePerformance(.text(text), text: text, SpeechOptions())
    }

    /// What an interruption throws away costs neither time nor, with a provider, money.
    @Test func `speech of a live turn is made one piece ahead of what is taken`() async throws {
        struct Counted: SpeechEngine {
            static let made = Mutex(0)
            var name: String { "counted" }
            func voices() async throws -> [Voice] { [] }
            func speak(_ request: SpeechRequest, give: (Utterance) async throws -> Void) async throws {
                for _ in 0..<100 {
                    Self.made.withLock { $0 += 1 }
                    try await give(
                        Utterance(
                            audio: AudioBuffer(
                                sampleRate: 8000, samples: [Float](repeating: 0.1, count: 800)),
                            timeline: PhoneTimeline(
                                phones: [Phone(start: 0, end: 0.1, ipa: "a")], source: name)))
                }
            }
        }
        SpeechEngineRegistry.shared.register(SpeechEngineRegistry.Entry("counted") { Counted() })
        var taken = 0
        for try await _ in try LiveSpeech.speak("a", SpeechOptions(voice: "counted:x")) {
            taken += 1
            for _ in 0..<50 { await Task.yield() }
            #expect(Counted.made.withLock { $0 } <= taken + 1)
        }
        #expect(taken == 100)
    }

    @Test func givesFacesBeforeTheTextIsAtItsEnd() throws {
        let text = "Bob [happy]may nap.[/happy] Pam may help."
        var live = live(text)
        #expect(live.text == "Bob may nap. Pam may help.")
        let first = try live.add(
            utterance([("Bob", ["b", "ɑ", "b"]), ("may", ["m", "eɪ"]), ("nap", ["n", "æ", "p"])]))
        // Of 1.2 s of speech, those before a hand may set out for the last word.
        #expect(first.faces.count > 3)
        let second = try live.add(
            utterance([("Pam", ["p", "æ", "m"]), ("may", ["m", "eɪ"]), ("help", ["h", "ɛ", "l", "p"])]))
        let (last, whole) = try live.finished()
        #expect(whole.track.frames == first.faces + second.faces + last.faces)
        #expect(whole.timeline.words.map(\.text) == ["Bob", "may", "nap.", "Pam", "may", "help."])
        #expect(abs(whole.timeline.words[3].start - (1.5 + 0.1)) < 0.001)
        let audio = try #require(whole.audio)
        #expect(abs(audio.durationSeconds - (1.5 + 1.65 + 0.35)) < 0.001)
        let happy = Emotion.happy.rawValue
        #expect(whole.track.frames[30].emotions[happy] > 0.9)
        #expect(whole.track.frames[75].emotions[happy] == 0)
    }

    /// Every call looks at all that is known; a text of three hours took as many calls as it has sentences.
    @Test func longSpeechIsTakenInLargerAndLargerPieces() throws {
        var live = live("Hm.")
        var piece = utterance([("Hm", ["h", "m"])], rate: 100)
        piece.audio.samples = [Float](repeating: 0, count: 100 * 6)
        var pieces: [Int] = []
        for _ in 0..<300 { pieces.append(try live.add(piece).faces.count) }
        let (last, whole) = try live.finished()
        #expect(pieces[1..<10].allSatisfy { $0 > 0 })
        #expect(pieces.count { $0 > 0 } < 60)
        #expect(pieces.reduce(0, +) + last.faces.count == whole.track.frames.count)
        #expect(whole.timeline.words.count == 300)
        #expect(abs(whole.timeline.words[299].start - (299 * 6 + 0.1)) < 0.001)
        #expect(abs(whole.durationSeconds - (300 * 6 + 0.35)) < 0.001)
    }

    @Test func refusesASpeechThatGetsTooLong() throws {
        var live = live("Hm.")
        let long = utterance([("Hm", ["m"])], rate: 1)
        var piece = long
        piece.audio.samples = [Float](repeating: 0, count: 5 * 3600)
        let error = #expect(throws: AvatariumError.self) { try live.add(piece) }
        #expect(error?.code == .invalidConfig)
    }
}

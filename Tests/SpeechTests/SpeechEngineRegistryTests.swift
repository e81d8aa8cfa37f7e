import AvatariumCore
import Speech
import SpeechTestSupport
import Synchronization
import Testing

@Suite struct SpeechEngineRegistryTests {
    /// Says every word as a second of tone.
    private struct ToneEngine: SpeechEngine {
        let name = "tone"
        func voices() async throws -> [Voice] {
            [Voice(id: "tone:a", name: "A", language: "en", engine: name)]
        }
        func check(voice: String) throws {
            if voice != "a" { throw AvatariumError(.ttsVoiceNotFound, "no voice '\(voice)'; use a") }
        }
        func voices(like name: String) -> [String] { name == "a" ? ["a"] : [] }
        func speak(_ request: SpeechRequest, give: (Utterance) async throws -> Void) async throws {
            for word in request.text.split(separator: " ") where word != "-" {
                try await give(
                    Utterance(
                        audio: AudioBuffer(sampleRate: 8000, samples: [Float](repeating: 0.1, count: 8000)),
                        timeline: PhoneTimeline(
                            phones: [Phone(start: 0, end: 1, ipa: "a", wordIndex: 0)],
                            words: [Word(start: 0, end: 1, text: String(word))], source: "tone")))
            }
        }
    }

    private func registry() -> SpeechEngineRegistry {
        let registry = SpeechEngineRegistry()
        registry.register(SpeechEngineRegistry.Entry("tone", aliases: ["beep"]) { ToneEngine() })
        return registry
    }

    @Test func `an engine of one's own speaks by its prefix`() async throws {
        let (engine, voice) = try registry().resolve(voice: "Beep:a")
        #expect(engine.name == "tone" && voice == "a")
        let speech = try await engine.synthesize("one two")
        #expect(speech.audio.durationSeconds == 2)
        #expect(speech.timeline.words.map(\.start) == [0, 1])
        let error = await failure { _ = try registry().resolve(voice: "tone:b") }
        #expect(error?.code == .ttsVoiceNotFound)
    }

    /// What every engine's callers get, whatever the engine does.
    @Test func `texts and options are checked for every engine`() async {
        let engine = ToneEngine()
        for (text, options, code) in [
            ("", SpeechOptions(), ErrorCode.validationError), (" \n", SpeechOptions(), .validationError),
            ("a", SpeechOptions(rate: 9), .invalidConfig), ("a", SpeechOptions(pitch: .nan), .invalidConfig),
            ("-", SpeechOptions(), .ttsFailed),
            (String(repeating: "a", count: (4 << 20) + 1), SpeechOptions(), .validationError),
        ] {
            let error = await failure { _ = try await engine.synthesize(text, options: options) }
            #expect(error?.code == code, "\(text.prefix(10))")
        }
    }

    @Test func `speech is made no further ahead than it is taken`() async throws {
        var taken = 0
        try await ToneEngine().speak("one two three", options: SpeechOptions()) { piece in
            taken += 1
            #expect(piece.timeline.words.map(\.text) == [["one"], ["two"], ["three"]][taken - 1])
        }
        #expect(taken == 3)
        struct Enough: Error {}
        await #expect(throws: Enough.self) {
            try await ToneEngine().speak("one two three", options: SpeechOptions()) { _ in
                taken += 1
                throw Enough()
            }
        }
        #expect(taken == 4)
    }

    @Test func `the default engine needs no prefix`() throws {
        let (engine, voice) = try registry().resolve(voice: nil)
        #expect(engine.name == "espeak" && voice == nil)
        #expect(try registry().resolve(voice: "de").voice == "de")
        #expect(try registry().resolve(voice: "google:de-DE-Neural2-B").voice == "de-DE-Neural2-B")
    }

    @Test func `a voice without its engine's name is answered with the whole id`() async {
        let error = await failure { _ = try registry().resolve(voice: "a") }
        #expect(error?.code == .ttsVoiceNotFound)
        #expect(error?.context["suggestions"] == "tone:a")
        #expect(error?.message.contains("tone:a") == true)
        // A voice that exists is taken, and one that none has is the default engine's to refuse.
        #expect(throws: Never.self) { try registry().resolve(voice: "de") }
        let unknown = await failure { _ = try registry().resolve(voice: "en-xx") }
        #expect(unknown?.code == .ttsVoiceNotFound && unknown?.context["provider"] == "espeak")
        #expect(unknown?.context["suggestions"]?.contains("en-gb") == true)
    }

    @Test(arguments: ["tone", "Tone", "espeak"])
    func `an engine's name alone is no voice`(name: String) async {
        let error = await failure { _ = try registry().resolve(voice: name) }
        #expect(error?.code == .ttsVoiceNotFound)
        #expect(error?.message.contains("name a voice of it too, as \(name.lowercased()):VOICE") == true)
    }

    @Test func `an unknown engine is answered with those that there are`() async {
        let error = await failure { _ = try registry().resolve(voice: "acme:bob") }
        #expect(error?.code == .invalidProvider)
        #expect(error?.message.contains("tone:VOICE") == true)
    }
}

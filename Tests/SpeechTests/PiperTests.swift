import AvatariumCore
import Speech
import SpeechTestSupport
import Testing

@Suite struct PiperTests {
    @Test(.enabled(if: PiperInstallation.isInstalled, "needs Piper"))
    func speaksWithTheTimesOfItsOwnPhonemes() async throws {
        let text = "My mother makes 12 small apple pies. They are good!"
        let speech = try await PiperEngine().synthesize(text, options: SpeechOptions())
        expectClean(speech.timeline)
        #expect(
            speech.timeline.words.map(\.text) == [
                "My", "mother", "makes", "12", "small", "apple", "pies", "They", "are", "good",
            ])
        #expect(abs(speech.timeline.endSeconds - speech.audio.durationSeconds) < 0.02)
        #expect(speech.timeline.phones.contains { $0.ipa == "ʌ" && $0.stress == 1 })
        #expect(speech.timeline.phones.contains { $0.ipa == "aɪ" })
        for phone in speech.timeline.phones where !phone.isSilence { #expect(phone.duration < 0.4) }
    }

    @Test(.enabled(if: PiperInstallation.isInstalled, "needs Piper")) func refusesAVoiceThatIsNotThere() async
    {
        let error = await failure { _ = try SpeechEngineRegistry.shared.resolve(voice: "piper:nobody") }
        #expect(error?.code == .ttsVoiceNotFound)
    }

    @Test(.enabled(if: !PiperInstallation.isInstalled, "Piper is installed")) func saysHowToInstallIt() async
    {
        let error = await failure { _ = try await PiperEngine().synthesize("Hi", options: SpeechOptions()) }
        #expect(error?.code == .speechEngineMissing)
        #expect(error?.message.contains("install-piper") == true)
    }
}

import AvatariumCore
import Foundation
import Speech
import SpeechTestSupport
import Testing

/// espeak-ng in its side process: what ends the library ends no more than one text.
@Suite(.serialized) struct ESpeakHelperTests {
    private let engine = ESpeakEngine()

    /// Texts that overflow libespeak-ng 1.51's stack buffers when they reach it as they are.
    private static let overflowing: [(voice: String, text: String)] = [
        ("en-us", String(repeating: "a.", count: 86)),
        ("en-us", "see https://" + String(repeating: "b.", count: 120) + "com now"),
        ("om", "X." + String(repeating: "😀", count: 44)),
        ("ku", "X." + String(repeating: "한", count: 21)),
        ("en-us", String(repeating: "\u{300}", count: 4000)),
        ("de", String(repeating: "漢", count: 500) + " Tag"),
    ]

    @Test(arguments: 0..<6) func `a text that overflows the library's buffers ends nothing but itself`(
        index: Int
    ) async throws {
        let (voice, text) = Self.overflowing[index]
        do {
            _ = try await engine.synthesize(text, options: SpeechOptions(voice: voice))
        } catch let error as AvatariumError {
            #expect([.ttsFailed, .ttsVoiceNotFound].contains(error.code), "\(error)")
        }
        _ = try? ESpeakPronouncer().segments(of: text, language: voice)
        let after = try await engine.synthesize("Hello, my mother.")
        #expect(after.timeline.words.map(\.text) == ["Hello", "my", "mother"])
    }

    @Test func `dotted letters are cut and spoken`() async throws {
        let speech = try await engine.synthesize(String(repeating: "a.", count: 86))
        #expect(speech.audio.durationSeconds > 5)
        expectClean(speech.timeline)
    }

    /// What libespeak-ng takes for one abbreviation and copies into 160 bytes, with spaces, dots and signs between the
    /// letters, and a long word behind them.
    @Test(
        arguments: ["A.B.C.", "U.S.A.", "a . ", "a .", "a..", "a._", "a\u{AD}.", "a\t.", "я.", "é."],
        ["en-us", "de", "ru"])
    func `letters with dots end no process`(letters: String, voice: String) async throws {
        let service = ESpeakService()
        let engine = ESpeakEngine(service: service)
        // Each voice gets letters that it reads.
        let isCyrillic = letters.unicodeScalars.contains { (0x400...0x4FF).contains($0.value) }
        guard voice == "ru" || !isCyrillic else { return }
        for end in ["", String(repeating: voice == "ru" ? "ж" : "q", count: 78)] {
            let text = String(repeating: letters, count: 80) + end
            let speech = try await engine.synthesize(text, options: SpeechOptions(voice: voice, rate: 2))
            // 80 names of letters at twice the speed; espeak-ng 1.52 takes 2.8 s for them.
            #expect(speech.audio.durationSeconds > 2)
            expectClean(speech.timeline)
        }
        #expect(service.crashCount == 0)
    }

    @Test(arguments: [
        "en+" + String(repeating: "a", count: 40), "en+nobody", "en-xx", "xx", "en+../../../etc/passwd",
        "../en",
        String(repeating: "e", count: 5000), "en\u{1B}[31m", "mb/mb-en1", "en+f1+f2", "",
    ])
    func `only names of voices and variants reach the library`(voice: String) async throws {
        let error = await failure {
            _ = try await engine.synthesize("Hello", options: SpeechOptions(voice: "espeak:" + voice))
        }
        if voice.isEmpty {
            #expect(error == nil)
        } else {
            #expect(error?.code == .ttsVoiceNotFound)
            #expect(error.map { $0.message.utf8.count < 200 && !$0.message.contains("\u{1B}") } == true)
        }
        let ssml = "<speak><voice name=\"\(voice)\">Hello</voice></speak>"
        let speech = try await engine.synthesize(ssml, options: SpeechOptions(ssml: true))
        #expect(speech.diagnostics.map(\.code) == ["SSML_VOICE_UNKNOWN"])
    }

    @Test(arguments: ["en+f3", "EN-us+Whisper", "de_DE", "deu", "fre", "nn", "zh-TW", "English (America)"])
    func `voices have many names`(voice: String) throws {
        try engine.check(voice: voice)
    }

    @Test func `a misspelt variant is answered with the near ones`() async {
        let error = await failure { try engine.check(voice: "en+wisper") }
        #expect(error?.context["suggestions"]?.contains("en+whisper") == true)
    }

    @Test func `the helper is started again when it has died`() async throws {
        let service = ESpeakService()
        let engine = ESpeakEngine(service: service)
        let first = try await engine.synthesize("Bob made a map.")
        let old = try #require(service.processIdentifier)
        kill(old, SIGKILL)
        let again = try await engine.synthesize("Bob made a map.")
        #expect(again.audio == first.audio && again.timeline == first.timeline)
        #expect(service.processIdentifier != old)
    }

    @Test func `the helper gets no key and no descriptor`() async throws {
        setenv("AVATARIUM_TEST_API_KEY", "sk_secret", 1)
        defer { unsetenv("AVATARIUM_TEST_API_KEY") }
        let service = ESpeakService()
        let file = open("/dev/null", O_RDONLY)
        defer { close(file) }
        _ = try await ESpeakEngine(service: service).synthesize("Hello.")
        let identifier = try #require(service.processIdentifier)
        let environment = try Data(contentsOf: URL(fileURLWithPath: "/proc/\(identifier)/environ"))
        let text = String(decoding: environment, as: UTF8.self)
        #expect(!text.contains("secret") && !text.contains("HOME=") && !text.contains("PULSE"))
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(identifier)/fd")
        #expect(Set(open) == ["0", "1", "2"])
    }

    @Test func `what the task no longer wants is not made`() async throws {
        let text = "<speak>" + String(repeating: "Never. <break time=\"600s\"/>", count: 5) + "</speak>"
        let task = Task { try await engine.synthesize(text, options: SpeechOptions(ssml: true)) }
        try await Task.sleep(for: .milliseconds(20))
        task.cancel()
        let result = await task.result
        #expect(throws: CancellationError.self) { try result.get() }
    }

    @Test func `an hour of pauses is refused before it fills the memory`() async {
        let text = "<speak>Hi" + String(repeating: "<break time=\"600s\"/> and ", count: 40) + "you</speak>"
        let error = await failure {
            _ = try await engine.synthesize(text, options: SpeechOptions(ssml: true))
        }
        #expect(error?.code == .validationError)
        #expect(error?.message.contains("60 minutes") == true)
    }

    @Test func `a program that is not there is said with what to do`() async {
        for (program, word) in [("/nowhere/avatarium-espeak", "install"), ("/bin/true", "libespeak-ng1")] {
            let engine = ESpeakEngine(service: ESpeakService(program: program))
            let error = await failure { _ = try await engine.synthesize("Hello there.") }
            #expect(error?.code == .speechEngineMissing)
            #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
        }
    }

    /// A process of its own that this one's end ends, whatever it does meanwhile.
    @Test func `the helper ends with its service`() async throws {
        var service: ESpeakService? = ESpeakService()
        _ = try await service.map { ESpeakEngine(service: $0) }?.synthesize("Hello.")
        let identifier = try #require(service?.processIdentifier)
        #expect(kill(identifier, 0) == 0)
        service = nil
        // A task that has just ended may hold the service a moment longer.
        for _ in 0..<1000 where kill(identifier, 0) == 0 { try await Task.sleep(for: .milliseconds(10)) }
        #expect(kill(identifier, 0) != 0)
    }
}

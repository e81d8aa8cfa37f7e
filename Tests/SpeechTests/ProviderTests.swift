import AvatariumCore
import Foundation
import LocalServer
import ProviderHTTP
import Speech
import SpeechTestSupport
import Testing

/// Both providers against a server that replays their documented answers.
@Suite struct ProviderTests {
    private static let key = "sk_secret_0123456789"
    private static let voice = "21m00Tcm4TlvDq8ikWAM"

    private static let quick = RetryPolicy(
        attempts: 4, firstDelay: .milliseconds(10), deadline: .seconds(20))

    private func elevenLabs(_ server: LocalServer, _ policy: RetryPolicy = quick) -> ElevenLabsEngine {
        ElevenLabsEngine(key: Self.key, base: server.url, policy: policy)
    }

    private func google(_ server: LocalServer, _ policy: RetryPolicy = quick) -> GoogleEngine {
        GoogleEngine(key: Self.key, base: server.url, policy: policy)
    }

    private static func wave(seconds: Double) -> String {
        let samples = SpokenTone.samples(seconds: seconds)
        func little(_ value: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        var bytes = Array("RIFF".utf8) + little(36 + samples.count, 4) + Array("WAVEfmt ".utf8)
        bytes += little(16, 4) + little(1, 2) + little(1, 2) + little(24_000, 4) + little(48_000, 4)
        bytes += little(2, 2) + little(16, 2) + Array("data".utf8) + little(samples.count, 4) + samples
        return Data(bytes).base64EncodedString()
    }

    // MARK: ElevenLabs

    @Test func elevenLabsSpeaksSentenceBySentenceWithItsOwnTimes() async throws {
        let server = try LocalServer { _, request in
            LocalServer.Answer(
                body: SpokenTone.elevenLabs(
                    request.body.contains(#""text":"My mother."#) ? "My mother." : "Who?"))
        }
        defer { server.stop() }
        let speech = try await elevenLabs(server).synthesize(
            "My mother. Who?", options: SpeechOptions(voice: "elevenlabs:\(Self.voice)"))
        expectClean(speech.timeline)
        #expect(speech.timeline.words.map(\.text) == ["My", "mother", "Who"])
        #expect(speech.audio.sampleRate == 24_000)
        #expect(abs(speech.audio.durationSeconds - (0.8 + 0.44)) < 1e-6)
        // The second sentence begins where the first one's sound ends.
        #expect(abs(speech.timeline.words[2].start - 0.8) < 1e-6)
        #expect(abs(speech.timeline.words[1].start - 0.18) < 1e-6)
        let requests = server.requests
        #expect(requests.count == 2)
        let first = try #require(requests.first { $0.body.contains("next_text") })
        #expect(
            first.head.hasPrefix(
                "POST /v1/text-to-speech/\(Self.voice)/with-timestamps?output_format=pcm_24000 "))
        #expect(first.head.contains("xi-api-key: \(Self.key)"))
        #expect(!first.head.prefix { $0 != "\r\n" }.contains(Self.key))
        #expect(try JSONParser.parse(first.body)["model_id"]?.string == "eleven_multilingual_v2")
    }

    @Test func aVoiceMayBeGivenByItsName() async throws {
        let server = try LocalServer { _, request in
            LocalServer.Answer(
                body: request.head.hasPrefix("GET /v1/voices")
                    ? #"{"voices": [{"voice_id": "abc123", "name": "Rachel", "labels": {"gender": "female"}}]}"#
                    : SpokenTone.elevenLabs("Hi."))
        }
        defer { server.stop() }
        _ = try await elevenLabs(server).synthesize("Hi.", options: SpeechOptions(voice: "rachel/eleven_v3"))
        #expect(server.requests.last?.head.contains("/v1/text-to-speech/abc123/") == true)
        #expect(server.requests.last?.body.contains("eleven_v3") == true)
        let listed = try await elevenLabs(server).voices()
        #expect(listed.map(\.id) == ["elevenlabs:abc123"])
        #expect(listed.first?.gender == "female")
        let error = await failure {
            _ = try await elevenLabs(server).synthesize("Hi.", options: SpeechOptions(voice: "Rachle"))
        }
        #expect(error?.code == .ttsVoiceNotFound)
        #expect(error?.message.contains("Rachel") == true)
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var status: Int
        var body: String
        var code: ErrorCode
        var requests = 1
        var testDescription: String { "\(status) is \(code.code)" }
    }

    @Test(arguments: [
        Refusal(
            status: 401,
            body:
                #"{"detail":{"status":"invalid_api_key","message":"Invalid API key sk_secret_0123456789"}}"#,
            code: .byokKeyInvalid),
        Refusal(
            status: 401,
            body: #"{"detail":{"status":"quota_exceeded","message":"This request exceeds your quota."}}"#,
            code: .ttsQuotaExceeded),
        Refusal(
            status: 404, body: #"{"detail":{"status":"voice_not_found","message":"A voice was not found."}}"#,
            code: .ttsVoiceNotFound),
        Refusal(
            status: 422,
            body: #"{"detail":[{"loc":["body","text"],"msg":"field required","type":"missing"}]}"#,
            code: .ttsProviderError),
        Refusal(
            status: 429, body: #"{"detail":{"status":"system_busy","message":"We are busy."}}"#,
            code: .rateLimited, requests: 4),
        Refusal(status: 503, body: "<html>down</html>", code: .ttsProviderError, requests: 4),
    ])
    func elevenLabsRefusalsAreOurErrors(_ refusal: Refusal) async throws {
        let server = try LocalServer { _, _ in LocalServer.Answer(status: refusal.status, body: refusal.body)
        }
        defer { server.stop() }
        let error = await failure {
            _ = try await elevenLabs(server).synthesize("Hi.", options: SpeechOptions(voice: Self.voice))
        }
        let found = try #require(error)
        #expect(found.code == refusal.code)
        #expect(found.context["provider"] == "elevenlabs")
        #expect(found.context["status"] == "\(refusal.status)")
        #expect(server.requests.count == refusal.requests)
        // Even where the provider repeats the key, we do not.
        #expect(!"\(found)".contains(Self.key))
        let encoded = String(decoding: try JSONEncoder().encode(found), as: UTF8.self)
        #expect(!encoded.contains(Self.key))
    }

    // MARK: Google

    private static let hello = """
        {"audioContent": "\(wave(seconds: 1.2))",
         "timepoints": [{"markName": "w0", "timeSeconds": 0.1}, {"markName": "w1", "timeSeconds": 0.5}]}
        """

    @Test func googleSpeaksWithAMarkBeforeEveryWord() async throws {
        let server = try LocalServer { _, _ in LocalServer.Answer(body: Self.hello) }
        defer { server.stop() }
        let speech = try await google(server).synthesize(
            "Tom & Anna!", options: SpeechOptions(voice: "google:en-GB-Neural2-A", rate: 1.25, pitch: 2))
        expectClean(speech.timeline)
        #expect(speech.timeline.words.map(\.text) == ["Tom", "Anna"])
        #expect(abs(speech.timeline.words[1].start - 0.5) < 1e-9)
        #expect(abs(speech.audio.durationSeconds - 1.2) < 1e-6)
        let request = try #require(server.requests.first)
        #expect(request.head.hasPrefix("POST /v1beta1/text:synthesize "))
        #expect(request.head.contains("x-goog-api-key: \(Self.key)"))
        let body = try JSONParser.parse(request.body)
        #expect(
            body["input"]?["ssml"]?.string
                == #"<speak><mark name="w0"/>Tom &amp; <mark name="w1"/>Anna!</speak>"#)
        #expect(body["voice"]?["languageCode"]?.string == "en-GB")
        #expect(body["enableTimePointing"]?[0]?.string == "SSML_MARK")
        #expect(body["audioConfig"]?["speakingRate"]?.double == 1.25)
        #expect(body["audioConfig"]?["pitch"]?.double == 12)
    }

    @Test func marksStayOutsideOfWhatMayNotHoldThem() throws {
        let marks = GoogleMarks(
            ssml: try SSMLDocument(
                #"<speak>Call <say-as interpret-as="characters">abc</say-as> <break time="1s"/>now.</speak>"#)
        )
        #expect(
            marks.ssml == #"<speak><mark name="w0"/>Call <say-as interpret-as="characters">"#
                .replacing("<say-as", with: #"<mark name="w1"/><say-as"#)
                + #"abc</say-as> <break time="1s"/><mark name="w2"/>now.</speak>"#)
        #expect(marks.words == ["Call", "abc", "now."])
    }

    @Test(arguments: [
        Refusal(
            status: 400,
            body: """
                {"error": {"code": 400, "message": "API key not valid. Please pass a valid API key.",
                 "status": "INVALID_ARGUMENT", "details": [{"reason": "API_KEY_INVALID"}]}}
                """, code: .byokKeyInvalid),
        Refusal(
            status: 400,
            body: """
                {"error": {"code": 400, "message": "API key expired. Please renew the API key.",
                 "status": "INVALID_ARGUMENT", "details": [{"reason": "API_KEY_EXPIRED"}]}}
                """, code: .byokKeyExpired),
        Refusal(
            status: 400,
            body: """
                {"error": {"code": 400, "message": "Voice 'en-US-Nobody' does not exist. Is it misspelled?",
                 "status": "INVALID_ARGUMENT"}}
                """, code: .ttsVoiceNotFound),
        Refusal(
            status: 403,
            body:
                #"{"error": {"code": 403, "message": "Billing", "details": [{"reason": "BILLING_DISABLED"}]}}"#,
            code: .ttsQuotaExceeded),
        Refusal(
            status: 429,
            body: #"{"error": {"code": 429, "message": "Quota exceeded", "status": "RESOURCE_EXHAUSTED"}}"#,
            code: .rateLimited, requests: 4),
        Refusal(status: 500, body: "", code: .ttsProviderError, requests: 4),
    ])
    func googleRefusalsAreOurErrors(_ refusal: Refusal) async throws {
        let server = try LocalServer { _, _ in LocalServer.Answer(status: refusal.status, body: refusal.body)
        }
        defer { server.stop() }
        let error = await failure {
            _ = try await google(server).synthesize("Hi.", options: SpeechOptions(voice: "en-US-Nobody"))
        }
        #expect(error?.code == refusal.code)
        #expect(error?.context["status"] == "\(refusal.status)")
        #expect(server.requests.count == refusal.requests)
    }

    // MARK: Tries

    @Test func twoFailuresAndThenSpeech() async throws {
        let server = try LocalServer { index, _ in
            index < 2 ? LocalServer.Answer(status: 500) : LocalServer.Answer(body: Self.hello)
        }
        defer { server.stop() }
        let speech = try await google(server).synthesize("Tom Anna", options: SpeechOptions())
        #expect(speech.timeline.words.count == 2)
        #expect(server.requests.count == 3)
    }

    @Test func theServersRetryAfterIsWaitedFor() async throws {
        let server = try LocalServer { index, _ in
            index == 0
                ? LocalServer.Answer(status: 429, headers: ["Retry-After": "1"])
                : LocalServer.Answer(body: Self.hello)
        }
        defer { server.stop() }
        let began = ContinuousClock.now
        _ = try await google(server).synthesize("Tom Anna", options: SpeechOptions())
        #expect(ContinuousClock.now - began >= .seconds(1))
        #expect(server.requests.count == 2)
    }

    @Test func aRetryAfterPastTheDeadlineIsToldToTheCallerAtOnce() async throws {
        let server = try LocalServer { _, _ in
            LocalServer.Answer(status: 429, headers: ["Retry-After": "3600"])
        }
        defer { server.stop() }
        let error = await failure {
            _ = try await google(server).synthesize("Hi.", options: SpeechOptions())
        }
        #expect(error?.code == .rateLimited)
        #expect(error?.retryAfter == 3_600_000)
        #expect(server.requests.count == 1)
    }

    @Test func silenceEndsAtTheDeadline() async throws {
        let server = try LocalServer { _, _ in LocalServer.Answer(silent: true) }
        defer { server.stop() }
        let policy = RetryPolicy(attempts: 4, firstDelay: .milliseconds(10), deadline: .milliseconds(300))
        let began = ContinuousClock.now
        let error = await failure {
            _ = try await google(server, policy).synthesize("Hi.", options: SpeechOptions())
        }
        #expect(error?.code == .timeout)
        #expect(ContinuousClock.now - began >= .milliseconds(290))
    }

    @Test func aCutBodyIsTriedAgainAndThenANetworkError() async throws {
        let server = try LocalServer { index, _ in LocalServer.Answer(body: Self.hello, cut: 100) }
        defer { server.stop() }
        let error = await failure {
            _ = try await google(server).synthesize("Hi.", options: SpeechOptions())
        }
        #expect(error?.code == .networkError)
        #expect(server.requests.count == 4)
    }

    @Test func anAnswerThatIsNoJSONIsTheProvidersError() async throws {
        let server = try LocalServer { _, _ in LocalServer.Answer(body: #"{"audioContent": "#) }
        defer { server.stop() }
        let error = await failure {
            _ = try await google(server).synthesize("Hi.", options: SpeechOptions())
        }
        #expect(error?.code == .ttsProviderError)
        #expect(server.requests.count == 1)
    }

    @Test func audioThatIsNoneIsSaidToBe() async throws {
        let server = try LocalServer { _, _ in LocalServer.Answer(body: #"{"audioContent": "AAAA"}"#) }
        defer { server.stop() }
        let error = await failure {
            _ = try await google(server).synthesize("Hi.", options: SpeechOptions())
        }
        #expect(error?.code == .ttsAudioDecodeFailed)
    }

    @Test func nobodyThereIsAFailedConnection() async throws {
        let server = try LocalServer { _, _ in LocalServer.Answer() }
        let url = server.url
        server.stop()
        try await Task.sleep(for: .milliseconds(100))
        let error = await failure {
            _ = try await GoogleEngine(key: Self.key, base: url, policy: Self.quick)
                .synthesize("Hi.", options: SpeechOptions())
        }
        #expect(error?.code == .connectionFailed)
    }
}

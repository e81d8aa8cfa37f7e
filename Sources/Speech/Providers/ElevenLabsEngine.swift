#if CloudVoices
import AvatariumCore
import Foundation
import ProviderHTTP
import TimingFormats

/// ElevenLabs' voices over HTTP, with the caller's own key: every character with its time.
///
/// A voice is an id or a name, and may name a model: `elevenlabs:21m00Tcm4TlvDq8ikWAM`, `elevenlabs:Rachel`,
/// `elevenlabs:Rachel/eleven_flash_v2_5`. The key is `ELEVENLABS_API_KEY`; `AVATARIUM_ELEVENLABS_URL` names
/// another address.
public struct ElevenLabsEngine: SpeechEngine {
    static let defaultModel = "eleven_multilingual_v2"
    /// Every plan may ask for this one, and it needs no decoder.
    static let sampleRate = 24_000
    static let keyNames = ["ELEVENLABS_API_KEY"]

    private let provider: SpeechProvider

    public init() { self.init(key: nil, base: nil, policy: .standard) }

    /// - Parameters:
    ///   - key: Nil: the environment's.
    ///   - base: Nil: the environment's, else the real one.
    package init(key: String?, base: String?, policy: RetryPolicy) {
        provider = SpeechProvider(
            "elevenlabs", address: ("https://api.elevenlabs.io", "AVATARIUM_ELEVENLABS_URL"),
            keyNames: Self.keyNames, keyHeader: "xi-api-key", key: key, base: base, policy: policy,
            failure: Self.failure)
    }

    public var name: String { provider.name }

    public func voices() async throws -> [Voice] {
        try await provider.voices("/v1/voices", entries: { $0["voices"] }) { voice in
            guard let id = voice["voice_id"]?.string else { return nil }
            let labels = voice["labels"]
            return Voice(
                id: "elevenlabs:\(id)", name: voice["name"]?.string ?? id,
                language: labels?["language"]?.string?.lowercased() ?? "en",
                gender: labels?["gender"]?.string, engine: name, note: "needs the network")
        }
    }

    /// Speaks sentence by sentence, one ahead.
    public func speak(_ request: SpeechRequest, give: (Utterance) async throws -> Void) async throws {
        let options = request.options
        let client = try provider.client
        let (voice, model) = try await voice(bare(options.voice), client)
        let language = options.language ?? TimingSource.defaultLanguage
        let (speed, diagnostics) = Self.speed(for: options)
        let sentences = Sentences.split(
            options.ssml ? try SSMLDocument(request.text).plainText : request.text
        )
        .filter { $0.contains { $0.isLetter || $0.isNumber } }
        try await SentenceQueue.run(sentences.count, ahead: 2) { index in
            let body = Self.body(sentences, index, model: model, speed: speed)
            let answer = try await client.send(
                "/v1/text-to-speech/\(voice)/with-timestamps?output_format=pcm_\(Self.sampleRate)",
                body: body
            )
            var utterance = try Self.utterance(from: answer, language: language, volume: options.volume)
            if index == 0 { utterance.diagnostics = diagnostics }
            return utterance
        } give: {
            try await give($0)
        }
    }

    private static func body(_ sentences: [String], _ index: Int, model: String, speed: Double) -> JSON {
        var voice = JSONObject()
        voice.set("speed", .number(speed, isInteger: false))
        var body = JSONObject()
        body.set("text", .string(sentences[index]))
        body.set("model_id", .string(model))
        body.set("seed", .integer(1))
        body.set("voice_settings", .object(voice))
        // What stands around a sentence shapes its melody.
        if index > 0 { body.set("previous_text", .string(sentences[index - 1])) }
        if index + 1 < sentences.count { body.set("next_text", .string(sentences[index + 1])) }
        return .object(body)
    }

    static func utterance(from answer: JSON, language: String, volume: Double) throws -> Utterance {
        guard let base64 = answer["audio_base64"]?.string else {
            throw AvatariumError(
                .ttsProviderError, "elevenlabs sent a response without audio; try again",
                context: ["provider": "elevenlabs"])
        }
        let audio = try SpokenPCM.raw(
            base64: base64, sampleRate: sampleRate, volume: volume, provider: "elevenlabs")
        let source = TimingSource(
            name: "elevenlabs", audioDuration: audio.durationSeconds, language: language,
            pronouncer: ESpeakPronouncer())
        guard case .phones(let timeline) = try ElevenLabsTimings.read(answer, source) else {
            throw AvatariumError(
                .ttsProviderError, "elevenlabs sent a response without timestamps; use another model",
                context: ["provider": "elevenlabs"])
        }
        return Utterance(audio: audio, timeline: timeline)
    }

    /// Its voices speak at 0.7 to 1.2 of their own rate.
    private static func speed(for options: SpeechOptions) -> (Double, [Diagnostic]) {
        var diagnostics: [Diagnostic] = []
        let speed = min(1.2, max(0.7, options.rate))
        if speed != options.rate {
            diagnostics.append(
                Diagnostic(
                    .warning, "SPEECH_RATE_CLAMPED",
                    "ElevenLabs speaks at 0.7 to 1.2 of a voice's rate; rate \(options.rate) was limited to "
                        + "\(speed)"
                )
            )
        }
        if options.pitch != 1 {
            diagnostics.append(
                Diagnostic(
                    .warning, "PITCH_IGNORED",
                    "ElevenLabs' voices have a fixed pitch; the pitch option was ignored"))
        }
        if options.ssml {
            diagnostics.append(
                Diagnostic(
                    .warning, "SSML_IGNORED",
                    "ElevenLabs accepts only plain text; the SSML elements were ignored"
                )
            )
        }
        return (speed, diagnostics)
    }

    /// A to Z, a to z, 0 to 9: fit for a path as it is.
    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    /// The id of a voice and its model. A name is looked up.
    /// - Throws: E034 with near names.
    private func voice(_ asked: String, _ client: ProviderClient) async throws -> (String, String) {
        let parts = asked.split(separator: "/", maxSplits: 1).map(String.init)
        let model = parts.count == 2 ? parts[1] : Self.defaultModel
        guard let voice = parts.first else {
            throw AvatariumError(
                .ttsVoiceNotFound, "no ElevenLabs voice is named; write --voice elevenlabs:VOICE",
                context: ["provider": name])
        }
        let isID = voice.utf8.count == 20 && voice.utf8.allSatisfy(Self.isPlain)
        if isID { return (voice, model) }
        let known = try await voices()
        // "Rachel" is also listed as "Rachel - calm".
        let named =
            known.first { $0.name.lowercased() == voice.lowercased() }
            ?? known.first { $0.name.lowercased().hasPrefix(voice.lowercased() + " ") }
        if let named { return (String(named.id.dropFirst(name.count + 1)), model) }
        let near = NearMatches.of(voice.lowercased(), in: known.map(\.name))
        throw AvatariumError(
            .ttsVoiceNotFound,
            "ElevenLabs has no voice '\(voice.quotedForMessage())' for this key; "
                + (near.isEmpty
                    ? "`avatarium voices` lists them" : "did you mean \(near.joined(separator: ", "))?"),
            context: ["voice": voice, "provider": name, "suggestions": near.joined(separator: ",")])
    }

    /// `{"detail": {"status": "...", "message": "..."}}`, or a list of `{"msg"}` with status 422.
    static func failure(_ status: Int, _ body: JSON?) -> ProviderClient.Failure {
        let detail = body?["detail"]
        let reason = detail?["status"]?.string ?? ""
        let message =
            detail?["message"]?.string ?? detail?.string ?? detail?.array?.first?["msg"]?.string ?? ""
        let code: ErrorCode =
            switch (status, reason) {
            case (_, "quota_exceeded"), (402, _): .ttsQuotaExceeded
            case (_, "voice_not_found"), (404, _): .ttsVoiceNotFound
            case (401, _), (403, _): .byokKeyInvalid
            default: .ttsProviderError
            }
        return ProviderClient.Failure(
            code: code, message: message.isEmpty ? reason : message,
            isPermanent: code == .ttsQuotaExceeded)
    }
}
#endif

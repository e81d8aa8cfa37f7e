#if CloudVoices
import AvatariumCore
import Foundation
import ProviderHTTP
import TimingFormats

/// Google Cloud's voices over HTTP, with the caller's own key: a time for every word.
///
/// A voice is Google's name for it: `google:en-US-Neural2-C`. The key is `GOOGLE_TTS_API_KEY` or
/// `GOOGLE_API_KEY`; `AVATARIUM_GOOGLE_TTS_URL` names another address.
public struct GoogleEngine: SpeechEngine {
    static let defaultVoice = "en-US-Neural2-C"
    static let sampleRate = 24_000
    static let keyNames = ["GOOGLE_TTS_API_KEY", "GOOGLE_API_KEY"]

    private let provider: SpeechProvider

    public init() { self.init(key: nil, base: nil, policy: .standard) }

    /// - Parameters:
    ///   - key: Nil: the environment's.
    ///   - base: Nil: the environment's, else the real one.
    package init(key: String?, base: String?, policy: RetryPolicy) {
        provider = SpeechProvider(
            "google", address: ("https://texttospeech.googleapis.com", "AVATARIUM_GOOGLE_TTS_URL"),
            keyNames: Self.keyNames, keyHeader: "x-goog-api-key", key: key, base: base, policy: policy,
            failure: Self.failure)
    }

    public var name: String { provider.name }

    public func voices() async throws -> [Voice] {
        try await provider.voices("/v1beta1/voices", entries: { $0["voices"] }) { voice in
            guard let id = voice["name"]?.string else { return nil }
            let gender = voice["ssmlGender"]?.string?.lowercased()
            return Voice(
                id: "google:\(id)", name: id,
                language: (voice["languageCodes"]?.array?.first?.string ?? Self.language(of: id))
                    .lowercased(),
                gender: gender == "male" || gender == "female" ? gender : nil, engine: name,
                note: "needs the network")
        }
    }

    /// Speaks sentence by sentence, one ahead.
    public func speak(_ request: SpeechRequest, give: (Utterance) async throws -> Void) async throws {
        let options = request.options
        let client = try provider.client
        let asked = bare(options.voice)
        let voice = asked.isEmpty ? Self.defaultVoice : asked
        let language = options.language ?? Self.language(of: voice).lowercased()
        // SSML elements may span sentences, so such a text is spoken in one go.
        let pieces =
            (options.ssml
            ? [GoogleMarks(ssml: try SSMLDocument(request.text))]
            : Sentences.split(request.text).map(GoogleMarks.init(plain:)))
            .filter { !$0.words.isEmpty }
        try await SentenceQueue.run(pieces.count, ahead: 2) { index in
            let answer = try await client.send(
                "/v1beta1/text:synthesize", body: Self.body(pieces[index].ssml, voice: voice, options))
            return try await Self.utterance(
                from: answer, words: pieces[index].words, language: language, volume: options.volume)
        } give: {
            try await give($0)
        }
    }

    static func body(_ ssml: String, voice: String, _ options: SpeechOptions) -> JSON {
        // Semitones; a pitch of 0 is the lowest there is.
        let pitch = options.pitch > 0 ? max(-20, min(20, 12 * log2(options.pitch))) : -20
        return .members([
            "input": .members(["ssml": .string(ssml)]),
            "voice": .members(["languageCode": .string(language(of: voice)), "name": .string(voice)]),
            "audioConfig": .members([
                "audioEncoding": .string("LINEAR16"), "sampleRateHertz": .integer(sampleRate),
                "speakingRate": .number(options.rate, isInteger: false),
                "pitch": .number(pitch, isInteger: false),
            ]),
            "enableTimePointing": .array([.string("SSML_MARK")]),
        ])
    }

    static func utterance(
        from answer: JSON, words: [String], language: String, volume: Double
    ) async throws -> Utterance {
        guard let base64 = answer["audioContent"]?.string else {
            throw AvatariumError(
                .ttsProviderError, "google sent a response without audio; try again",
                context: ["provider": "google"])
        }
        let audio = try SpokenPCM.wave(base64: base64, volume: volume, provider: "google")
        let source = TimingSource(
            name: "google", audioDuration: audio.durationSeconds, language: language,
            pronouncer: ESpeakPronouncer())
        var starts = [Double?](repeating: nil, count: words.count)
        for point in answer["timepoints"]?.array ?? [] {
            guard let mark = point["markName"]?.string, mark.hasPrefix("w"),
                let index = Int(mark.dropFirst()),
                starts.indices.contains(index)
            else { continue }
            // A mark at the very start may come without its time, which is 0.
            starts[index] = point["timeSeconds"]?.double ?? 0
        }
        guard starts.contains(where: { $0 != nil }) else {
            return try await aligned(audio, words, language)
        }
        // A word whose mark is missing is put where there is room for it.
        let timed = zip(words, starts).enumerated().map { index, word in
            TimedWord(
                start: word.1, text: Self.trimmed(word.0), place: .pointer("/timepoints/\(index)"))
        }
        let timeline = try WordTimings.timeline(timed, source: source, form: "google", style: .script)
        return Utterance(audio: audio, timeline: timeline, diagnostics: source.diagnostics)
    }

    private static func trimmed(_ word: String) -> String {
        let start = word.drop { $0.isPunctuation }
        return String(start.reversed().drop { $0.isPunctuation }.reversed())
    }

    /// Some of its voices ignore marks: then the words are found in the sound.
    private static func aligned(
        _ audio: AudioBuffer, _ words: [String], _ language: String
    ) async throws -> Utterance {
        let warning = Diagnostic(
            .warning, "TIMEPOINTS_MISSING",
            "this Google voice returns no timestamps; the words were aligned with the audio instead"
        )
        guard ForcedAligner.isAvailable else {
            let timeline = try await AudioAnalysis.timeline(for: audio, language: language)
            return Utterance(audio: audio, timeline: timeline, diagnostics: [warning])
        }
        let found = try await ForcedAligner.align(
            audio: audio, text: words.joined(separator: " "), language: language)
        return Utterance(
            audio: audio, timeline: found.timeline, diagnostics: [warning] + found.diagnostics)
    }

    /// `"en-US"` of `"en-US-Neural2-C"`.
    static func language(of voice: String) -> String {
        voice.split(separator: "-").prefix(2).joined(separator: "-")
    }

    /// `{"error": {"code", "message", "status", "details": [{"reason"}]}}`.
    static func failure(_ status: Int, _ body: JSON?) -> ProviderClient.Failure {
        let error = body?["error"]
        let message = error?["message"]?.string ?? ""
        let reasons = (error?["details"]?.array ?? []).compactMap { $0["reason"]?.string }
        let lower = message.lowercased()
        let code: ErrorCode =
            if reasons.contains("API_KEY_EXPIRED") || lower.contains("api key expired") {
                .byokKeyExpired
            } else if reasons.contains("API_KEY_INVALID") || lower.contains("api key not valid") {
                .byokKeyInvalid
            } else if reasons.contains("BILLING_DISABLED") || status == 402 {
                .ttsQuotaExceeded
            } else if status == 401 || status == 403 {
                .byokKeyInvalid
            } else if status == 404 || (status == 400 && lower.contains("voice")) {
                .ttsVoiceNotFound
            } else {
                .ttsProviderError
            }
        return ProviderClient.Failure(
            code: code, message: message, isPermanent: code == .ttsQuotaExceeded)
    }
}
#endif

import AvatariumCore

/// The embedded engine: libespeak-ng in a helper process, with the time of every phone.
public struct ESpeakEngine: SpeechEngine {
    public static let defaultVoice = "en-us"

    /// So many sentences are made at once.
    private static let ahead = 4

    private let service: ESpeakService

    public init() { self.init(service: .shared) }

    package init(service: ESpeakService) { self.service = service }

    public var name: String { "espeak" }

    public func voices() async throws -> [Voice] { try service.voices().voices }

    public func check(voice: String) throws { _ = try service.checkedVoice(voice) }

    /// Speaks sentence by sentence; SSML in one piece, because its elements may span sentences.
    public func speak(_ request: SpeechRequest, give: (Utterance) async throws -> Void) async throws {
        let options = request.options
        let markup = options.ssml ? try SSMLDocument(request.text) : nil
        let asked = options.voice.map { bare($0) } ?? options.language ?? ""
        var (voice, diagnostics) = try ReadableText(markup?.plainText ?? request.text).voice(
            asked: asked.isEmpty ? nil : service.checkedVoice(asked), default: Self.defaultVoice,
            provider: name)
        voice = try service.checkedVoice(voice)
        let (parameters, notes) = Self.parameters(for: options)
        diagnostics += notes
        let pieces: [ESpeakText]
        if let markup {
            let known = try ESpeakMarkup(markup, voice: voice) { try service.voices().known($0) }
            pieces = [known.text]
            diagnostics += known.diagnostics
        } else {
            pieces = Sentences.split(request.text).map { [voice] in ESpeakText($0, voice: voice) }
        }
        try await SentenceQueue.run(pieces.count, ahead: Self.ahead) { [voice, diagnostics] index in
            let result = try await service.speak(
                pieces[index], voice: voice, parameters: parameters)
            let timeline = ESpeakTimeline.make(from: result, text: pieces[index], isMarkup: options.ssml)
            guard timeline.phones.contains(where: { !$0.isSilence }) else { return nil }
            return Utterance(
                audio: AudioBuffer(
                    sampleRate: ESpeakService.sampleRate,
                    samples: result.samples.map { Float($0) / 32_768 }),
                timeline: timeline, diagnostics: diagnostics)
        } give: {
            try await give($0)
        }
    }

    /// The library's parameters; what it cannot reach is clamped and reported.
    private static func parameters(for options: SpeechOptions) -> (ESpeakParameters, [Diagnostic]) {
        var diagnostics: [Diagnostic] = []
        let wanted = 175 * options.rate
        // Below 80 and above 450 words a minute the library would silently take its limits.
        let words = min(450, max(80, wanted))
        if words != wanted {
            diagnostics.append(
                Diagnostic(
                    .warning, "SPEECH_RATE_CLAMPED",
                    "espeak-ng speaks 80 to 450 words per minute; rate \(options.rate) was limited to "
                        + "\(words / 175)")
            )
        }
        return (
            ESpeakParameters(
                wordsPerMinute: Int32(words.rounded()), pitch: Int32(min(100, 50 * options.pitch)),
                volume: Int32(100 * options.volume), ssml: options.ssml), diagnostics
        )
    }
}

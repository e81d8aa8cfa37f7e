import AvatariumCore

/// The embedded engine: libespeak-ng in this process, every sound with its time.
public struct ESpeakEngine: SpeechEngine {
    public static let defaultVoice = "en-us"

    /// Texts longer than this many characters are refused: about a day of speech.
    public static let maximumCharacters = 1_000_000

    /// So many sentences are made at once.
    private static let ahead = 4

    public init() {}

    public var name: String { "espeak" }

    public func voices() async throws -> [Voice] { try ESpeakLibrary.shared.voices() }

    public func synthesize(_ text: String, options: SpeechOptions) async throws -> Utterance {
        try await ProviderSettings.joined(stream(text, options: options), provider: name)
    }

    /// Speaks sentence by sentence.
    public func stream(_ text: String, options: SpeechOptions) -> AsyncThrowingStream<Utterance, any Error> {
        ProviderSettings.stream { give in try await speak(text, options: options, give: give) }
    }

    private func speak(
        _ text: String, options: SpeechOptions, give: (Utterance) -> Void
    ) async throws {
        try options.validate()
        try Self.checkText(text)
        let voice = try Self.checkedVoice(options.voice ?? Self.defaultVoice)
        let parameters: ESpeakLibrary.Parameters
        var diagnostics: [Diagnostic]
        (parameters, diagnostics) = Self.parameters(for: options)
        let pieces: [String]
        if options.ssml {
            // Elements may span sentences, so such a text is spoken in one go.
            let markup = try ESpeakMarkup(SpokenMarkup(text), voice: Self.knownVoice)
            pieces = [markup.text]
            diagnostics += markup.diagnostics
        } else {
            pieces = Sentences.split(text)
        }
        let notes = diagnostics
        var spoken = false
        try await SentenceQueue.run(pieces.count, ahead: Self.ahead) { index in
            let piece = pieces[index]
            let result = try ESpeakLibrary.shared.synthesize(piece, voice: voice, parameters: parameters)
            let timeline = ESpeakTimeline.make(from: result, text: piece, isMarkup: options.ssml)
            guard timeline.phones.contains(where: { !$0.isSilence }) else { return nil }
            return Utterance(
                audio: AudioBuffer(
                    sampleRate: ESpeakLibrary.sampleRate,
                    samples: result.samples.map { Float($0) / 32_768 }),
                timeline: timeline, diagnostics: notes)
        } give: {
            spoken = true
            give($0)
        }
        guard spoken else { throw Self.nothingToSay(provider: name) }
    }

    /// - Throws: E093 for a text that is empty or far too long.
    static func checkText(_ text: String) throws {
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw AvatariumError(
                .validationError, "the text is empty; give something to say", context: ["field": "text"])
        }
        guard text.utf8.count <= maximumCharacters * 4 else {
            throw AvatariumError(
                .validationError,
                "the text is longer than \(maximumCharacters) characters; split it into several clips",
                context: ["field": "text"])
        }
    }

    static func nothingToSay(provider: String) -> AvatariumError {
        AvatariumError(
            .ttsFailed, "nothing in the text can be spoken; give words or numbers",
            context: ["field": "text", "provider": provider])
    }

    /// The library's parameters; what it cannot reach is clamped and reported.
    private static func parameters(
        for options: SpeechOptions
    ) -> (ESpeakLibrary.Parameters, [Diagnostic]) {
        var diagnostics: [Diagnostic] = []
        let wanted = 175 * options.rate
        // Below 80 and above 450 words a minute the library would silently take its limits.
        let words = min(450, max(80, wanted))
        if words != wanted {
            diagnostics.append(
                Diagnostic(
                    .warning, "SPEECH_RATE_CLAMPED",
                    "espeak-ng speaks 80 to 450 words a minute; rate \(options.rate) became \(words / 175)"))
        }
        return (
            ESpeakLibrary.Parameters(
                wordsPerMinute: Int32(words.rounded()), pitch: Int32(min(100, 50 * options.pitch)),
                volume: Int32(100 * options.volume), ssml: options.ssml), diagnostics
        )
    }

    /// espeak-ng 1.51's voice `cmn` spells its own dictionary's Pinyin in English; the Pinyin voice speaks it.
    private static let aliases = [
        "cmn": "cmn-latn-pinyin", "zh": "cmn-latn-pinyin", "zh-cmn": "cmn-latn-pinyin",
        "zh-cn": "cmn-latn-pinyin", "zh-tw": "cmn-latn-pinyin",
    ]

    /// The voice's name for the library, without the engine's prefix.
    /// - Throws: E034 with the nearest names, E084.
    static func checkedVoice(_ id: String) throws -> String {
        let name = id.hasPrefix("espeak:") ? String(id.dropFirst(7)) : id
        if let known = try knownVoice(name) { return known }
        let near = NearMatches.of(name.lowercased(), in: try ESpeakLibrary.shared.voices().map(\.language))
        let remedy =
            near.isEmpty
            ? "`avatarium voices` lists them" : "did you mean \(near.joined(separator: ", "))?"
        throw AvatariumError(
            .ttsVoiceNotFound, "espeak-ng has no voice '\(name)'; \(remedy)",
            context: ["voice": name, "provider": "espeak", "suggestions": near.joined(separator: ",")])
    }

    /// What the library calls a voice or language; nil where it has none.
    /// - Throws: E084.
    private static func knownVoice(_ name: String) throws -> String? {
        if let alias = aliases[name.lowercased()] { return alias }
        if try ESpeakLibrary.shared.hasVoice(name) { return name }
        let lower = name.lowercased()
        if lower != name, try ESpeakLibrary.shared.hasVoice(lower) { return lower }
        // A regional tag ("de-DE", "fr_FR", "zh-CN") whose language speaks.
        let parts = lower.split(whereSeparator: { $0 == "-" || $0 == "_" })
        if parts.count == 2, parts[1].count == 2 || parts[1].allSatisfy(\.isNumber) {
            for tag in [parts.joined(separator: "-"), String(parts[0])] {
                if let alias = aliases[tag] { return alias }
                if tag != lower, try ESpeakLibrary.shared.hasVoice(tag) { return tag }
            }
        }
        return nil
    }
}

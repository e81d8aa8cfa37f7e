#if CloudVoices
import AvatariumCore
import LipSync
import Speech

/// A voice of a provider on the network, for a service that speaks where its keys are and draws elsewhere.
package struct ProviderVoice: Sendable {
    /// `elevenlabs`, `google`.
    package let provider: String
    /// Whether this process has a key to the provider in its environment.
    package let hasKey: Bool

    /// - Returns: nil for a voice that needs neither network nor key, and for one that nobody has.
    package init?(_ voice: String?) {
        guard let prefix = voice?.firstIndex(of: ":").flatMap({ voice?[..<$0].lowercased() }),
            let entry = SpeechEngineRegistry.shared.entries.first(where: {
                $0.name == prefix || $0.aliases.contains(prefix)
            }), let hasKey = entry.hasKey
        else { return nil }
        provider = entry.name
        self.hasKey = hasKey
    }

    /// The voices that a provider has for a key.
    /// - Parameters: As of `speak`.
    /// - Throws: What the provider's refusal means.
    package static func list(of provider: String, key: String?, base: String?) async throws -> [Voice] {
        switch provider {
        case "elevenlabs": try await ElevenLabsEngine(key: key, base: base, policy: .standard).voices()
        case "google": try await GoogleEngine(key: key, base: base, policy: .standard).voices()
        default: []
        }
    }

    /// Speaks a text as a clip of it would.
    /// - Parameters:
    ///   - key: nil takes the environment's.
    ///   - base: another address than the provider's own; nil takes the environment's.
    ///   - longestSeconds: Speech that gets longer is refused as soon as it does.
    /// - Returns: The sentences in order; the times of each start at 0.
    /// - Throws: E093 for speech that gets too long, and what the engine throws.
    package func speak(
        _ text: String, _ options: SpeechOptions, key: String?, base: String?, longestSeconds: Double?
    ) async throws -> [Utterance] {
        let (standard, voice) = try SpeechEngineRegistry.shared.resolve(voice: options.voice)
        var options = options
        options.voice = voice
        let engine: any SpeechEngine =
            switch provider {
            case "elevenlabs": ElevenLabsEngine(key: key, base: base, policy: .standard)
            case "google": GoogleEngine(key: key, base: base, policy: .standard)
            default: standard
            }
        let spoken = options.ssml ? text : ExpressionMarks.parse(text).text
        var pieces: [Utterance] = []
        var seconds = 0.0
        for try await piece in engine.stream(spoken, options: options) {
            seconds = try Performance.bounded(
                seconds + piece.audio.durationSeconds, limit: longestSeconds, field: "text")
            pieces.append(piece)
        }
        try Task.checkCancellation()
        return pieces
    }
}
#endif

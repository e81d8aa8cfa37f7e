import AvatariumCore

/// The engines that this build knows, by the prefix of a voice's id.
public enum SpeechEngines {
    /// The engines' names, the default first.
    public static let names = ["espeak", "piper", "elevenlabs", "google"]

    /// The engine for a voice's id, and the id without the engine's name.
    ///
    /// `nil` and a bare `"en-us"` are the embedded engine's.
    /// - Throws: E073 for an unknown provider, E034 for a voice that the embedded engine lacks, E084 where that
    ///   engine is missing.
    public static func resolve(voice: String?) throws -> (any SpeechEngine, voiceID: String) {
        guard let voice, !voice.isEmpty else { return (ESpeakEngine(), ESpeakEngine.defaultVoice) }
        guard let colon = voice.firstIndex(of: ":") else {
            return (ESpeakEngine(), try ESpeakEngine.checkedVoice(voice))
        }
        let provider = voice[..<colon].lowercased()
        let rest = String(voice[voice.index(after: colon)...])
        switch provider {
        case "espeak", "espeak-ng", "browser":
            return (
                ESpeakEngine(), rest.isEmpty ? ESpeakEngine.defaultVoice : try ESpeakEngine.checkedVoice(rest)
            )
        case "piper":
            if PiperInstallation.isInstalled { _ = try PiperEngine.checkedModel(rest) }
            return (PiperEngine(), rest)
        case "elevenlabs": return (ElevenLabsEngine(), rest)
        case "google": return (GoogleEngine(), rest)
        default:
            throw AvatariumError(
                .invalidProvider,
                "there is no speech provider named '\(provider)'; use one of "
                    + names.map { "\($0):VOICE" }.joined(separator: ", "),
                context: ["provider": provider, "field": "voice"])
        }
    }
}

extension SpeechEngines {
    /// One of every engine, the default first.
    public static var all: [any SpeechEngine] {
        [ESpeakEngine(), PiperEngine(), ElevenLabsEngine(), GoogleEngine()]
    }

    /// The engines that need a key of the caller's own, and whether it is set.
    public static var keys: [String: Bool] {
        [
            "elevenlabs": ProviderKey.environment(ElevenLabsEngine.keyNames) != nil,
            "google": ProviderKey.environment(GoogleEngine.keyNames) != nil,
        ]
    }
}

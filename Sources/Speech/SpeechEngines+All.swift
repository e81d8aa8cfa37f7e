extension SpeechEngines {
    /// One of every engine, the default first.
    public static var all: [any SpeechEngine] { [ESpeakEngine(), PiperEngine()] }
}

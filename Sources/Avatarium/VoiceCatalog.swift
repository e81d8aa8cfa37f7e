import Speech

/// Every voice of every engine that works here.
public enum VoiceCatalog {
    /// - Throws: E084 when not even the embedded engine has voices.
    public static func voices() async throws -> [Voice] {
        var all: [Voice] = []
        var failure: (any Error)?
        for engine in SpeechEngines.all {
            do { all += try await engine.voices() } catch { failure = failure ?? error }
        }
        if all.isEmpty, let failure { throw failure }
        return all
    }
}

import AvatariumCore
import Speech

/// Every voice of every engine that works here.
public enum VoiceCatalog {
    /// The voice that an English text sounds best with on this host, without a network: the first English one of Piper
    /// where one is installed; nil stands for the engine that is always there.
    public static var best: String? { PiperEngine.englishVoice }

    /// - Throws: E084 when not even the embedded engine has voices.
    public static func voices() async throws -> [Voice] {
        var all: [Voice] = []
        var failure: (any Error)?
        for entry in SpeechEngineRegistry.shared.entries {
            let engine = entry.make()
            do {
                all += try await engine.voices()
            } catch let error as AvatariumError where entry.hasKey == true {
                // A provider that cannot be asked now still speaks by a voice's id.
                all.append(
                    Voice(
                        id: "\(engine.name):VOICE", name: "any voice of \(engine.name)", language: "",
                        engine: engine.name, note: "key set; not listed: \(error.message)"))
            } catch {
                failure = failure ?? error
            }
        }
        if let failure, !all.contains(where: { $0.engine == "espeak" }) { throw failure }
        return all
    }
}

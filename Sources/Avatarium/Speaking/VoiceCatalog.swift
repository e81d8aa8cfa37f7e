import AvatariumCore
import Phonetics
import Speech

/// Every voice of every engine that works here.
public enum VoiceCatalog {
    /// The voice that an English text sounds best with on this host, without a network: the first English one of Piper
    /// where one is installed; nil stands for the engine that is always there.
    public static var best: String? { PiperEngine.englishVoice }

    /// The voice for a text where none is named: `best` where its letters are Latin; nil where another script chooses a
    /// voice of the engine that is always there.
    public static func best(for text: String) -> String? {
        guard let best, ScriptCensus.voice(for: text, usual: best) == best else { return nil }
        return best
    }

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

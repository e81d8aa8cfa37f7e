import AvatariumCore
import Phonetics
import Speech

/// All voices of all engines available on this host.
public enum VoiceCatalog {
    /// The best offline voice for English text on this host: the first English Piper voice, if one is installed; nil
    /// stands for the default engine.
    public static var best: String? { PiperEngine.englishVoice }

    /// The default voice for a text: `best` if it is written in Latin letters; nil for other scripts, for which the
    /// default engine chooses a voice.
    public static func best(for text: String) -> String? {
        guard let best, ScriptCensus.voice(for: text, usual: best) == best else { return nil }
        return best
    }

    /// - Throws: E084 if not even the embedded engine has voices.
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

import AvatariumCore
import Phonetics

/// Whether a voice can read a text's script: one that cannot spells it, "Chinese letter Chinese letter".
struct ReadableText {
    private let text: String
    private let census: ScriptCensus

    /// A text of which more than this share of letters cannot be read is refused.
    private static let mostUnreadable = 0.25
    /// So many letters that cannot be read are worth a warning: an English text may hold a π.
    private static let leastReported = 3

    init(_ text: String) {
        self.text = text
        census = ScriptCensus(text)
    }

    /// Returns the voice that speaks the text, and what is to be said about that.
    /// - Parameters:
    ///   - asked: The caller's choice; nil lets the text's script choose.
    ///   - usual: The voice of a text that it can read where none is asked for.
    /// - Throws: E034 with the voices that can read the text.
    func voice(
        asked: String?, default usual: String, provider: String
    ) throws -> (voice: String, diagnostics: [Diagnostic]) {
        if let asked { return (asked, try diagnostics(voice: asked, provider: provider)) }
        guard share(unreadableBy: usual) > Self.mostUnreadable,
            let system = census.dominant, let voice = system.voice(for: text.unicodeScalars)
        else { return (usual, try diagnostics(voice: usual, provider: provider)) }
        let note = Diagnostic(
            .information, "VOICE_CHOSEN_BY_SCRIPT",
            "no voice was named: the text is written in \(system.rawValue) letters and is spoken by \(voice)")
        return (voice, [note] + (try diagnostics(voice: voice, provider: provider)))
    }

    /// Returns a warning where a voice cannot read some of the text.
    /// - Throws: E034 where it cannot read most of it, with voices that can.
    func diagnostics(voice: String, provider: String) throws -> [Diagnostic] {
        let count = census.unreadable(byVoice: voice)
        guard count > 0 else { return [] }
        let systems = census.counts.keys.filter { !$0.isRead(byVoice: voice) }.sorted {
            $0.rawValue < $1.rawValue
        }
        let names = systems.map(\.rawValue).joined(separator: ", ")
        let fact =
            "the voice '\(voice)' cannot read \(count) of the text's \(census.letters) letters (\(names))"
        guard share(unreadableBy: voice) > Self.mostUnreadable else {
            guard count >= Self.leastReported else { return [] }
            return [
                Diagnostic(
                    .warning, "TEXT_NOT_READABLE", "\(fact) and spells them; \(remedy(systems, voice))")
            ]
        }
        let readers = systems.flatMap(\.readers)
        throw AvatariumError(
            .ttsVoiceNotFound, "\(fact); \(remedy(systems, voice))",
            context: [
                "voice": voice, "provider": provider, "field": "voice",
                "suggestions": readers.joined(separator: ","),
            ])
    }

    private func share(unreadableBy voice: String) -> Double {
        Double(census.unreadable(byVoice: voice)) / Double(max(1, census.letters))
    }

    private func remedy(_ systems: [WritingSystem], _ voice: String) -> String {
        let others = "a voice of another engine (piper:, elevenlabs: or google:)"
        if systems == [.han], voice.hasPrefix("ja") { return "write kanji as kana, or use \(others)" }
        let readers = systems.flatMap(\.readers)
        if readers.isEmpty { return "write them in Latin letters, or use \(others)" }
        return "use \(readers.map { "espeak:\($0)" }.joined(separator: ", ")), or \(others)"
    }
}

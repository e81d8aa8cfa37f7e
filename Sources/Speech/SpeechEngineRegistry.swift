import AvatariumCore
import Foundation
import Synchronization

/// The speech engines, by the prefix of their voices' ids.
public final class SpeechEngineRegistry: Sendable {
    /// An engine.
    public struct Entry: Sendable {
        /// The engine's name and the main prefix of its voices.
        public var name: String
        /// Other prefixes, in lower case.
        public var aliases: [String]
        /// Environment variables, one of which must contain the caller's own key; empty if no key is needed.
        public var keyNames: [String]
        /// A description for lists of engines, one line.
        public var summary: String
        /// Creates the engine. It is called for each use, so it must be cheap.
        public var make: @Sendable () -> any SpeechEngine

        public init(
            _ name: String, aliases: [String] = [], keyNames: [String] = [], summary: String = "",
            make: @escaping @Sendable () -> any SpeechEngine
        ) {
            self.name = name
            self.aliases = aliases
            self.keyNames = keyNames
            self.summary = summary
            self.make = make
        }

        /// Whether a required key is set in the environment; nil if the engine needs none.
        public var hasKey: Bool? {
            let blank = CharacterSet.whitespaces
            return keyNames.isEmpty
                ? nil
                : keyNames.contains { name in
                    getenv(name).map { !String(cString: $0).trimmingCharacters(in: blank).isEmpty } ?? false
                }
        }
    }

    /// The registry that clips use.
    public static let shared = SpeechEngineRegistry()

    private let state: Mutex<[Entry]>

    /// - Parameter entries: The engines, at least one, the default first.
    public init(_ entries: [Entry] = SpeechEngineRegistry.standard) { state = Mutex(entries) }

    /// The engines that come with Avatarium, the default first.
    public static let standard: [Entry] = offline + cloud

    private static let offline: [Entry] = [
        Entry(
            "espeak", aliases: ["espeak-ng", "browser"],
            summary: "espeak-ng, embedded: about 130 languages and accents"
        ) { ESpeakEngine() },
        Entry("piper", summary: "Piper's neural voices, offline (scripts/install-piper)") { PiperEngine() },
    ]

    #if CloudVoices
    private static let cloud: [Entry] = [
        Entry(
            "elevenlabs", keyNames: ElevenLabsEngine.keyNames,
            summary: "ElevenLabs over the network, with your own key"
        ) { ElevenLabsEngine() },
        Entry(
            "google", keyNames: GoogleEngine.keyNames,
            summary: "Google Cloud over the network, with your own key"
        ) { GoogleEngine() },
    ]
    #else
    private static let cloud: [Entry] = []
    #endif

    /// The engines, the default first.
    public var entries: [Entry] { state.withLock { $0 } }

    /// Adds an engine; it replaces one of the same name.
    public func register(_ entry: Entry) {
        state.withLock { entries in
            if let index = entries.firstIndex(where: { $0.name == entry.name }) {
                entries[index] = entry
            } else {
                entries.append(entry)
            }
        }
    }

    /// Returns an error for a voice that the default engine lacks: other engines that have one like it are named, with
    /// the prefix that was left out.
    private static func hinting(_ error: AvatariumError, voice: String, others: [Entry]) -> AvatariumError {
        let meant = others.flatMap { entry in entry.make().voices(like: voice).map { "\(entry.name):\($0)" } }
        guard !meant.isEmpty else { return error }
        let shown = voice.quotedForMessage(limit: 40)
        return AvatariumError(
            .ttsVoiceNotFound,
            "there is no voice '\(shown)' without an engine's name; did you mean \(meant.joined(separator: ", "))?",
            context: ["voice": shown, "field": "voice", "suggestions": meant.joined(separator: ",")])
    }

    /// Returns an error for an engine's name where a voice's is to stand.
    private static func engineAlone(_ entry: Entry) -> AvatariumError {
        AvatariumError(
            .ttsVoiceNotFound,
            "'\(entry.name)' is an engine; name a voice of it too, as \(entry.name):VOICE (`avatarium voices` lists them)",
            context: ["voice": entry.name, "field": "voice"])
    }

    /// Returns the engine for the id of a voice, and the id without the engine's name.
    ///
    /// An id without a prefix (`"en-us"`) belongs to the default engine; nil and an empty id stand for its
    /// default voice, for which nil is returned.
    /// - Throws: E073 for an unknown engine; E034 for a voice that the engine certainly does not have; E084 if
    ///   the engine is missing.
    public func resolve(voice: String?) throws -> (engine: any SpeechEngine, voice: String?) {
        let entries = entries
        let id = voice ?? ""
        let colon = id.firstIndex(of: ":")
        let prefix = colon.map { id[..<$0].lowercased() }
        let entry =
            prefix.map { prefix in entries.first { $0.name == prefix || $0.aliases.contains(prefix) } }
            ?? entries.first
        guard let entry else {
            let shown = (prefix ?? "").quotedForMessage(limit: 40)
            throw AvatariumError(
                .invalidProvider,
                "there is no speech provider named '\(shown)'; use one of "
                    + entries.map { "\($0.name):VOICE" }.joined(separator: ", "),
                context: ["provider": shown, "field": "voice"])
        }
        let engine = entry.make()
        let rest = colon.map { String(id[id.index(after: $0)...]) } ?? id
        if !rest.isEmpty {
            if prefix == nil, let named = entries.first(where: { $0.name == rest.lowercased() }) {
                throw Self.engineAlone(named)
            }
            do {
                try engine.check(voice: rest)
            } catch let error as AvatariumError where prefix == nil && error.code == .ttsVoiceNotFound {
                throw Self.hinting(error, voice: rest, others: entries.filter { $0.name != entry.name })
            }
        }
        return (engine, rest.isEmpty ? nil : rest)
    }
}

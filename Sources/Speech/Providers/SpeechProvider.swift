#if CloudVoices
import AvatariumCore
import Foundation
import ProviderHTTP

/// What the engines of vendors have in common: a name, an address, a key of the caller's own, a list of voices.
struct SpeechProvider: Sendable {
    /// The engine's name and the prefix of its voices: `"google"`.
    let name: String
    /// Environment variables that may hold the key, the preferred one first.
    let keyNames: [String]
    /// Nil where there is no key.
    private let keyed: ProviderClient?

    /// - Parameters:
    ///   - address: The usual base URL, and the environment variable that names another one.
    ///   - keyHeader: The header that carries the key.
    ///   - key: Nil: the environment's.
    ///   - base: Nil: the environment's, else the usual one.
    ///   - failure: What an answer other than 200 means: its status, its body where that is JSON.
    init(
        _ name: String, address: (usual: String, variable: String), keyNames: [String], keyHeader: String,
        key: String?, base: String?, policy: RetryPolicy,
        failure: @escaping @Sendable (Int, JSON?) -> ProviderClient.Failure
    ) {
        self.name = name
        self.keyNames = keyNames
        let secret = key.map(ProviderKey.init(secret:)) ?? .environment(keyNames)
        keyed = secret.map {
            ProviderClient(
                provider: name, base: Self.base(base, address.variable, address.usual), key: $0,
                placement: .header(keyHeader), policy: policy, unexplained: .ttsProviderError,
                failure: failure)
        }
    }

    /// The client with the caller's key.
    /// - Throws: E013 where there is no key.
    var client: ProviderClient {
        get throws {
            guard let keyed else {
                throw AvatariumError(
                    .apiKeyMissing,
                    "no key for \(name): set \(keyNames.joined(separator: " or ")) to your own, or use --voice "
                        + "espeak:en-us",
                    context: ["provider": name])
            }
            return keyed
        }
    }

    /// Asks for the list of voices, for ten seconds at most.
    /// - Parameters:
    ///   - entries: The entries of an answer.
    ///   - voice: Makes a voice of an entry; nil for an entry that is not a voice.
    /// - Returns: The voices, or a placeholder that names the missing key.
    func voices(
        _ path: String, entries: (JSON) -> JSON?, voice: (JSON) -> Voice?
    ) async throws -> [Voice] {
        guard var brief = keyed else {
            return [
                Voice(
                    id: "\(name):VOICE", name: "any voice of \(name)", language: "", engine: name,
                    note: "no key: set \(keyNames.joined(separator: " or "))")
            ]
        }
        brief.policy.deadline = .seconds(10)
        brief.policy.attempts = 2
        return (entries(try await brief.send(path))?.array ?? []).compactMap(voice)
    }

    private static func base(_ given: String?, _ variable: String, _ usual: String) -> String {
        let text = given ?? getenv(variable).map { String(cString: $0) } ?? ""
        let trimmed = text.hasSuffix("/") ? String(text.dropLast()) : text
        return trimmed.isEmpty ? usual : trimmed
    }
}
#endif

extension SpeechEngine {
    /// Returns a voice's id without the engine's prefix; empty for the engine's default.
    func bare(_ voice: String?) -> String {
        let id = voice ?? ""
        return id.lowercased().hasPrefix(name + ":") ? String(id.dropFirst(name.count + 1)) : id
    }
}

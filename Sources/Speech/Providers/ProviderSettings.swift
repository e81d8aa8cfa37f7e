import AvatariumCore
import Foundation

/// What the providers' engines have in common.
enum ProviderSettings {
    /// Returns a provider's address: a given one, an environment variable's, or the usual one.
    static func base(_ given: String?, _ variable: String, _ usual: String) -> String {
        let text = given ?? getenv(variable).map { String(cString: $0) } ?? ""
        let trimmed = text.hasSuffix("/") ? String(text.dropLast()) : text
        return trimmed.isEmpty ? usual : trimmed
    }

    static func noKey(_ provider: String, _ names: [String]) -> AvatariumError {
        AvatariumError(
            .apiKeyMissing,
            "no key for \(provider): set \(names.joined(separator: " or ")) to your own, or use --voice "
                + "espeak:en-us",
            context: ["provider": provider])
    }

    /// Stands for a provider's voices where there is no key to list them with.
    static func placeholder(_ provider: String, keyNames: [String]) -> Voice {
        Voice(
            id: "\(provider):VOICE", name: "any voice of \(provider)", language: "", engine: provider,
            note: "no key: set \(keyNames.joined(separator: " or "))")
    }

    /// A to Z, a to z, 0 to 9: fit for a path as it is.
    static func isPlain(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}

extension SpeechEngine {
    /// Returns a voice's id without the engine's prefix; empty for the engine's default.
    func bare(_ voice: String?) -> String {
        let id = voice ?? ""
        return id.lowercased().hasPrefix(name + ":") ? String(id.dropFirst(name.count + 1)) : id
    }
}

import AvatariumCore
import Foundation

/// What the providers' engines have in common.
enum ProviderSettings {
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

    /// The voice without `"elevenlabs:"`.
    static func bare(_ voice: String?, prefix: String) -> String {
        let text = voice ?? ""
        return text.lowercased().hasPrefix(prefix + ":") ? String(text.dropFirst(prefix.count + 1)) : text
    }

    /// A to Z, a to z, 0 to 9: fit for a path as it is.
    static func isPlain(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    static func stream(
        _ speak: @escaping @Sendable (_ give: (Utterance) -> Void) async throws -> Void
    ) -> AsyncThrowingStream<Utterance, any Error> {
        AsyncThrowingStream { continuation in
            let task = Task {
                do {
                    try await speak { continuation.yield($0) }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    static func joined(
        _ pieces: AsyncThrowingStream<Utterance, any Error>, provider: String
    ) async throws -> Utterance {
        var whole: Utterance?
        for try await piece in pieces {
            if whole == nil { whole = piece } else { whole?.append(piece) }
        }
        try Task.checkCancellation()
        guard let whole else { throw ESpeakEngine.nothingToSay(provider: provider) }
        return whole
    }
}

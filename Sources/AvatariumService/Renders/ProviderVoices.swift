import Avatarium
import AvatariumCore
import ServiceStore

/// The voices of a provider that asks for a key: the account's own, else the server's.
struct ProviderVoices {
    let backend: Backend
    private static let providers = ["elevenlabs", "google"]

    /// - Throws: INVALID_PARAMETER for another provider; CONFIG_ERROR where nobody has a key; TTS_PROVIDER_ERROR, or
    ///   BYOK_PROVIDER_ERROR with an own key, where the provider fails.
    func list(_ provider: String, account: AccountID) async throws -> [Voice] {
        guard Self.providers.contains(provider) else {
            throw APIError.invalid(
                "provider",
                "there is no provider '\(provider.quotedForMessage())'; choose \(Self.providers.joined(separator: ", "))"
            )
        }
        let own = try await backend.store.openProviderKey(
            provider, account: account, masterKey: backend.masterKey)
        guard own != nil || ProviderVoice("\(provider):")?.hasKey == true else {
            throw APIError.notSetUp(
                AvatariumError(
                    .apiKeyMissing, "there is no key for the voices of '\(provider)'",
                    context: ["provider": provider]))
        }
        do {
            return try await ProviderVoice.list(
                of: provider, key: own, base: backend.configuration.providerURLs[provider])
        } catch let failure as AvatariumError {
            throw Self.refusal(failure, isOwnKey: own != nil)
        }
    }

    private static func refusal(_ failure: AvatariumError, isOwnKey: Bool) -> APIError {
        switch failure.code {
        case .ttsProviderError, .ttsQuotaExceeded, .rateLimited, .connectionFailed, .networkError, .timeout:
            APIError(
                isOwnKey ? .byokProviderError : .ttsProviderError, failure.message,
                retryAfter: failure.retryAfter.map { max(1, ($0 + 999) / 1000) }, cause: failure)
        case .byokKeyInvalid where !isOwnKey, .byokKeyExpired where !isOwnKey: .notSetUp(failure)
        default: APIError(failure)
        }
    }
}

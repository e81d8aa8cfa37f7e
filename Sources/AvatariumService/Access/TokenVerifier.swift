import Avatarium

/// Judges bearers that are JSON web tokens.
struct TokenVerifier: Sendable {
    /// - Throws: TOKEN_EXPIRED or TOKEN_INVALID.
    func principal(of token: String, _ backend: Backend) async throws -> Principal {
        throw APIError(.tokenInvalid, "the token is not one of ours; log in again, or use an API key")
    }
}

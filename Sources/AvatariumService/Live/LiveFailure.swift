import Avatarium
import AvatariumCore
import RenderChild
import ServiceStore

/// Failures in the library's form, which clients of live sockets get.
enum LiveFailure {
    /// The contract's library code for what an HTTP answer would have said.
    static func avatariumError(_ error: any Error) -> AvatariumError {
        switch error {
        case var error as AvatariumError:
            error.cause = nil
            guard APIError.code(of: error.code) != .configError else {
                return AvatariumError(
                    error.code,
                    "the server is not configured for this; its log says what is missing")
            }
            return error
        case let error as APIError:
            return AvatariumError(
                code(of: error.code), error.message,
                context: error.field.map { ["field": $0] } ?? [:],
                retryAfter: error.retryAfter.map { $0 * 1000 })
        default:
            return AvatariumError(.internalError, "an internal error occurred; try again")
        }
    }

    private static func code(of code: APIError.Code) -> ErrorCode {
        switch code {
        case .unauthorized: .apiKeyMissing
        case .invalidAPIKey: .apiKeyInvalid
        case .tokenExpired: .apiKeyExpired
        case .tokenInvalid, .forbidden: .unauthorized
        case .avatarNotFound: .avatarNotFound
        case .conversationNotFound: .conversationNotFound
        case .rateLimitExceeded, .authRateLimit: .rateLimited
        case .freeTierLimitExceeded, .avatarLimitExceeded: .quotaExceeded
        case .missingParameter: .missingRequiredField
        case .invalidRequest, .invalidParameter, .invalidSlug: .validationError
        case .aiProviderError: .aiProviderError
        case .ttsProviderError, .byokProviderError: .ttsProviderError
        case .sessionNotFound, .accountNotFound, .notFound: .validationError
        case .configError, .internalError: .internalError
        }
    }
}

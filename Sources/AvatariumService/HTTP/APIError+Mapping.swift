import Avatarium
import AvatariumCore
import Foundation
import Hummingbird
import ObjectStorage

/// Where the library's failures become the contract's codes: the only such table.
extension APIError {
    /// The code and status of each library code; nil where the failure is ours and the words stay in the log.
    static func code(of code: ErrorCode) -> Code? {
        switch code {
        case .connectionFailed, .networkError, .timeout, .webSocketClosed, .webSocketError: nil
        case .apiKeyInvalid, .apiKeyExpired: .invalidAPIKey
        case .apiKeyMissing, .unauthorized: .unauthorized
        case .byokKeyInvalid, .byokKeyExpired: .byokProviderError
        case .avatarNotFound: .avatarNotFound
        case .avatarLoadFailed, .avatarModelInvalid: .invalidParameter
        case .ttsFailed, .ttsProviderError, .ttsQuotaExceeded: .ttsProviderError
        case .ttsAudioDecodeFailed, .ttsVoiceNotFound: .invalidParameter
        case .aiProviderError, .aiQuotaExceeded, .messageSendFailed: .aiProviderError
        case .aiModelNotFound: .invalidParameter
        case .aiContextLengthExceeded, .aiContentFiltered: .invalidRequest
        case .rateLimited, .alreadyProcessing: .rateLimitExceeded
        case .quotaExceeded: .freeTierLimitExceeded
        case .conversationNotFound: .conversationNotFound
        case .conversationEnded: .invalidRequest
        case .invalidConfig, .invalidProvider, .validationError: .invalidParameter
        case .missingRequiredField: .missingParameter
        case .hostRequirementMissing, .glNotAvailable, .audioPipelineFailed, .speechEngineMissing:
            .configError
        default: nil
        }
    }

    /// Maps any error to the one that a client gets. Everything that is not meant for clients becomes INTERNAL_ERROR; the
    /// cause stays with it for the log.
    init(_ error: any Error) {
        switch error {
        case let error as APIError: self = error
        case let error as AvatariumError: self.init(error)
        case let error as HTTPError: self.init(error)
        case is CancellationError:
            self = .temporarilyUnavailable("the server is shutting down; try again", retryAfter: 1)
        default: self.init(.internalError, Self.internalWords, cause: error)
        }
    }

    private static let internalWords = "an internal error occurred; if it persists, report the request id"
    private static let configWords =
        "the server is not configured for this; its log says what is missing, by the request id"

    /// CONFIG_ERROR: the log names what is missing, the answer does not.
    static func notSetUp(_ cause: AvatariumError) -> APIError {
        APIError(.configError, configWords, cause: cause)
    }

    private init(_ error: AvatariumError) {
        let retryAfter = error.retryAfter.map { max(1, ($0 + 999) / 1000) }
        if error.isStorageFull {
            self = .temporarilyUnavailable(
                "the server has no storage space left; try again later", retryAfter: 60, cause: error)
            return
        }
        if error.isNoSuchObject {
            self.init(.notFound, "the file no longer exists; it was deleted or has expired", cause: error)
            return
        }
        if error.context["host"] != nil, let field = error.context["field"] {
            // The host of a URL that the request gave: its mistake, not a part of the server.
            self.init(.invalidParameter, error.message, field: field, cause: error)
            return
        }
        guard let code = Self.code(of: error.code) else {
            if error.recoverable {
                self = .temporarilyUnavailable(
                    "the server cannot reach one of its components; try again", retryAfter: retryAfter ?? 1,
                    cause: error)
            } else {
                self.init(.internalError, Self.internalWords, cause: error)
            }
            return
        }
        guard code != .configError else {
            self = .notSetUp(error)
            return
        }
        let isSlug = error.code == .validationError && error.context["rule"] == "slug"
        self.init(
            isSlug ? .invalidSlug : code, error.message, field: error.context["field"],
            retryAfter: retryAfter,
            cause: error)
    }

    /// Hummingbird's own refusals: no route, a body beyond its limit.
    private init(_ error: HTTPError) {
        switch error.status {
        case .notFound:
            self.init(.notFound, "there is no such path; GET /openapi.json lists them", status: .notFound)
        case .contentTooLarge:
            self.init(.invalidRequest, "the body is too large; send less", status: .contentTooLarge)
        case let status where status.kind == .clientError:
            self.init(
                .invalidRequest, error.body ?? "the request cannot be read", status: status, cause: error)
        default: self.init(.internalError, Self.internalWords, cause: error)
        }
    }
}

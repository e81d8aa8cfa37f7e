import Avatarium
import AvatariumCore
import HTTPTypes

/// An answer that refuses a request: one of the contract's codes, a status, and words (docs/ERRORS.md section 2).
package struct APIError: Error, Sendable {
    /// The codes of the wire contract. Clients switch on them: none changes its meaning.
    package enum Code: String, Sendable, CaseIterable {
        case invalidRequest = "INVALID_REQUEST"
        case missingParameter = "MISSING_PARAMETER"
        case invalidParameter = "INVALID_PARAMETER"
        case invalidSlug = "INVALID_SLUG"
        case unauthorized = "UNAUTHORIZED"
        case invalidAPIKey = "INVALID_API_KEY"
        case tokenExpired = "TOKEN_EXPIRED"
        case tokenInvalid = "TOKEN_INVALID"
        case forbidden = "FORBIDDEN"
        case freeTierLimitExceeded = "FREE_TIER_LIMIT_EXCEEDED"
        case avatarLimitExceeded = "AVATAR_LIMIT_EXCEEDED"
        case avatarNotFound = "AVATAR_NOT_FOUND"
        case conversationNotFound = "CONVERSATION_NOT_FOUND"
        case sessionNotFound = "SESSION_NOT_FOUND"
        case accountNotFound = "ACCOUNT_NOT_FOUND"
        /// Ours, for resources that the contract does not name: a render, an upload, a webhook, a route.
        case notFound = "NOT_FOUND"
        case rateLimitExceeded = "RATE_LIMIT_EXCEEDED"
        case authRateLimit = "AUTH_RATE_LIMIT"
        case configError = "CONFIG_ERROR"
        case internalError = "INTERNAL_ERROR"
        case aiProviderError = "AI_PROVIDER_ERROR"
        case ttsProviderError = "TTS_PROVIDER_ERROR"
        case byokProviderError = "BYOK_PROVIDER_ERROR"

        /// The status that the contract gives the code.
        var status: HTTPResponse.Status {
            switch self {
            case .invalidRequest, .missingParameter, .invalidParameter, .invalidSlug: .badRequest
            case .unauthorized, .invalidAPIKey, .tokenExpired, .tokenInvalid: .unauthorized
            case .forbidden, .freeTierLimitExceeded, .avatarLimitExceeded: .forbidden
            case .avatarNotFound, .conversationNotFound, .sessionNotFound, .accountNotFound, .notFound:
                .notFound
            case .rateLimitExceeded, .authRateLimit: .tooManyRequests
            case .configError, .internalError: .internalServerError
            case .aiProviderError, .ttsProviderError, .byokProviderError: .serviceUnavailable
            }
        }
    }

    var code: Code
    /// What is wrong and what to do.
    var message: String
    /// The code's own, or a more exact one (405, 412, 413, 415, 416, 503).
    var status: HTTPResponse.Status
    /// The RFC 6901 pointer of the field that is wrong, or the name of a query parameter.
    var field: String?
    /// More members of the `error` object, such as an avatar's `report`.
    var details: [(name: String, value: JSON)] = []
    /// Members beside `error`, such as `upgrade` and `usage`.
    var companions: [(name: String, value: JSON)] = []
    var headers = HTTPFields()
    /// Seconds after which a retry may succeed.
    var retryAfter: Int?
    /// What happened inside, for the log and never for the answer.
    var cause: (any Error)?

    init(
        _ code: Code, _ message: String, status: HTTPResponse.Status? = nil, field: String? = nil,
        retryAfter: Int? = nil, cause: (any Error)? = nil
    ) {
        self.code = code
        // It may quote the request: nothing of that may act on a terminal, or begin a line of a log.
        self.message = message.quotedForMessage(limit: Self.longestMessage)
        self.status = status ?? code.status
        self.field = field
        self.retryAfter = retryAfter
        self.cause = cause
    }

    /// Characters of a message.
    private static let longestMessage = 2000

    /// A 404 that says what was asked for.
    static func notFound(_ what: String, _ id: some StringProtocol) -> APIError {
        APIError(
            .notFound,
            "there is no \(what) '\(id.quotedForMessage())'; check the id; it may have been deleted")
    }

    static func invalid(_ field: String, _ message: String) -> APIError {
        APIError(.invalidParameter, message, field: field)
    }

    static func missing(_ field: String) -> APIError {
        APIError(
            .missingParameter, "\(field.drop { $0 == "/" }) is required", field: field)
    }

    static func tooLarge(_ what: String, limit: Int) -> APIError {
        APIError(
            .invalidRequest, "\(what) is larger than \(ByteCount.text(limit)); send less",
            status: .contentTooLarge)
    }

    static func temporarilyUnavailable(_ message: String, retryAfter: Int, cause: (any Error)? = nil)
        -> APIError
    {
        APIError(
            .internalError, message, status: .serviceUnavailable, retryAfter: retryAfter, cause: cause)
    }

    /// The body of the answer.
    func body(requestID: String) -> JSON {
        var error = JSONObject()
        error.set("code", .string(code.rawValue))
        error.set("message", .string(message))
        if let field { error.set("field", .string(field)) }
        for (name, value) in details { error.set(name, value) }
        // The library's codes are finer than the service's: E062 from E043, E012 from E011.
        if let cause = cause as? AvatariumError, ![.internalError, .configError].contains(code) {
            error.set(
                "cause", .members(["code": .string(cause.code.code), "name": .string(cause.code.name)]))
        }
        var body = JSONObject()
        body.set("error", .object(error))
        for (name, value) in companions { body.set(name, value) }
        body.set("meta", .members(["requestId": .string(requestID)]))
        return .object(body)
    }
}

/// Formats sizes, such as `2 GB`.
enum ByteCount {
    static func text(_ bytes: Int) -> String {
        for (scale, unit) in [(1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB")] where bytes >= scale {
            return bytes % scale == 0
                ? "\(bytes / scale) \(unit)"
                : "\((Double(bytes) / Double(scale) * 10).rounded() / 10) \(unit)"
        }
        return "\(bytes) bytes"
    }
}

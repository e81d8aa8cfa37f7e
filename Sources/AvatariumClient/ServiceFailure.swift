import AvatariumCore

/// A refusal of the service, as the library's error (docs/ERRORS.md).
package struct ServiceFailure {
    package let error: AvatariumError

    /// - Parameters:
    ///   - body: nil for what is not JSON, as from a proxy.
    ///   - hasKey: whether a key was sent, without which UNAUTHORIZED says that one is missing.
    package init(status: Int, body: JSON?, requestID: String?, hasKey: Bool, retryAfter: Duration?) {
        let said = body?["error"]
        let name = said?["code"]?.string ?? ""
        var context = ["status": "\(status)"]
        context["httpCode"] = name.isEmpty ? nil : name
        context["requestId"] = body?["meta"]?["requestId"]?.string ?? requestID
        context["field"] = said?["field"]?.string
        if let usage = body?["usage"] {
            for key in ["used", "limit", "remaining"] { context[key] = usage[key]?.int.map(String.init) }
        }
        let cause = said?["cause"]?["code"]?.string.flatMap { code in ErrorCode.all.first { $0.code == code }
        }
        error = AvatariumError(
            cause ?? Self.code(of: name, status: status, hasKey: hasKey),
            said?["message"]?.string
                ?? "the service answered status \(status); check the URL and any proxy in front of the "
                + "service",
            context: context, retryAfter: retryAfter.map { Int(($0 / .milliseconds(1)).rounded(.up)) })
    }

    /// Where the service names no code of the library's as the cause.
    package static func code(of name: String, status: Int, hasKey: Bool) -> ErrorCode {
        switch name {
        case "INVALID_REQUEST", "INVALID_PARAMETER", "INVALID_SLUG", "NOT_FOUND": .validationError
        case "MISSING_PARAMETER": .missingRequiredField
        case "UNAUTHORIZED": hasKey ? .unauthorized : .apiKeyMissing
        case "INVALID_API_KEY": .apiKeyInvalid
        case "TOKEN_EXPIRED", "TOKEN_INVALID", "FORBIDDEN", "ACCOUNT_NOT_FOUND": .unauthorized
        case "FREE_TIER_LIMIT_EXCEEDED", "AVATAR_LIMIT_EXCEEDED": .quotaExceeded
        case "AVATAR_NOT_FOUND": .avatarNotFound
        case "CONVERSATION_NOT_FOUND", "SESSION_NOT_FOUND": .conversationNotFound
        case "RATE_LIMIT_EXCEEDED", "AUTH_RATE_LIMIT": .rateLimited
        case "CONFIG_ERROR": .invalidConfig
        // 503 is a part of the server that is away for a while.
        case "INTERNAL_ERROR": status == 503 ? .connectionFailed : .internalError
        case "AI_PROVIDER_ERROR": .aiProviderError
        case "TTS_PROVIDER_ERROR": .ttsProviderError
        case "BYOK_PROVIDER_ERROR": .byokKeyInvalid
        default: status == 429 ? .rateLimited : status >= 502 ? .connectionFailed : .unknownError
        }
    }
}

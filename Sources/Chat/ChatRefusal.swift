import AvatariumCore
import ProviderHTTP

/// What a provider's refusal means; the table is in docs/SERVICE.md.
///
/// The words are ours, with the provider's own code and never its message, which may hold parts of a key.
struct ChatRefusal {
    let form: ChatForm
    let status: Int
    /// Its codes, the most exact one first.
    private let codes: [String]
    private let message: String
    private let details: [JSON]

    /// - Parameter status: 0 for an error inside a stream, whose status its type says.
    init(_ form: ChatForm, status: Int, _ body: JSON?) {
        let error = body?["error"]
        self.form = form
        codes = ["code", "type", "status"].compactMap { error?[$0]?.string }.filter(Self.isCode)
        message = error?["message"]?.string ?? ""
        details = error?["details"]?.array ?? []
        // A status of llama.cpp's and Gemini's errors stands in `code`.
        self.status =
            status > 0 ? status : error?["code"]?.int ?? codes.compactMap { Self.statuses[$0] }.first ?? 500
    }

    /// https://docs.claude.com/en/api/errors; OpenAI's `server_error`.
    private static let statuses = [
        "invalid_request_error": 400, "authentication_error": 401, "billing_error": 402,
        "permission_error": 403,
        "not_found_error": 404, "request_too_large": 413, "rate_limit_error": 429, "api_error": 500,
        "server_error": 500, "timeout_error": 504, "overloaded_error": 529,
    ]

    /// A word such as `insufficient_quota`: what a client is shown of an answer must not be able to hold a key.
    private static func isCode(_ text: String) -> Bool {
        (1...60).contains(text.utf8.count)
            && text.utf8.allSatisfy { letter in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(letter | 0x20) || letter == UInt8(ascii: "_")
            }
    }

    private func has(_ some: String...) -> Bool { codes.contains(where: some.contains) }

    private var isKeyRefused: Bool {
        status == 401 || status == 403 && form != .openAI
            || details.contains { $0["reason"]?.string == "API_KEY_INVALID" } || has("invalid_api_key")
    }

    private var isQuotaUsedUp: Bool {
        if status == 402 || has("insufficient_quota", "credit_balance_exhausted", "billing_error") {
            return true
        }
        // Gemini says which quota: a day's does not come back by waiting a minute.
        return status == 429
            && details.contains { detail in
                (detail["violations"]?.array ?? []).contains {
                    $0["quotaId"]?.string?.contains("PerDay") == true
                }
            }
    }

    private var isTooLong: Bool {
        status == 413 || has("context_length_exceeded", "exceed_context_size_error")
            || message.contains("prompt is too long")
            || message.contains("exceeds the maximum number of tokens")
    }

    /// `"17s"` of Gemini's RetryInfo.
    private var retryDelay: Duration? {
        details.compactMap { $0["retryDelay"]?.string }.first.flatMap { text in
            guard text.hasSuffix("s"), let seconds = Double(text.dropLast()), (0..<1e6).contains(seconds)
            else {
                return nil
            }
            return .milliseconds(seconds * 1000)
        }
    }

    /// - Parameter isOwnKey: Whether the key is the caller's, who is told of it, or the server's.
    func failure(isOwnKey: Bool) -> ProviderClient.Failure {
        let reason =
            details.compactMap { $0["reason"]?.string }.first(where: Self.isCode) ?? codes.first
            ?? "status \(status)"
        func refusal(_ code: ErrorCode, _ words: String, isPermanent: Bool = true) -> ProviderClient.Failure {
            ProviderClient.Failure(code: code, message: "\(words) (\(reason))", isPermanent: isPermanent)
        }
        if isKeyRefused {
            guard isOwnKey else { return refusal(.invalidConfig, "the server's key is not accepted") }
            return message.lowercased().contains("expired")
                ? refusal(.byokKeyExpired, "your own key has expired; create another")
                : refusal(.byokKeyInvalid, "your own key is not accepted; check it")
        }
        if isQuotaUsedUp { return refusal(.aiQuotaExceeded, "the quota is used up") }
        if isTooLong {
            return refusal(
                .aiContextLengthExceeded, "the conversation is too long for the model; start another")
        }
        if status == 404 || has("model_not_found") {
            return refusal(.aiModelNotFound, "there is no such model; choose another")
        }
        if has("content_filter", "content_policy_violation") {
            return refusal(.aiContentFiltered, "the provider's content filter refuses this; rephrase it")
        }
        if status == 429 || status == 498 {
            var failure = refusal(.rateLimited, "too many requests", isPermanent: false)
            failure.isTemporary = true
            failure.retryAfter = retryDelay
            return failure
        }
        var failure = refusal(.aiProviderError, "no response could be generated", isPermanent: false)
        failure.isTemporary = status == 408
        return failure
    }
}

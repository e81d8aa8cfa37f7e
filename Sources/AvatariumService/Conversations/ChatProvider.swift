import AsyncHTTPClient
import Avatarium
import AvatariumCore
import Foundation
import NIOCore

/// One turn of a chat.
struct ChatTurn: Sendable {
    var isUser: Bool
    var text: String
}

/// What is asked of a model.
struct ChatRequest: Sendable {
    var model: String
    var system: String?
    var turns: [ChatTurn]
    var maxTokens = 600
}

/// A provider of language models: OpenAI, Groq and whatever speaks their form; Anthropic; Gemini.
struct ChatProvider: Sendable {
    enum Form: Sendable { case openAI, anthropic, gemini }

    let name: String
    /// Without a slash at the end.
    let baseURL: String
    /// Nil for a server of one's own that asks for none.
    let key: String?
    /// Whether the key is the caller's own.
    let isOwnKey: Bool

    private static let attempts = 3
    private static let seconds: Int64 = 60
    private static let largestAnswer = 4 << 20

    var form: Form {
        switch name {
        case "anthropic": .anthropic
        case "gemini": .gemini
        default: .openAI
        }
    }

    static func standardURL(_ name: String) -> String {
        switch name {
        case "anthropic": "https://api.anthropic.com"
        case "gemini": "https://generativelanguage.googleapis.com"
        case "groq": "https://api.groq.com/openai/v1"
        default: "https://api.openai.com/v1"
        }
    }

    static func standardModel(_ name: String) -> String {
        switch name {
        case "anthropic": "claude-haiku-4-5"
        case "gemini": "gemini-2.5-flash"
        case "groq": "llama-3.3-70b-versatile"
        default: "gpt-5-mini"
        }
    }

    // MARK: Asking

    /// Asks, and again after what may pass: 429 without an exhausted quota, 408, 5xx, no answer.
    /// - Throws: E014, E041 to E045, E051 with `context["provider"]`.
    func answer(_ request: ChatRequest) async throws -> String {
        var attempt = 1
        while true {
            do {
                return try await once(request)
            } catch let error as AvatariumError where error.recoverable && attempt < Self.attempts {
                // Full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"), or what the provider asks for.
                let pause = Double.random(in: 0...(0.5 * Double(1 << attempt)))
                try await Task.sleep(for: .seconds(min(20, max(pause, Double(error.retryAfter ?? 0) / 1000))))
                attempt += 1
            }
        }
    }

    private func once(_ request: ChatRequest) async throws -> String {
        let answer: (status: Int, headers: (retryAfter: String?, retryMilliseconds: String?), body: JSON)
        do {
            var message = HTTPClientRequest(url: url(request))
            message.method = .POST
            message.headers.add(name: "content-type", value: "application/json")
            for (name, value) in authorization { message.headers.add(name: name, value: value) }
            message.body = .bytes(ByteBuffer(bytes: body(request).encoded()))
            let response = try await HTTPClient.shared.execute(message, timeout: .seconds(Self.seconds))
            let bytes = try await response.body.collect(upTo: Self.largestAnswer)
            answer = (
                Int(response.status.code),
                (response.headers.first(name: "retry-after"), response.headers.first(name: "retry-after-ms")),
                (try? JSONParser.parse(Array(bytes.readableBytesView))) ?? .null
            )
        } catch {
            throw failure(.aiProviderError, "does not answer", cause: error)
        }
        guard answer.status == 200 else { throw refusal(answer.status, answer.headers, answer.body) }
        return try text(answer.body)
    }

    private func url(_ request: ChatRequest) -> String {
        switch form {
        case .openAI: baseURL + "/chat/completions"
        case .anthropic: baseURL + "/v1/messages"
        case .gemini:
            baseURL + "/v1beta/models/"
                + (request.model.addingPercentEncoding(
                    withAllowedCharacters: .alphanumerics.union(["-", ".", "_"])) ?? "")
                + ":generateContent"
        }
    }

    private var authorization: [(String, String)] {
        switch form {
        case .openAI: key.map { [("authorization", "Bearer \($0)")] } ?? []
        case .anthropic: [("x-api-key", key ?? ""), ("anthropic-version", "2023-06-01")]
        case .gemini: [("x-goog-api-key", key ?? "")]
        }
    }

    private func body(_ request: ChatRequest) -> JSON {
        func turns(_ assistant: String) -> [JSON] {
            request.turns.map {
                .members(["role": .string($0.isUser ? "user" : assistant), "content": .string($0.text)])
            }
        }
        switch form {
        case .openAI:
            let system =
                request.system.map { [JSON.members(["role": .string("system"), "content": .string($0)])] }
                ?? []
            // OpenAI itself has renamed the field; the servers that are like it have not.
            let limit = baseURL == Self.standardURL("openai") ? "max_completion_tokens" : "max_tokens"
            var body = JSONObject()
            body.set("model", .string(request.model))
            body.set("messages", .array(system + turns("assistant")))
            body.set(limit, .integer(request.maxTokens))
            return .object(body)
        case .anthropic:
            var body = JSONObject()
            body.set("model", .string(request.model))
            body.set("max_tokens", .integer(request.maxTokens))
            if let system = request.system { body.set("system", .string(system)) }
            body.set("messages", .array(turns("assistant")))
            return .object(body)
        case .gemini:
            func parts(_ text: String) -> JSON { .array([.members(["text": .string(text)])]) }
            var body = JSONObject()
            if let system = request.system {
                body.set("systemInstruction", .members(["parts": parts(system)]))
            }
            body.set(
                "contents",
                .array(
                    request.turns.map {
                        .members(["role": .string($0.isUser ? "user" : "model"), "parts": parts($0.text)])
                    }))
            body.set("generationConfig", .members(["maxOutputTokens": .integer(request.maxTokens)]))
            return .object(body)
        }
    }

    // MARK: Reading

    private func text(_ body: JSON) throws -> String {
        let text: String?
        let reason: String?
        switch form {
        case .openAI:
            let choice = body["choices"]?[0]
            text = choice?["message"]?["content"]?.string
            reason =
                choice?["message"]?["refusal"]?.string == nil ? choice?["finish_reason"]?.string : "refusal"
        case .anthropic:
            text = body["content"]?.array?.compactMap {
                $0["type"]?.string == "text" ? $0["text"]?.string : nil
            }.joined()
            reason = body["stop_reason"]?.string
        case .gemini:
            let candidate = body["candidates"]?[0]
            text = candidate?["content"]?["parts"]?.array?.compactMap { $0["text"]?.string }.joined()
            reason = body["promptFeedback"]?["blockReason"]?.string ?? candidate?["finishReason"]?.string
        }
        if let reason,
            ["content_filter", "refusal", "SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "OTHER"].contains(
                reason)
        {
            throw failure(.aiContentFiltered, "refuses to answer this; say it in another way", detail: reason)
        }
        if reason == "model_context_window_exceeded" {
            throw failure(
                .aiContextLengthExceeded, "cannot read a conversation of this length; begin another")
        }
        guard let text, text.contains(where: { !$0.isWhitespace }) else {
            throw failure(.aiProviderError, "answered without a text")
        }
        return text
    }

    /// What a refusal means; the table is in docs/SERVICE.md.
    private func refusal(
        _ status: Int, _ headers: (retryAfter: String?, retryMilliseconds: String?), _ body: JSON
    ) -> AvatariumError {
        let error = body["error"]
        let code = [error?["code"]?.string, error?["type"]?.string, error?["status"]?.string].compactMap(
            \.self)
        let message = error?["message"]?.string ?? ""
        let detail = code.first ?? "HTTP \(status)"
        let isKeyRefused =
            status == 401 || (status == 403 && form != .openAI)
            || (error?["details"]?.array ?? []).contains { $0["reason"]?.string == "API_KEY_INVALID" }
        if isKeyRefused {
            return isOwnKey
                ? failure(.byokKeyInvalid, "refuses your own key", detail: detail)
                : failure(.invalidConfig, "refuses the server's key", detail: detail)
        }
        if code.contains("insufficient_quota") || code.contains("credit_balance_exhausted") || status == 402 {
            return failure(.aiQuotaExceeded, "says that the quota is used up", detail: detail)
        }
        if code.contains("context_length_exceeded") || code.contains("exceed_context_size_error")
            || status == 413
            || message.contains("prompt is too long")
        {
            return failure(
                .aiContextLengthExceeded, "cannot read a conversation of this length; begin another",
                detail: detail)
        }
        if status == 404 || code.contains("model_not_found") {
            return failure(.aiModelNotFound, "has no such model; choose another", detail: detail)
        }
        if status == 429 || status == 498 {
            let milliseconds =
                headers.retryMilliseconds.flatMap { Double($0) }
                ?? headers.retryAfter.flatMap { Double($0) }.map { $0 * 1000 }
            return failure(
                .rateLimited, "asks to come less often", detail: detail,
                retryAfter: milliseconds.map { Int(min(max($0, 0), 3_600_000)) })
        }
        if status == 400 { return failure(.aiContentFiltered, "does not accept the request", detail: detail) }
        return failure(.aiProviderError, "failed", detail: detail)
    }

    /// Names the provider and its own code, and never its message, which may hold parts of a key.
    private func failure(
        _ code: ErrorCode, _ words: String, detail: String? = nil, retryAfter: Int? = nil,
        cause: (any Error)? = nil
    ) -> AvatariumError {
        AvatariumError(
            code, "\(name) \(words)" + (detail.map { " (\($0.quotedForMessage(limit: 80)))" } ?? ""),
            context: ["provider": name].merging(detail.map { ["reason": $0.quotedForMessage()] } ?? [:]) {
                a, _ in a
            },
            retryAfter: retryAfter, cause: cause)
    }
}

import LocalServer

/// An answer as a provider gives it. `scripts/test-wire-formats` lets the providers' own clients read the same answers, so
/// that the fakes are honest.
struct ProviderFake: Sendable, Encodable {
    var name: String
    /// `openai`, `anthropic`, `groq`, `gemini`.
    var provider: String
    var status = 200
    var headers: [String: String] = [:]
    var body: String
    /// What the answer says; nil for a refusal.
    var text: String?
    /// Our code of a refusal.
    var code: String?
    /// Whether the provider's own client takes the answer for a failure too; some fail inside a stream that it passes on.
    var isRefusal = false

    var answer: LocalServer.Answer { LocalServer.Answer(status: status, headers: headers, body: body) }

    /// Server-sent events of data lines.
    private static func events(_ lines: [String]) -> String {
        lines.map { "data: \($0)\n\n" }.joined()
    }

    /// Events with names, as Anthropic's.
    private static func named(_ events: [(String, String)]) -> String {
        events.map { "event: \($0.0)\ndata: \($0.1)\n\n" }.joined()
    }

    private static func openAI(_ pieces: [String], reason: String = "stop") -> String {
        let head = #""id":"chatcmpl-1","object":"chat.completion.chunk","created":1764000000,"model":"m-1""#
        func chunk(_ delta: String, _ reason: String) -> String {
            #"{\#(head),"choices":[{"index":0,"delta":\#(delta),"finish_reason":\#(reason)}]}"#
        }
        return events(
            [chunk(#"{"role":"assistant","content":null}"#, "null")]
                + pieces.map { chunk(#"{"content":"\#($0)"}"#, "null") } + [chunk("{}", "\"\(reason)\"")]
                + [
                    #"{\#(head),"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#,
                    "[DONE]",
                ])
    }

    private static func anthropic(_ pieces: [String], reason: String = "end_turn") -> String {
        let message =
            #"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"m-1","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}}"#
        let block = #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#
        return named(
            [("message_start", message), ("content_block_start", block), ("ping", #"{"type":"ping"}"#)]
                + pieces.map {
                    (
                        "content_block_delta",
                        #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\#($0)"}}"#
                    )
                } + [
                    ("content_block_stop", #"{"type":"content_block_stop","index":0}"#),
                    (
                        "message_delta",
                        #"{"type":"message_delta","delta":{"stop_reason":"\#(reason)","stop_sequence":null},"usage":{"output_tokens":2}}"#
                    ),
                    ("message_stop", #"{"type":"message_stop"}"#),
                ])
    }

    private static func gemini(_ pieces: [String], reason: String = "STOP") -> String {
        events(
            pieces.enumerated().map { index, piece in
                let end = index == pieces.count - 1 ? #","finishReason":"\#(reason)""# : ""
                return
                    #"{"candidates":[{"content":{"parts":[{"text":"\#(piece)"}],"role":"model"},"index":0\#(end)}],"modelVersion":"m-1"}"#
            })
    }

    /// Answers with a text.
    static let answers = [
        ProviderFake(name: "openai", provider: "openai", body: openAI(["Hel", "lo."]), text: "Hello."),
        ProviderFake(name: "groq", provider: "groq", body: openAI(["Hel", "lo."]), text: "Hello."),
        ProviderFake(
            name: "anthropic", provider: "anthropic", body: anthropic(["Hel", "lo."]), text: "Hello."),
        ProviderFake(name: "gemini", provider: "gemini", body: gemini(["Hel", "lo."]), text: "Hello."),
        ProviderFake(
            name: "openai cut at the limit", provider: "openai", body: openAI(["Hello"], reason: "length"),
            text: "Hello"),
        ProviderFake(
            name: "gemini cut at the limit", provider: "gemini",
            body: gemini(["Hello"], reason: "MAX_TOKENS"),
            text: "Hello"),
    ]

    private static func openAIError(_ status: Int, _ type: String, _ code: String, _ ours: String)
        -> ProviderFake
    {
        ProviderFake(
            name: "openai \(code)", provider: "openai", status: status,
            body:
                #"{"error":{"message":"sk-secret is wrong","type":"\#(type)","param":null,"code":"\#(code)"}}"#,
            code: ours, isRefusal: true)
    }

    private static func anthropicError(
        _ status: Int, _ type: String, _ ours: String, message: String = "no"
    ) -> ProviderFake {
        ProviderFake(
            name: "anthropic \(type) \(message)", provider: "anthropic", status: status,
            body:
                #"{"type":"error","error":{"type":"\#(type)","message":"\#(message)"},"request_id":"req_1"}"#,
            code: ours, isRefusal: true)
    }

    private static func geminiError(
        _ status: Int, _ name: String, _ details: String, _ ours: String, message: String = "no"
    ) -> ProviderFake {
        ProviderFake(
            name: "gemini \(status) \(message) \(details.prefix(20))", provider: "gemini", status: status,
            body:
                #"{"error":{"code":\#(status),"message":"\#(message)","status":"\#(name)","details":[\#(details)]}}"#,
            code: ours, isRefusal: true)
    }

    /// Refusals, with our code where the key is the caller's own.
    static let refusals =
        [
            openAIError(401, "invalid_request_error", "invalid_api_key", "E014"),
            openAIError(404, "invalid_request_error", "model_not_found", "E042"),
            openAIError(400, "invalid_request_error", "context_length_exceeded", "E043"),
            openAIError(400, "invalid_request_error", "content_filter", "E044"),
            openAIError(429, "insufficient_quota", "insufficient_quota", "E045"),
            openAIError(429, "requests", "rate_limit_exceeded", "E051"),
            openAIError(500, "server_error", "server_error", "E041"),
            openAIError(400, "invalid_request_error", "unsupported_value", "E041"),
            anthropicError(401, "authentication_error", "E014"),
            anthropicError(403, "permission_error", "E014"),
            anthropicError(402, "billing_error", "E045"),
            anthropicError(404, "not_found_error", "E042"),
            anthropicError(413, "request_too_large", "E043"),
            anthropicError(400, "invalid_request_error", "E043", message: "prompt is too long: 9 tokens"),
            anthropicError(429, "rate_limit_error", "E051"),
            anthropicError(529, "overloaded_error", "E041"),
            geminiError(
                400, "INVALID_ARGUMENT",
                #"{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}"#, "E014"),
            geminiError(
                400, "INVALID_ARGUMENT",
                #"{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}"#, "E015",
                message: "API key expired. Please renew the API key."),
            geminiError(403, "PERMISSION_DENIED", "", "E014"), geminiError(404, "NOT_FOUND", "", "E042"),
            geminiError(
                429, "RESOURCE_EXHAUSTED",
                #"{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerDayPerProject"}]}"#,
                "E045"), geminiError(503, "UNAVAILABLE", "", "E041"),
            ProviderFake(
                name: "groq capacity", provider: "groq", status: 498,
                body: #"{"error":{"message":"busy","type":"requests","code":"capacity_exceeded"}}"#,
                code: "E051",
                isRefusal: true),
            // Answers that their clients pass on, and whose end is a refusal.
            ProviderFake(
                name: "openai filtered", provider: "openai", body: openAI(["I"], reason: "content_filter"),
                code: "E044"),
            ProviderFake(
                name: "anthropic refusal", provider: "anthropic", body: anthropic(["I"], reason: "refusal"),
                code: "E044"),
            ProviderFake(
                name: "anthropic window", provider: "anthropic",
                body: anthropic([], reason: "model_context_window_exceeded"), code: "E043"),
            ProviderFake(
                name: "gemini safety", provider: "gemini", body: gemini(["I"], reason: "SAFETY"), code: "E044"
            ),
            ProviderFake(
                name: "gemini blocked", provider: "gemini",
                body: events([
                    #"{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"modelVersion":"m-1"}"#
                ]),
                code: "E044"),
        ]
}

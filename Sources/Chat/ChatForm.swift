import AvatariumCore
import Foundation
import ProviderHTTP

/// How a provider writes a chat on the wire. Three forms cover all: OpenAI's (Groq, ollama, vLLM and llama.cpp speak it
/// too), Anthropic's and Gemini's.
package enum ChatForm: Sendable, CaseIterable {
    /// `POST /chat/completions`: https://platform.openai.com/docs/api-reference/chat
    case openAI
    /// `POST /v1/messages`: https://docs.claude.com/en/api/messages
    case anthropic
    /// `POST /v1beta/models/{model}:streamGenerateContent`: https://ai.google.dev/api/generate-content
    case gemini

    // MARK: Asking

    func path(_ model: String) -> String {
        switch self {
        case .openAI: return "/chat/completions"
        case .anthropic: return "/v1/messages"
        case .gemini:
            let allowed = CharacterSet.alphanumerics.intersection(
                CharacterSet(charactersIn: "\u{0}"..."\u{7F}")
            )
            .union(CharacterSet(charactersIn: "-._"))
            let name = model.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
            return "/v1beta/models/\(name):streamGenerateContent?alt=sse"
        }
    }

    var placement: ProviderClient.KeyPlacement {
        switch self {
        case .openAI: .bearer
        case .anthropic: .header("x-api-key")
        case .gemini: .header("x-goog-api-key")
        }
    }

    var headers: [(name: String, value: String)] {
        self == .anthropic ? [("anthropic-version", "2023-06-01")] : []
    }

    /// - Parameter isOpenAI: Whether the server is OpenAI itself, which has renamed a field that its imitators have not.
    func body(_ request: ChatRequest, isOpenAI: Bool) -> JSON {
        func turns(_ assistant: String) -> [JSON] {
            request.turns.map {
                .members(["role": .string($0.isUser ? "user" : assistant), "content": .string($0.text)])
            }
        }
        var body = JSONObject()
        switch self {
        case .openAI:
            let system = request.system.map {
                JSON.members(["role": .string("system"), "content": .string($0)])
            }
            body.set("model", .string(request.model))
            body.set("messages", .array([system].compactMap(\.self) + turns("assistant")))
            body.set(isOpenAI ? "max_completion_tokens" : "max_tokens", .integer(request.maxTokens))
            body.set("stream", .bool(true))
        case .anthropic:
            body.set("model", .string(request.model))
            body.set("max_tokens", .integer(request.maxTokens))
            if let system = request.system { body.set("system", .string(system)) }
            body.set("messages", .array(turns("assistant")))
            body.set("stream", .bool(true))
        case .gemini:
            func parts(_ text: String) -> JSON { .array([.members(["text": .string(text)])]) }
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
        }
        return .object(body)
    }

    // MARK: Reading

    /// What one event of an answer says.
    struct Piece: Equatable {
        var text = ""
        /// Why the answer ends here; nil while it goes on.
        var reason: String?
        /// The provider's error object, where the event is one.
        var error: JSON?
        /// Whether no event follows.
        var isLast = false
    }

    /// Reads one event; nil for one that says nothing of ours.
    func piece(_ event: ServerSentEvent) -> Piece? {
        if event.data == "[DONE]" { return Piece(isLast: true) }
        guard let value = try? JSONParser.parse(Array(event.data.utf8)) else { return nil }
        if value["error"]?.object != nil { return Piece(error: value) }
        switch self {
        case .openAI:
            // The last event may hold the usage alone, with `choices` empty or null.
            guard let choice = value["choices"]?[0] else { return nil }
            let isRefused = choice["delta"]?["refusal"]?.string?.isEmpty == false
            return Piece(
                text: choice["delta"]?["content"]?.string ?? "",
                reason: isRefused ? "refusal" : choice["finish_reason"]?.string)
        case .anthropic:
            switch value["type"]?.string {
            case "content_block_delta": return Piece(text: value["delta"]?["text"]?.string ?? "")
            case "message_delta": return Piece(reason: value["delta"]?["stop_reason"]?.string)
            case "message_stop": return Piece(isLast: true)
            default: return nil
            }
        case .gemini:
            let candidate = value["candidates"]?[0]
            let parts = (candidate?["content"]?["parts"]?.array ?? []).filter { $0["thought"]?.bool != true }
            return Piece(
                text: parts.compactMap { $0["text"]?.string }.joined(),
                reason: value["promptFeedback"]?["blockReason"]?.string ?? candidate?["finishReason"]?.string)
        }
    }

    /// Reasons by which a provider's filter ends an answer.
    static let filtered: Set<String> = [
        "content_filter", "refusal", "SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "RECITATION",
        "IMAGE_SAFETY", "OTHER", "BLOCK_REASON_UNSPECIFIED",
    ]
}

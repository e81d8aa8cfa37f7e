import AvatariumCore
import ProviderHTTP

/// A provider of language models: asked for an answer, it gives the text while it is being written.
package struct ChatProvider: Sendable {
    package let name: String
    /// Whether the key is the caller's own.
    package let isOwnKey: Bool
    package let form: ChatForm
    private let client: ProviderClient

    /// The providers that can be named.
    package static let names = ["openai", "anthropic", "groq", "gemini"]

    /// Bytes of an answer at most.
    private static let longestAnswer = 1 << 20
    /// Events of an answer at most.
    private static let mostEvents = 200_000
    /// Streams that break off before their first word are asked for again so often.
    private static let attempts = 3

    /// - Parameters:
    ///   - name: One of `names`; decides the form.
    ///   - baseURL: Without a slash at the end; nil is the provider's own.
    ///   - key: Nil for a server of one's own that asks for none.
    ///   - policy: Its deadline bounds an answer with all its tries.
    package init(
        name: String, baseURL: String? = nil, key: String?, isOwnKey: Bool,
        policy: RetryPolicy = RetryPolicy(attempts: 3, deadline: .seconds(90))
    ) {
        let form: ChatForm =
            switch name {
            case "anthropic": .anthropic
            case "gemini": .gemini
            default: .openAI
            }
        self.name = name
        self.isOwnKey = isOwnKey
        self.form = form
        client = ProviderClient(
            provider: name, base: baseURL ?? Self.standardURL(name), key: ProviderKey(secret: key ?? ""),
            placement: form.placement, headers: form.headers, policy: policy, unexplained: .aiProviderError
        ) { status, body in
            ChatRefusal(form, status: status, body).failure(isOwnKey: isOwnKey)
        }
    }

    private static func standardURL(_ name: String) -> String {
        switch name {
        case "anthropic": "https://api.anthropic.com"
        case "gemini": "https://generativelanguage.googleapis.com"
        case "groq": "https://api.groq.com/openai/v1"
        default: "https://api.openai.com/v1"
        }
    }

    package static func standardModel(_ name: String) -> String {
        switch name {
        case "anthropic": "claude-haiku-4-5"
        case "gemini": "gemini-2.5-flash"
        case "groq": "llama-3.3-70b-versatile"
        default: "gpt-5-mini"
        }
    }

    /// Asks for an answer and gives its text as it is written.
    ///
    /// What fails before the first word and may pass is tried again: 408, 429, 498 and 5xx after what the provider asks
    /// for, and streams that break off. A conversation that is too long for the model is cut once.
    /// - Throws: E001, E004, E005, E014, E015, E041 to E045, E051, with `context["provider"]`; E071 where the server's own
    ///   key is refused.
    package func stream(_ request: ChatRequest) -> AsyncThrowingStream<String, any Error> {
        AsyncThrowingStream { continuation in
            let task = Task {
                do {
                    try await withinDeadline {
                        try await answer(request) { continuation.yield($0) }
                    }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    /// Asks for an answer and gives it whole; throws as `stream` does.
    package func answer(_ request: ChatRequest) async throws -> String {
        var text = ""
        for try await piece in stream(request) { text += piece }
        try Task.checkCancellation()
        return text
    }

    private func withinDeadline(_ work: @escaping @Sendable () async throws -> Void) async throws {
        let deadline = client.policy.deadline
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await Task.sleep(for: deadline)
                throw failure(.timeout, "did not finish its response within \(deadline); try again")
            }
            group.addTask { try await work() }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func answer(_ request: ChatRequest, give: (String) -> Void) async throws {
        var request = request
        var attempt = 1
        var hasCut = false
        var hasBegun = false
        while true {
            do {
                return try await once(request) {
                    hasBegun = true
                    give($0)
                }
            } catch let error as AvatariumError
                where error.code == .aiContextLengthExceeded && !hasBegun && !hasCut
            {
                guard let cut = request.cut else { throw error }
                (request, hasCut) = (cut, true)
            } catch let error as StreamFailure {
                guard error.error.recoverable, !hasBegun, attempt < Self.attempts else { throw error.error }
                try await Task.sleep(for: client.policy.delay(after: attempt, retryAfter: nil))
                attempt += 1
            }
        }
    }

    /// A failure inside a stream, which `ProviderClient` has not tried again.
    private struct StreamFailure: Error { var error: AvatariumError }

    private func once(_ request: ChatRequest, give: (String) -> Void) async throws {
        let isOpenAI = client.base == Self.standardURL("openai")
        var hasEnded = false
        var bytes = 0
        var events = 0
        var hasWords = false
        for try await event in client.events(
            form.path(request.model), body: form.body(request, isOpenAI: isOpenAI))
        {
            events += 1
            guard events <= Self.mostEvents else {
                throw failure(.aiProviderError, "sent an endless response")
            }
            guard let piece = form.piece(event) else { continue }
            if let error = piece.error { throw StreamFailure(error: refused(error)) }
            if !piece.text.isEmpty {
                bytes += piece.text.utf8.count
                guard bytes <= Self.longestAnswer else {
                    throw failure(.aiProviderError, "sent an endless response")
                }
                hasWords = hasWords || piece.text.contains { !$0.isWhitespace }
                give(piece.text)
            }
            if let reason = piece.reason {
                try judge(reason)
                hasEnded = true
            }
            if piece.isLast {
                hasEnded = true
                break
            }
        }
        try Task.checkCancellation()
        guard hasEnded else {
            throw StreamFailure(error: failure(.aiProviderError, "ended its response early; try again"))
        }
        guard hasWords else {
            throw StreamFailure(error: failure(.aiProviderError, "returned no text"))
        }
    }

    private func judge(_ reason: String) throws {
        if ChatForm.filtered.contains(reason) {
            throw failure(
                .aiContentFiltered, "refuses to answer this; rephrase it", reason: reason)
        }
        if reason == "model_context_window_exceeded" {
            throw failure(
                .aiContextLengthExceeded, "cannot process a conversation of this length; start another",
                reason: reason)
        }
    }

    private func refused(_ body: JSON) -> AvatariumError {
        let known = ChatRefusal(form, status: 0, body).failure(isOwnKey: isOwnKey)
        return failure(known.code, "refused: \(known.message)")
    }

    private func failure(_ code: ErrorCode, _ words: String, reason: String? = nil) -> AvatariumError {
        AvatariumError(
            code, "\(name) \(words)" + (reason.map { " (\($0.quotedForMessage(limit: 80)))" } ?? ""),
            context: ["provider": name])
    }
}

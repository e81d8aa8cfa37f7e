import Avatarium
import AvatariumCore
import Chat
import ServiceStore

/// Who answers in a conversation: which model, with whose key, and in which part.
struct AnswerPlan: Sendable {
    var conversation: Conversation
    /// Who writes; nil for test keys, whose replies are always the same.
    var provider: ChatProvider?
    var model: String
    /// Whether the caller chose the model; only then is a missing model reported to the caller.
    var isModelChosen: Bool
    var system: String
    var voice: String?
    /// The caller's own key to the provider of the voice; else the account's, else the server's is taken.
    var speechKey: String?

    /// The system prompt that every model gets besides the persona.
    private static let manner = """
        An animated avatar speaks your answer aloud: write short, plain sentences, without lists, links or markup. Marks in \
        square brackets move its face: [\(Emotion.allCases.map(\.name).joined(separator: "], ["))] begin a mood, which [/] \
        ends; [nod], [shake] and [tilt] move the head.
        """

    /// The writer's name in records.
    var providerName: String { provider?.name ?? "test" }
    /// Whether the plan's messages pay for it: test keys and own keys cost it nothing.
    var isCounted: Bool { provider.map { !$0.isOwnKey } ?? false }

    /// The answer, piece by piece.
    func stream(_ request: ChatRequest) -> AsyncThrowingStream<String, any Error> {
        if let provider { return provider.stream(request) }
        let said = ExpressionMarks.parse(request.turns.last?.text ?? "").text
        return AsyncThrowingStream { pieces in
            pieces.yield("[happy]This is a test reply.[/happy] ")
            pieces.yield("[nod]You said: \(said.prefix(200))")
            pieces.finish()
        }
    }

    /// - Parameter ownKeys: Those of this message alone; else the session's are taken, else the account's, else the server's.
    /// - Throws: CONFIG_ERROR where nobody has a key for the provider.
    static func make(
        _ conversation: Conversation, ownKeys: ConversationKeys, principal: Principal, backend: Backend
    ) async throws -> AnswerPlan {
        let settings = try conversation.settings.parsed()
        let name = settings["ai"]?["provider"]?.string ?? "openai"
        let kept = try ConversationKeys(of: settings, account: principal.id, masterKey: backend.masterKey)
        let provider = try await provider(
            name, own: ownKeys.ai ?? kept.ai, principal: principal, backend: backend)
        let avatar = try await backend.store.avatar(conversation.avatar, account: principal.id)
        let said = try avatar?.settings.parsed()
        let part = [said?["persona"]?.string, settings["ai"]?["system"]?.string ?? said?["system"]?.string]
        let model = settings["ai"]?["model"]?.string
        return AnswerPlan(
            conversation: conversation, provider: provider,
            model: provider == nil ? "test" : model ?? ChatProvider.standardModel(name),
            isModelChosen: model != nil,
            system: (part.compactMap(\.self) + [manner]).joined(separator: "\n\n"),
            voice: settings["voice"]?.string ?? said?["voice"]?.string,
            speechKey: ownKeys.speech ?? kept.speech)
    }

    /// - Parameter own: The key of the message or the session; else the account's is taken, else the server's.
    /// - Returns: Nil for a test key that brings no key of its own: it asks no language model, and so spends nothing.
    /// - Throws: CONFIG_ERROR where nobody has a key for the provider.
    private static func provider(
        _ name: String, own: String?, principal: Principal, backend: Backend
    ) async throws -> ChatProvider? {
        if own == nil, principal.isTest { return nil }
        let configuration = backend.configuration
        var own = own
        if own == nil {
            own = try await backend.store.openProviderKey(
                name, account: principal.id, masterKey: backend.masterKey)
        }
        let isLocal = name == "openai" && configuration.aiBaseURL != nil && own == nil
        guard let key = own ?? configuration.providerKeys[name] ?? (isLocal ? "" : nil) else {
            throw APIError.notSetUp(
                AvatariumError(
                    .invalidConfig,
                    "there is no key for the AI provider '\(name)'; set \(name.uppercased())_API_KEY",
                    context: ["provider": name]))
        }
        return ChatProvider(
            name: name,
            baseURL: configuration.providerURLs[name] ?? (isLocal ? configuration.aiBaseURL : nil), key: key,
            isOwnKey: own != nil)
    }

    /// The error that a client gets; a provider's failure has the code of the key's owner.
    func refusal(_ error: any Error) -> APIError {
        guard let failure = error as? AvatariumError, failure.context["provider"] != nil else {
            return APIError(error)
        }
        switch failure.code {
        case .aiQuotaExceeded, .aiProviderError, .rateLimited, .connectionFailed, .networkError, .timeout:
            return APIError(
                provider?.isOwnKey == true ? .byokProviderError : .aiProviderError, failure.message,
                retryAfter: failure.retryAfter.map { max(1, ($0 + 999) / 1000) }, cause: failure)
        case .invalidConfig: return .notSetUp(failure)
        case .aiModelNotFound where !isModelChosen: return .notSetUp(failure)
        case .aiModelNotFound: return APIError(failure.at(field: "/ai/model"))
        default: return APIError(failure)
        }
    }
}

import Avatarium
import AvatariumCore
import Chat
import ServiceStore

/// Who answers in a conversation: which model, with whose key, and in which part.
struct AnswerPlan: Sendable {
    var conversation: Conversation
    var provider: ChatProvider
    var model: String
    /// Whether the caller chose the model, and so is told where there is no such one.
    var isModelChosen: Bool
    var system: String
    var voice: String?
    /// The caller's own key to the provider of the voice; else the account's, else the server's is taken.
    var speechKey: String?

    /// What every model is told besides its part.
    private static let manner = """
        An animated avatar speaks your answer aloud: write short, plain sentences, without lists, links or markup. Marks in \
        square brackets move its face: [\(Emotion.allCases.map(\.name).joined(separator: "], ["))] begin a mood, which [/] \
        ends; [nod], [shake] and [tilt] move the head.
        """

    /// - Parameter ownKeys: Those of this message alone; else the session's are taken, else the account's, else the server's.
    /// - Throws: CONFIG_ERROR where nobody has a key for the provider.
    static func make(
        _ conversation: Conversation, ownKeys: ConversationKeys, principal: Principal, backend: Backend
    ) async throws -> AnswerPlan {
        let settings = try conversation.settings.parsed()
        let configuration = backend.configuration
        let name = settings["ai"]?["provider"]?.string ?? "openai"
        let kept = try ConversationKeys(of: settings, account: principal.id, masterKey: backend.masterKey)
        let own: String?
        if let nearest = ownKeys.ai ?? kept.ai {
            own = nearest
        } else {
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
        let provider = ChatProvider(
            name: name,
            baseURL: configuration.providerURLs[name] ?? (isLocal ? configuration.aiBaseURL : nil), key: key,
            isOwnKey: own != nil)
        let avatar = try await backend.store.avatar(conversation.avatar, account: principal.id)
        let said = try avatar?.settings.parsed()
        let part = [said?["persona"]?.string, settings["ai"]?["system"]?.string ?? said?["system"]?.string]
        let model = settings["ai"]?["model"]?.string
        return AnswerPlan(
            conversation: conversation, provider: provider, model: model ?? ChatProvider.standardModel(name),
            isModelChosen: model != nil,
            system: (part.compactMap(\.self) + [manner]).joined(separator: "\n\n"),
            voice: settings["voice"]?.string ?? said?["voice"]?.string,
            speechKey: ownKeys.speech ?? kept.speech)
    }

    /// What a client is told of a failure: a provider's, under the code of whose key it was.
    func refusal(_ error: any Error) -> APIError {
        guard let failure = error as? AvatariumError, failure.context["provider"] != nil else {
            return APIError(error)
        }
        switch failure.code {
        case .aiQuotaExceeded, .aiProviderError, .rateLimited, .connectionFailed, .networkError, .timeout:
            return APIError(
                provider.isOwnKey ? .byokProviderError : .aiProviderError, failure.message,
                retryAfter: failure.retryAfter.map { max(1, ($0 + 999) / 1000) }, cause: failure)
        case .invalidConfig: return .notSetUp(failure)
        case .aiModelNotFound where !isModelChosen: return .notSetUp(failure)
        case .aiModelNotFound: return APIError(failure.at(field: "/ai/model"))
        default: return APIError(failure)
        }
    }
}

import Avatarium
import AvatariumCore
import Hummingbird
import ServiceStore

/// A message of a conversation, answered by a language model and spoken by the avatar.
struct MessageRoutes {
    let backend: Backend
    /// Turns of the past that a model is told.
    private static let history = 40

    var routes: [Route] { [Route(.post, "/v1/conversations/{id}/messages", .scope(.conversations), send)] }

    @Sendable private func send(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let id = try context.parameters.require("id")
        var fields = try await request.fields(limit: 256 << 10)
        let content = try fields.required("content", limit: 32_000)
        let ownKey = try fields.string("byokAI", limit: 500)
        try fields.finish()
        guard let found = try await backend.store.conversation(ConversationID(id), account: principal.id)
        else {
            throw SessionRoutes.noConversation(id)
        }
        let plan = try await plan(found, ownKey: ownKey, principal)
        let quota = plan.provider.isOwnKey ? nil : principal.plan.messages.map { Quota(.messages, limit: $0) }
        switch try await backend.store.beginMessage(
            content, in: found.id, account: principal.id, quota: quota)
        {
        case .begun(let message, _): return try await answer(message, plan, principal, context)
        case .notFound: throw SessionRoutes.noConversation(id)
        case .ended:
            throw APIError(
                .invalidRequest, "the conversation has ended; begin another with POST /v1/conversations")
        case .busy(let wait):
            throw APIError(
                .rateLimitExceeded, "the message before is still being answered; wait as Retry-After says",
                retryAfter: max(1, Int(wait.seconds.rounded(.up))))
        case .overQuota(let used, let limit): throw Quotas.exceeded(principal, used: used, limit: limit)
        }
    }

    // MARK: The plan

    private struct Answering: Sendable {
        var conversation: Conversation
        var provider: ChatProvider
        var model: String
        var system: String?
        var voice: String?
    }

    /// Which model answers, with whose key.
    /// - Throws: CONFIG_ERROR where the server has no key for the provider.
    private func plan(
        _ conversation: Conversation, ownKey: String?, _ principal: Principal
    ) async throws -> Answering {
        let settings = try conversation.settings.parsed()
        let name = settings["ai"]?["provider"]?.string ?? "openai"
        let stored = try await backend.store.openProviderKey(
            name, account: principal.id, masterKey: backend.masterKey)
        let serversKey = backend.configuration.providerKeys[name]
        let own = ownKey ?? stored
        let isLocal = name == "openai" && backend.configuration.aiBaseURL != nil && own == nil
        guard own != nil || serversKey != nil || isLocal else {
            throw APIError.notSetUp(
                AvatariumError(
                    .invalidConfig,
                    "there is no key for the AI provider '\(name)'; set \(name.uppercased())_API_KEY",
                    context: ["provider": name]))
        }
        let provider = ChatProvider(
            name: name,
            baseURL: backend.configuration.providerURLs[name]
                ?? (isLocal ? backend.configuration.aiBaseURL : nil) ?? ChatProvider.standardURL(name),
            key: own ?? serversKey, isOwnKey: own != nil)
        let avatar = try await backend.store.avatar(conversation.avatar, account: principal.id)
        let said = try avatar?.settings.parsed()
        let system = [said?["persona"]?.string, settings["ai"]?["system"]?.string ?? said?["system"]?.string]
            .compactMap(\.self).joined(separator: "\n\n")
        return Answering(
            conversation: conversation, provider: provider,
            model: settings["ai"]?["model"]?.string ?? ChatProvider.standardModel(name),
            system: system.isEmpty ? nil : system, voice: settings["voice"]?.string ?? said?["voice"]?.string)
    }

    // MARK: The answer

    private func answer(
        _ message: Message, _ plan: Answering, _ principal: Principal, _ context: ServiceContext
    ) async throws -> Response {
        do {
            let text = try await ask(message, plan, principal)
            let job = try await queueClip(text, plan, principal)
            guard
                let reply = try await backend.store.finishMessage(
                    message.id, account: principal.id, reply: text, job: job.id,
                    meter: plan.provider.isOwnKey || principal.isTest ? nil : .messages)
            else { throw SessionRoutes.noConversation(plan.conversation.id.rawValue) }
            return context.answer(
                .members([
                    "id": .string(reply.id.rawValue), "role": .string("assistant"), "content": .string(text),
                    "message_id": .string(message.id.rawValue),
                    "render": RenderView(backend: backend).json(job),
                ]), status: .created)
        } catch {
            let failure =
                error as? AvatariumError
                ?? AvatariumError(.messageSendFailed, "the message was not answered", cause: error)
            _ = try? await backend.store.failMessage(message.id, account: principal.id, failure)
            throw Self.refusal(error, plan.provider)
        }
    }

    /// A provider's error, under the code of whose key it was.
    private static func refusal(_ error: any Error, _ provider: ChatProvider) -> APIError {
        guard let failure = error as? AvatariumError, failure.context["provider"] != nil else {
            return APIError(error)
        }
        switch failure.code {
        case .byokKeyInvalid, .aiQuotaExceeded, .aiProviderError, .rateLimited:
            return APIError(
                provider.isOwnKey ? .byokProviderError : .aiProviderError, failure.message,
                retryAfter: failure.retryAfter.map { ($0 + 999) / 1000 }, cause: failure)
        case .invalidConfig:
            return .notSetUp(failure)
        default: return APIError(failure)
        }
    }

    private func ask(_ message: Message, _ plan: Answering, _ principal: Principal) async throws -> String {
        let page = try await backend.store.messages(
            in: plan.conversation.id, account: principal.id, limit: Self.history)
        let past = (page?.items ?? []).reversed().filter { $0.state == .done && $0.id != message.id }
        var turns = past.map { ChatTurn(isUser: $0.role == .user, text: $0.content) }
        turns.append(ChatTurn(isUser: true, text: message.content))
        do {
            return try await plan.provider.answer(
                ChatRequest(model: plan.model, system: plan.system, turns: turns))
        } catch let error as AvatariumError where error.code == .aiContextLengthExceeded && turns.count > 1 {
            // Once more with the newest part of the past.
            turns = Array(turns.suffix(max(1, turns.count / 4)))
            return try await plan.provider.answer(
                ChatRequest(model: plan.model, system: plan.system, turns: turns))
        }
    }

    private func queueClip(_ text: String, _ plan: Answering, _ principal: Principal) async throws -> Job {
        var clip = ClipRequest(text: text)
        clip.voice = plan.voice
        clip.size = ImageSize(width: 640, height: 360)
        let order = RenderOrder(
            clip: clip,
            avatar: try await backend.avatar(
                plan.conversation.avatar, account: principal.id, field: "avatar_id"),
            format: "mp4", echo: "null",
            maxSeconds: min(principal.plan.seconds, backend.configuration.maxSeconds),
            isTest: principal.isTest)
        let job = NewJob(
            .reply, request: try JSONText(encoding: order), priority: 10,
            deadline: .seconds(backend.configuration.deadlineSeconds),
            retention: .seconds(backend.configuration.retentionHours * 3600))
        guard
            case .queued(let jobs) = try await backend.store.enqueue(
                [job], account: principal.id,
                limits: QueueLimits(
                    maxRunning: principal.plan.concurrency, maxQueued: backend.configuration.maxQueued)),
            let queued = jobs.first
        else {
            throw APIError(
                .rateLimitExceeded, "too many clips wait already; wait until some are made", retryAfter: 30)
        }
        return queued
    }
}

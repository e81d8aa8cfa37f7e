import Avatarium
import AvatariumCore
import Hummingbird
import ServiceStore

/// A message of a conversation, answered by a language model and spoken by the avatar.
struct MessageRoutes {
    let backend: Backend

    var routes: [Route] { [Route(.post, "/v1/conversations/{id}/messages", .scope(.conversations), send)] }

    @Sendable private func send(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let id = try context.parameters.require("id")
        var fields = try await request.fields(limit: 256 << 10)
        let content = try fields.required("content", limit: 32_000)
        let ownKeys = try ConversationKeys(&fields)
        try fields.finish()
        guard let found = try await backend.store.conversation(ConversationID(id), account: principal.id)
        else { throw SessionRoutes.noConversation(id) }
        let plan = try await AnswerPlan.make(found, ownKeys: ownKeys, principal: principal, backend: backend)
        let message = try await begin(content, plan, principal)
        let answering = Answering(backend: backend, principal: principal, message: message, plan: plan)
        guard request.headers[.accept]?.contains("text/event-stream") == true else {
            let (reply, job) = try await answering.run { _ in }
            return context.answer(view(reply, job, message), status: .created)
        }
        return try await stream(answering, context)
    }

    private func begin(_ content: String, _ plan: AnswerPlan, _ principal: Principal) async throws -> Message
    {
        let id = plan.conversation.id
        let quota = plan.provider.isOwnKey ? nil : principal.plan.messages.map { Quota(.messages, limit: $0) }
        switch try await backend.store.beginMessage(content, in: id, account: principal.id, quota: quota) {
        case .begun(let message, _): return message
        case .notFound: throw SessionRoutes.noConversation(id.rawValue)
        case .ended:
            throw APIError(
                AvatariumError(
                    .conversationEnded,
                    "the conversation has ended; begin another with POST /v1/conversations"))
        case .busy(let wait):
            throw APIError(
                AvatariumError(
                    .alreadyProcessing,
                    "the message before is still being answered; wait as Retry-After says",
                    retryAfter: Int(max(1, wait.seconds.rounded(.up))) * 1000))
        case .overQuota(let used, let limit): throw Quotas.exceeded(principal, used: used, limit: limit)
        }
    }

    private func view(_ reply: Message, _ job: Job, _ message: Message) -> JSON {
        .members([
            "id": .string(reply.id.rawValue), "role": .string("assistant"), "content": .string(reply.content),
            "text": .string(ExpressionMarks.parse(reply.content).text),
            "message_id": .string(message.id.rawValue), "render": RenderView(backend: backend).json(job),
        ])
    }

    // MARK: Events

    /// `delta` as the text is written, `render` when the clip is begun, `reply` when the text is whole, then `render` until
    /// the clip is. What fails before the first word is an answer of its own; later it is an `error` event.
    private func stream(_ answering: Answering, _ context: ServiceContext) async throws -> Response {
        let (steps, telling) = AsyncThrowingStream<Answering.Step, any Error>.makeStream()
        let (begun, beginning) = AsyncThrowingStream<Void, any Error>.makeStream()
        // Not a part of the answer: a message is answered whether or not its client stays.
        backend.drain.finishing {
            do {
                _ = try await answering.run { step in
                    telling.yield(step)
                    beginning.finish()
                }
                telling.finish()
            } catch {
                beginning.finish(throwing: error)
                telling.finish(throwing: error)
            }
        }
        for try await _ in begun {}
        return EventStream.response(nil, drain: backend.drain) { [self] events in
            do {
                for try await step in steps {
                    try await send(step, answering.message, &events)
                }
            } catch let error as APIError {
                context.notes.update { $0.error = error }
                try await events.send("error", id: nil, error.body(requestID: context.requestID))
            }
        }
    }

    private func send(
        _ step: Answering.Step, _ message: Message, _ events: inout EventWriter
    ) async throws {
        switch step {
        case .delta(let text): try await events.send("delta", id: nil, .members(["content": .string(text)]))
        case .begun(let job): try await events.send("render", id: nil, RenderView(backend: backend).json(job))
        case .answered(let reply, let job):
            try await events.send("reply", id: nil, view(reply, job, message))
            let changes = ChangeQueue(
                backend.store.changes(of: job.id, account: job.account, after: job.version))
            defer { changes.cancel() }
            for try await change in changes.steps {
                switch change {
                case .change(let job):
                    try await events.send("render", id: nil, RenderView(backend: backend).json(job))
                case .nothing: try await events.ping()
                case .end: return
                }
            }
        }
    }
}

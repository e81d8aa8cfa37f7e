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
        let body = try await request.json(limit: 256 << 10)
        let idempotency = try IdempotencyKey.read(request, body: body, backend)
        var fields = try RequestFields(body)
        let content = try fields.required("content", limit: 32_000)
        let ownKeys = try ConversationKeys(&fields)
        let options = try fields.object("render")
        try fields.finish()
        guard let found = try await backend.store.conversation(ConversationID(id), account: principal.id)
        else { throw SessionRoutes.noConversation(id) }
        let streams = request.headers[.accept]?.contains("text/event-stream") == true
        if let earlier = try await backend.earlier(idempotency, principal.id),
            let again = try await answer(again: earlier, idempotency, principal, streams: streams, context)
        {
            return again
        }
        let clip =
            if let options {
                try await RenderParser(backend: backend, principal: principal).reply(options)
            } else {
                RenderParser.ReplyClip?.none
            }
        let plan = try await AnswerPlan.make(found, ownKeys: ownKeys, principal: principal, backend: backend)
        return try await begin(content, plan, principal, idempotency).answer { message in
            let answering = Answering(
                backend: backend, principal: principal, message: message, plan: plan, clip: clip)
            guard streams else {
                let (reply, job) = try await answering.run { _ in }
                return context.answer(view(reply, job, message), status: .created)
            }
            return try await stream(answering, context)
        } again: { stored in
            guard
                let again = try await answer(again: stored, idempotency, principal, streams: streams, context)
            else {
                throw APIError(
                    AvatariumError(
                        .messageSendFailed, "the message was not answered; send it again", retryAfter: 1000))
            }
            return again
        }
    }

    private func begin(
        _ content: String, _ plan: AnswerPlan, _ principal: Principal, _ idempotency: IdempotencyKey?
    ) async throws -> Once<Message> {
        let id = plan.conversation.id
        let quota = plan.isCounted ? principal.plan.messages.map { Quota(.messages, limit: $0) } : nil
        let once = try await backend.store.beginMessage(
            content, in: id, account: principal.id, quota: quota,
            idempotency: idempotency?.keeping { $0.id.rawValue })
        switch once {
        case .fresh(.begun(let message, _)): return .fresh(message)
        case .fresh(.notFound): throw SessionRoutes.noConversation(id.rawValue)
        case .fresh(.ended):
            throw APIError(
                AvatariumError(
                    .conversationEnded,
                    "the conversation has ended; start another with POST /v1/conversations"))
        case .fresh(.busy(let wait)):
            throw APIError(
                AvatariumError(
                    .alreadyProcessing,
                    "the previous message is still being answered; wait for the seconds in Retry-After",
                    retryAfter: Int(max(1, wait.seconds.rounded(.up))) * 1000))
        case .fresh(.overQuota(let used, let limit)):
            throw Quotas.exceeded(principal, used: used, limit: limit)
        case .replayed(let answer): return .replayed(answer)
        case .mismatch: return .mismatch
        }
    }

    // MARK: The same message again

    /// How often a repetition looks whether the first has its answer.
    private static let pollInterval = Duration.milliseconds(150)

    /// The answer to a message that came before, once it is there.
    /// - Returns: Nil where it failed, and the message may be tried anew.
    private func answer(
        again stored: StoredAnswer, _ idempotency: IdempotencyKey?, _ principal: Principal, streams: Bool,
        _ context: ServiceContext
    ) async throws -> Response? {
        let (store, account) = (backend.store, principal.id)
        let id = MessageID(stored.body)
        let end = try await backend.drain.cancelling {
            while true {
                let answer = try await store.answer(to: id, account: account)
                guard case .pending = answer else { return answer }
                try await Task.sleep(for: Self.pollInterval)
            }
        }
        switch end {
        case .answered(let message, let reply):
            let job = if let id = reply.job { try await store.job(id, account: account) } else { Job?.none }
            var response =
                streams
                ? stream(message, reply, job)
                : context.answer(view(reply, job, message), status: .created)
            response.headers[.idempotentReplayed] = "true"
            return response
        case .gone: throw SessionRoutes.noConversation(context.parameters.get("id") ?? "")
        case .pending, .failed:
            if let idempotency {
                try await store.forgetAnswer(stored, key: idempotency.key, account: account)
            }
            return nil
        }
    }

    private func stream(_ message: Message, _ reply: Message, _ job: Job?) -> Response {
        EventStream.response(nil, drain: backend.drain) { [self] events in
            try await events.send("delta", id: nil, .members(["content": .string(reply.content)]))
            guard let job else {
                return try await events.send("reply", id: nil, view(reply, nil, message))
            }
            try await send(.answered(reply, job), message, &events)
            if job.state.isFinal {
                try await events.send("render", id: nil, RenderView(backend: backend).json(job))
            }
        }
    }

    /// - Parameter job: Nil where the clip was deleted.
    private func view(_ reply: Message, _ job: Job?, _ message: Message) -> JSON {
        .members([
            "id": .string(reply.id.rawValue), "role": .string("assistant"), "content": .string(reply.content),
            "text": .string(ExpressionMarks.parse(reply.content).text),
            "message_id": .string(message.id.rawValue),
            "render": job.map { RenderView(backend: backend).json($0) } ?? .null,
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

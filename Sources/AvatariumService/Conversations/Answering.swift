import Avatarium
import AvatariumCore
import Chat
import ServiceStore

/// The answer to one message. The clip is begun with the first sentence, while the model still writes the others: they
/// reach the worker, in whichever process, through the job's record.
struct Answering: Sendable {
    let backend: Backend
    let principal: Principal
    let message: Message
    let plan: AnswerPlan
    /// What the message asks of the clip; nil for a usual one.
    let clip: RenderParser.ReplyClip?

    /// What happens on the way.
    enum Step: Sendable {
        /// More of the text.
        case delta(String)
        /// The clip is begun.
        case begun(Job)
        /// The text is whole.
        case answered(Message, Job)
    }

    /// Past turns that are sent to the model.
    private static let history = 40
    /// How long a model must be silent for a full stop to be taken as the end of a sentence.
    private static let pause = Duration.milliseconds(100)

    /// Answers, and records the answer or why there is none. Goes on when the client leaves.
    /// - Throws: The error that is sent to the client.
    func run(_ tell: @Sendable (Step) -> Void) async throws(APIError) -> (reply: Message, job: Job) {
        var job: Job?
        do {
            let (reply, made) = try await write(&job, tell)
            tell(.answered(reply, made))
            return (reply, made)
        } catch {
            // A clip of half an answer is of no use, and belongs to no message that could be deleted.
            if let job { _ = try? await backend.store.delete(job.id, account: principal.id) }
            let failure =
                error as? AvatariumError
                ?? AvatariumError(
                    .messageSendFailed, "the message was not answered; send it again", cause: error)
            _ = try? await backend.store.failMessage(message.id, account: principal.id, failure)
            throw plan.refusal(error is APIError ? error : failure)
        }
    }

    private func write(_ job: inout Job?, _ tell: @Sendable (Step) -> Void) async throws -> (Message, Job) {
        var cutter = SentenceCutter()
        var text = ""
        for try await step in Self.withPauses(plan.stream(try await request())) {
            switch step {
            case .text(let piece):
                text += piece
                tell(.delta(piece))
                try await speak(cutter.add(piece), ends: false, &job, tell)
            case .pause: try await speak(cutter.pause(), ends: false, &job, tell)
            }
        }
        try await speak(cutter.finish(), ends: true, &job, tell)
        guard let made = job else {
            throw AvatariumError(
                .aiProviderError, "\(plan.providerName) returned no text",
                context: ["provider": plan.providerName])
        }
        let reply = try await backend.store.finishMessage(
            message.id, account: principal.id, reply: text,
            details: JSONText(
                .members(["provider": .string(plan.providerName), "model": .string(plan.model)])),
            job: made.id, meter: plan.isCounted ? .messages : nil)
        guard let reply else { throw SessionRoutes.noConversation(plan.conversation.id.rawValue) }
        return (reply, made)
    }

    private enum Writing: Sendable {
        case text(String)
        case pause
    }

    /// The pieces of a text, and where its writer pauses.
    private static func withPauses(
        _ text: AsyncThrowingStream<String, any Error>
    ) -> AsyncThrowingStream<Writing, any Error> {
        AsyncThrowingStream { continuation in
            let reading = Task {
                var silence: Task<Void, any Error>?
                do {
                    for try await piece in text {
                        silence?.cancel()
                        continuation.yield(.text(piece))
                        silence = Task {
                            try await Task.sleep(for: pause)
                            continuation.yield(.pause)
                        }
                    }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
                silence?.cancel()
            }
            continuation.onTermination = { _ in reading.cancel() }
        }
    }

    private func request() async throws -> ChatRequest {
        let page = try await backend.store.messages(
            in: plan.conversation.id, account: principal.id, limit: Self.history)
        let past = (page?.items ?? []).reversed().filter { $0.state == .done && $0.id != message.id }
        var turns: [ChatTurn] = past.map { $0.role == .user ? .user($0.content) : .assistant($0.content) }
        // A page may begin with an answer, which no provider takes as the first turn.
        turns = Array(turns.drop { !$0.isUser })
        turns.append(.user(message.content))
        return ChatRequest(model: plan.model, system: plan.system, turns: turns)
    }

    // MARK: The clip

    private func speak(
        _ sentences: [String], ends: Bool, _ job: inout Job?, _ tell: @Sendable (Step) -> Void
    ) async throws {
        var sentences = sentences
        if job == nil, let first = sentences.first {
            sentences.removeFirst()
            let begun = try await begin(first)
            job = begun
            tell(.begun(begun))
        }
        guard let job else { return }
        guard try await backend.store.dictate(sentences, ends: ends, to: job.id, account: principal.id) else {
            throw AvatariumError(
                .messageSendFailed,
                "the answer's clip was deleted while it was being written; send the message again")
        }
    }

    private func begin(_ sentence: String) async throws -> Job {
        let asked = self.clip ?? RenderParser.ReplyClip()
        var clip = asked.clip
        clip.text = sentence
        clip.voice = plan.voice
        clip.size = clip.size ?? RenderParser.replySize
        var order = RenderOrder(
            clip: clip,
            avatar: try await backend.avatar(
                plan.conversation.avatar, account: principal.id, field: "avatar_id"),
            inputs: asked.inputs, format: asked.format.rawValue, poster: asked.poster, echo: "null",
            maxSeconds: min(principal.plan.seconds, backend.configuration.maxSeconds),
            isTest: principal.isTest)
        order.isDictated = true
        if ProviderVoice(plan.voice) != nil, let key = plan.speechKey {
            order.speechKey = try SealedText(
                key, by: backend.masterKey, context: RenderParser.keyContext(principal.id))
        }
        var job = NewJob(
            .reply, request: try JSONText(encoding: order), priority: 10,
            deadline: .seconds(backend.configuration.deadlineSeconds),
            retention: .seconds(backend.configuration.retentionHours * 3600))
        job.isDictated = true
        guard
            case .queued(let jobs) = try await backend.store.enqueue(
                [job], account: principal.id,
                limits: QueueLimits(
                    maxRunning: principal.plan.concurrency, maxQueued: backend.configuration.maxQueued)),
            let queued = jobs.first
        else {
            throw APIError(
                .rateLimitExceeded,
                "too many clips are queued already; wait until some are finished", retryAfter: 30)
        }
        return queued
    }
}

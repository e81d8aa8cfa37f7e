import AvatariumCore

/// The author of a message.
public enum MessageRole: String, Sendable, Codable, ColumnValue {
    case user, assistant
}

/// The state of the reply to a message.
public enum MessageState: String, Sendable, Codable, ColumnValue {
    case pending, done, failed
}

/// A message of a conversation. A user's message is pending until its reply is complete or has failed.
public struct Message: StoredRecord, ListedRecord, Hashable {
    public var id: MessageID
    public var account: AccountID
    public var conversation: ConversationID
    public var role: MessageRole
    public var state: MessageState
    public var content: String
    /// Further details of a reply: marks, provider, model, tokens.
    public var details: JSONText?
    /// The reason why there is no reply.
    public var failure: JobFailure?
    /// The job that renders the reply's clip.
    public var job: JobID?
    public var createdAt: Timestamp
    public var finishedAt: Timestamp?

    package static let columns = ["failure": "error"]
}

/// The outcome of recording a user's message.
public enum MessageBegun: Sendable {
    /// It is recorded; answer it, and finish or fail it.
    case begun(Message, Conversation)
    /// The account has no such conversation, or its session has lapsed (E061).
    case notFound
    /// The conversation was ended (E062).
    case ended
    /// The message before is still being answered (E064).
    case busy(retryAfter: Duration)
    /// The month's quota would be exceeded.
    case overQuota(used: Int, limit: Int)
}

extension ServiceStore {
    /// Records a user's message, if the conversation is ready for one, and extends its session.
    /// - Parameter quota: The plan's quota; messages that are being answered count as if they had succeeded.
    ///   `nil` if the reply uses the caller's own keys.
    public func beginMessage(
        _ content: String, in conversation: ConversationID, account: AccountID, quota: Quota? = nil
    ) async throws -> MessageBegun {
        let time = now()
        return try await database.write { [self] connection in
            try begin(content, in: conversation, account: account, quota: quota, at: time, connection)
        }
    }

    /// Records a user's message, once per idempotency key.
    public func beginMessage(
        _ content: String, in conversation: ConversationID, account: AccountID, quota: Quota?,
        idempotency: Idempotency<Message>?
    ) async throws -> Once<MessageBegun> {
        let time = now()
        return try await database.write { [self] connection in
            var found: Conversation?
            let outcome: Once<Result<Message, Refusal<MessageBegun>>> = try once(
                idempotency, account: account, at: time, connection
            ) {
                let begun = try begin(
                    content, in: conversation, account: account, quota: quota, at: time, connection)
                guard case .begun(let message, let conversation) = begun else {
                    return .failure(Refusal(outcome: begun))
                }
                found = conversation
                return .success(message)
            }
            return try outcome.outcome { .begun($0, try found.unwrapped()) }
        }
    }

    private func begin(
        _ content: String, in conversation: ConversationID, account: AccountID, quota: Quota?,
        at time: Timestamp, _ connection: any SQLConnection
    ) throws -> MessageBegun {
        if quota != nil { try connection.lock("queue.\(account)") }
        let row = try connection.row(
            """
            SELECT * FROM conversations WHERE id = \(conversation) AND account_id = \(account)
              AND \(Self.alive(at: time))\(connection.dialect.forUpdate)
            """)
        guard let row else { return .notFound }
        let found = try Conversation(row)
        if found.endedAt != nil { return .ended }
        if let until = try row.timeOrNil("busy_until"), let busy = try row.textOrNil("busy_message") {
            guard until <= time else { return .busy(retryAfter: min(until - time, .seconds(2))) }
            // The process that answered it died.
            _ = try fail(
                MessageID(busy), account: account,
                AvatariumError(.messageSendFailed, "the answer was interrupted; send the message again"),
                at: time, connection)
        }
        if let quota, let used = try usedUp(quota, adding: 1, account: account, at: time, connection) {
            return .overQuota(used: used, limit: quota.limit)
        }
        let message = try insertMessage(
            .user, .pending, content, in: conversation, account: account, at: time, connection)
        try connection.run(
            """
            UPDATE conversations SET busy_message = \(message.id), busy_until = \(time + policy.answers),
              updated_at = \(time) WHERE id = \(conversation) AND account_id = \(account)
            """)
        if let session = found.session { _ = try slide(session, account: account, at: time, connection) }
        return .begun(message, found)
    }

    private func insertMessage(
        _ role: MessageRole, _ state: MessageState, _ content: String, in conversation: ConversationID,
        account: AccountID, details: JSONText? = nil, job: JobID? = nil, at time: Timestamp,
        _ connection: any SQLConnection
    ) throws -> Message {
        let row = try connection.row(
            """
            INSERT INTO messages (id, account_id, conversation_id, role, state, content, details, job_id,
              created_at, finished_at)
            VALUES (\(MessageID.make(at: time)), \(account), \(conversation), \(role), \(state), \(content),
              \(details), \(job), \(time), \(state == .pending ? nil : time)) RETURNING *
            """)
        return try Message(row.unwrapped())
    }

    /// Records the reply to a message, after which the conversation accepts the next. Usage is counted once, in
    /// the same transaction.
    /// - Parameters:
    ///   - reply: The text of the reply.
    ///   - details: Further details of the reply.
    ///   - job: The job that renders its clip.
    ///   - meter: The metric to count; `nil` if the job's success counts, or nothing.
    /// - Returns: the answer; `nil` when the message is not, or no longer, being answered.
    public func finishMessage(
        _ id: MessageID, account: AccountID, reply: String, details: JSONText? = nil, job: JobID? = nil,
        meter: Metric? = nil
    ) async throws -> Message? {
        let time = now()
        return try await database.write { [self] connection in
            let row = try connection.row(
                """
                UPDATE messages SET state = 'done', finished_at = \(time)
                WHERE id = \(id) AND account_id = \(account) AND state = 'pending' RETURNING *
                """)
            guard let message = try row.map(Message.init) else { return nil }
            let answer = try insertMessage(
                .assistant, .done, reply, in: message.conversation, account: account, details: details,
                job: job,
                at: time, connection)
            try release(message, at: time, connection)
            if let meter { try count([meter: 1], account: account, at: time, connection) }
            return answer
        }
    }

    /// Records that a message has no reply, after which the conversation accepts the next. Nothing is counted.
    /// - Returns: The message; `nil` if it is not being answered.
    public func failMessage(
        _ id: MessageID, account: AccountID, _ error: AvatariumError
    ) async throws -> Message? {
        let time = now()
        return try await database.write { [self] connection in
            try fail(id, account: account, error, at: time, connection)
        }
    }

    private func fail(
        _ id: MessageID, account: AccountID, _ error: AvatariumError, at time: Timestamp,
        _ connection: any SQLConnection
    ) throws -> Message? {
        let row = try connection.row(
            """
            UPDATE messages SET state = 'failed', finished_at = \(time),
              error = \(try JSONText(encoding: JobFailure(error)))
            WHERE id = \(id) AND account_id = \(account) AND state = 'pending' RETURNING *
            """)
        guard let message = try row.map(Message.init) else { return nil }
        try release(message, at: time, connection)
        return message
    }

    private func release(_ message: Message, at time: Timestamp, _ connection: any SQLConnection) throws {
        try connection.run(
            """
            UPDATE conversations SET busy_message = NULL, busy_until = NULL, updated_at = \(time)
            WHERE id = \(message.conversation) AND account_id = \(message.account)
              AND busy_message = \(message.id)
            """)
    }

    /// The state of the reply to a message that is sent again.
    public enum MessageAnswer: Sendable {
        case pending
        /// The message, and its answer.
        case answered(Message, reply: Message)
        /// There is none: it failed, or the process that made it died.
        case failed
        /// The message was deleted with its conversation.
        case gone
    }

    /// Returns the state of the reply to a message.
    public func answer(to id: MessageID, account: AccountID) async throws -> MessageAnswer {
        let time = now()
        return try await database.read { connection in
            let row = try connection.row(
                "SELECT * FROM messages WHERE id = \(id) AND account_id = \(account) AND role = 'user'")
            guard let message = try row.map(Message.init) else { return .gone }
            switch message.state {
            case .failed: return .failed
            case .pending:
                let busy = try connection.row(
                    """
                    SELECT id FROM conversations WHERE id = \(message.conversation) AND account_id = \(account)
                      AND busy_message = \(id) AND busy_until > \(time)
                    """)
                return busy == nil ? .failed : .pending
            case .done:
                // One message at a time is answered, so the first answer from then on is its own.
                let reply = try connection.row(
                    """
                    SELECT * FROM messages WHERE conversation_id = \(message.conversation)
                      AND account_id = \(account) AND role = 'assistant'
                      AND created_at >= \(message.finishedAt ?? message.createdAt)
                    ORDER BY created_at, id LIMIT 1
                    """)
                guard let reply = try reply.map(Message.init) else { return .failed }
                return .answered(message, reply: reply)
            }
        }
    }

    /// Returns a page of a conversation's messages, newest first.
    /// - Returns: `nil` if the account has no such conversation, or its session has expired.
    public func messages(
        in conversation: ConversationID, account: AccountID, after position: PagePosition? = nil,
        limit: Int = 20
    ) async throws -> Page<Message>? {
        guard try await self.conversation(conversation, account: account) != nil else { return nil }
        return try await page(
            where: "conversation_id = \(conversation) AND account_id = \(account)",
            after: position, limit: limit)
    }
}

import AvatariumCore

/// A sequence of a visitor's messages and an avatar's replies.
public struct Conversation: StoredRecord, ListedRecord, Hashable {
    public var id: ConversationID
    public var account: AccountID
    /// The session to which it belongs and with which it expires; `nil` for a conversation that exists until it
    /// is deleted.
    public var session: SessionID?
    public var avatar: String
    public var settings: JSONText
    public var createdAt: Timestamp
    public var updatedAt: Timestamp
    /// The time from which it accepts no more messages.
    public var endedAt: Timestamp?
}

extension ServiceStore {
    /// Starts a conversation that exists until it is deleted.
    public func createConversation(
        avatar: String, settings: JSONText, account: AccountID
    ) async throws -> Conversation {
        let time = now()
        return try await database.write {
            try Self.insertConversation(
                avatar: avatar, settings: settings, session: nil, account: account, at: time, $0)
        }
    }

    /// Starts a conversation in a session, with the session's avatar and settings, and extends the session.
    /// - Returns: `nil` if the account has no such session, or it has expired.
    public func createConversation(session: SessionID, account: AccountID) async throws -> Conversation? {
        let time = now()
        return try await database.write { [self] connection in
            guard let session = try slide(session, account: account, at: time, connection) else { return nil }
            return try Self.insertConversation(
                avatar: session.avatar, settings: session.settings, session: session.id, account: account,
                at: time, connection)
        }
    }

    /// Starts a conversation that exists until it is deleted, once per idempotency key.
    public func createConversation(
        avatar: String, settings: JSONText, account: AccountID, idempotency: Idempotency<Conversation>?
    ) async throws -> Once<Conversation> {
        let time = now()
        return try await createOnce(idempotency, account: account, at: time) {
            try Self.insertConversation(
                avatar: avatar, settings: settings, session: nil, account: account, at: time, $0)
        }
    }

    /// Starts a conversation in a session, once per idempotency key.
    /// - Returns: `nil` if the account has no such session, or it has expired.
    public func createConversation(
        session: SessionID, account: AccountID, idempotency: Idempotency<Conversation>?
    ) async throws -> Once<Conversation>? {
        struct NoSession: Error {}
        let time = now()
        return try await database.write { [self] connection in
            let outcome: Once<Result<Conversation, NoSession>> = try once(
                idempotency, account: account, at: time, connection
            ) {
                guard let session = try slide(session, account: account, at: time, connection) else {
                    return .failure(NoSession())
                }
                return .success(
                    try Self.insertConversation(
                        avatar: session.avatar, settings: session.settings, session: session.id,
                        account: account, at: time, connection))
            }
            switch outcome {
            case .fresh(.success(let conversation)): return .fresh(conversation)
            case .fresh(.failure): return nil
            case .replayed(let answer): return .replayed(answer)
            case .mismatch: return .mismatch
            }
        }
    }

    private static func insertConversation(
        avatar: String, settings: JSONText, session: SessionID?, account: AccountID, at time: Timestamp,
        _ connection: any SQLConnection
    ) throws -> Conversation {
        let row = try connection.row(
            """
            INSERT INTO conversations (id, account_id, session_id, avatar, settings, created_at, updated_at)
            VALUES (\(ConversationID.make(at: time)), \(account), \(session), \(avatar), \(settings), \(time),
              \(time)) RETURNING *
            """)
        return try Conversation(row.unwrapped())
    }

    /// What makes a conversation one that can be found: those of a session lapse with it.
    static func alive(at time: Timestamp) -> SQL {
        """
        (session_id IS NULL OR EXISTS (SELECT 1 FROM sessions s WHERE s.id = session_id AND s.expires_at > \(time)))
        """
    }

    /// Returns a conversation of an account; `nil` if it has none with the identifier, or its session has
    /// expired.
    public func conversation(_ id: ConversationID, account: AccountID) async throws -> Conversation? {
        let time = now()
        return try await database.read { connection in
            try connection.row(
                """
                SELECT * FROM conversations
                WHERE id = \(id) AND account_id = \(account) AND \(Self.alive(at: time))
                """
            ).map(Conversation.init)
        }
    }

    /// Returns a page of an account's conversations, newest first.
    public func conversations(
        account: AccountID, after position: PagePosition? = nil, limit: Int = 20
    ) async throws -> Page<Conversation> {
        try await page(
            where: "account_id = \(account) AND \(Self.alive(at: now()))", after: position, limit: limit)
    }

    /// Ends a conversation: it can still be read, but accepts no more messages.
    /// - Returns: The conversation; `nil` if the account has none with the identifier.
    public func endConversation(_ id: ConversationID, account: AccountID) async throws -> Conversation? {
        let time = now()
        return try await database.write { connection in
            try connection.row(
                """
                UPDATE conversations SET ended_at = coalesce(ended_at, \(time)), updated_at = \(time)
                WHERE id = \(id) AND account_id = \(account) AND \(Self.alive(at: time)) RETURNING *
                """
            ).map(Conversation.init)
        }
    }

    /// Deletes a conversation with its messages, their jobs and the jobs' objects.
    /// - Returns: Whether the account had it.
    public func deleteConversation(_ id: ConversationID, account: AccountID) async throws -> Bool {
        let time = now()
        return try await database.write { [self] connection in
            let deleted = try connection.run(
                """
                DELETE FROM conversations WHERE id = \(id) AND account_id = \(account)
                  AND \(Self.alive(at: time))
                """)
            guard deleted > 0 else { return false }
            try deleteMessages(of: id, account: account, at: time, connection)
            return true
        }
    }

    func deleteMessages(
        of conversation: ConversationID, account: AccountID, at time: Timestamp,
        _ connection: any SQLConnection
    ) throws {
        let jobs = try connection.rows(
            Self.deletionOfJobs(of: conversation, account: account, connection.dialect))
        for row in jobs {
            let job: JobID = try row.id("id")
            try discard(ObjectPrefix.job(job, account: account), at: time, connection)
            connection.wake(.job(job), everywhere: true)
        }
        try connection.run(
            Self.deletionOfMessages(of: conversation, account: account, connection.dialect))
    }

    /// Deletes the jobs that made a conversation's clips, and gives their ids; costs what the conversation has, however much
    /// else the account has.
    package static func deletionOfJobs(
        of conversation: ConversationID, account: AccountID, _ dialect: SQLDialect
    ) -> SQL {
        """
        DELETE FROM jobs WHERE \(dialect.withoutIndex("account_id")) = \(account) AND id IN (SELECT job_id FROM messages
          WHERE conversation_id = \(conversation) AND job_id IS NOT NULL) RETURNING id
        """
    }

    /// Deletes a conversation's messages, at the same cost.
    package static func deletionOfMessages(
        of conversation: ConversationID, account: AccountID, _ dialect: SQLDialect
    ) -> SQL {
        """
        DELETE FROM messages WHERE conversation_id = \(conversation)
          AND \(dialect.withoutIndex("account_id")) = \(account)
        """
    }
}

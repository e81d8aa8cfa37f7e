import AvatariumCore

/// A visitor's session with an avatar. It expires 30 minutes after its last use.
public struct Session: StoredRecord, OwnedRecord, Hashable {
    public var id: SessionID
    public var account: AccountID
    /// The avatar's identifier, or the name of a bundled one.
    public var avatar: String
    /// Voice, provider, model and system prompt; no keys.
    public var settings: JSONText
    public var createdAt: Timestamp
    public var expiresAt: Timestamp
}

extension ServiceStore {
    /// Starts a session.
    public func createSession(avatar: String, settings: JSONText, account: AccountID) async throws -> Session
    {
        let time = now()
        return try await database.write { [policy] connection in
            try Self.insertSession(
                avatar: avatar, settings: settings, account: account, at: time, policy, connection)
        }
    }

    /// Starts a session, once per idempotency key.
    public func createSession(
        avatar: String, settings: JSONText, account: AccountID, idempotency: Idempotency<Session>?
    ) async throws -> Once<Session> {
        let time = now()
        return try await createOnce(idempotency, account: account, at: time) { [policy] connection in
            try Self.insertSession(
                avatar: avatar, settings: settings, account: account, at: time, policy, connection)
        }
    }

    private static func insertSession(
        avatar: String, settings: JSONText, account: AccountID, at time: Timestamp, _ policy: StorePolicy,
        _ connection: any SQLConnection
    ) throws -> Session {
        let row = try connection.row(
            """
            INSERT INTO sessions (id, account_id, avatar, settings, created_at, expires_at)
            VALUES (\(SessionID.make(at: time)), \(account), \(avatar), \(settings), \(time),
              \(time + policy.sessions)) RETURNING *
            """)
        return try Session(row.unwrapped())
    }

    /// Returns a session without extending it; `nil` if the account has none, or it has expired.
    public func session(_ id: SessionID, account: AccountID) async throws -> Session? {
        let time = now()
        return try await database.read { connection in
            try connection.row(
                "SELECT * FROM sessions WHERE id = \(id) AND account_id = \(account) AND expires_at > \(time)"
            ).map(Session.init)
        }
    }

    /// Prolongs a session that is used: it lasts half an hour from now on.
    /// - Returns: The session; nil when the account has none, or it has lapsed.
    func slide(
        _ id: SessionID, account: AccountID, at time: Timestamp, _ connection: any SQLConnection
    ) throws -> Session? {
        try connection.row(
            """
            UPDATE sessions SET expires_at = \(time + policy.sessions)
            WHERE id = \(id) AND account_id = \(account) AND expires_at > \(time) RETURNING *
            """
        ).map(Session.init)
    }

    /// Ends a session and deletes its conversations.
    /// - Returns: Whether the account had it.
    public func deleteSession(_ id: SessionID, account: AccountID) async throws -> Bool {
        try await delete(
            "sessions WHERE id = \(id) AND account_id = \(account) AND expires_at > \(now())"
        ) { try $0.deleteConversations(of: [id], at: $1, $2) }
    }

    /// Deletes the conversations of sessions that are gone.
    func deleteConversations(
        of sessions: [SessionID], at time: Timestamp, _ connection: any SQLConnection
    ) throws {
        for session in sessions {
            let rows = try connection.rows(
                "DELETE FROM conversations WHERE session_id = \(session) RETURNING id, account_id")
            for row in rows {
                try deleteMessages(of: row.id("id"), account: row.id("account_id"), at: time, connection)
            }
        }
    }
}

import AvatariumCore

/// A key to create.
public struct NewAPIKey: Sendable {
    public var name: String
    public var mode: APIKeyMode
    public var scopes: Set<Scope>
    public var expiresAt: Timestamp?

    public init(
        name: String, mode: APIKeyMode = .live, scopes: Set<Scope>, expiresAt: Timestamp? = nil
    ) {
        self.name = name
        self.mode = mode
        self.scopes = scopes
        self.expiresAt = expiresAt
    }
}

/// A newly created key, the only value that contains its text.
public struct CreatedAPIKey: Sendable {
    public var key: APIKey
    public var text: APIKeyText
}

/// The result of checking a client's key.
public enum APIKeyCheck: Sendable {
    /// It is valid; with the account that it belongs to.
    case valid(APIKey, Account)
    /// It cannot be a key: a typing mistake, or part of one.
    case malformed
    /// No account has it, or it was revoked, or its account is closed.
    case unknown
    case expired(APIKey)
}

extension ServiceStore {
    /// Creates a key. Only the result contains its text.
    public func createKey(_ new: NewAPIKey, account: AccountID) async throws -> CreatedAPIKey {
        let time = now()
        return try await database.write { try Self.insert(new, account: account, at: time, $0) }
    }

    /// Creates a key, once per idempotency key. The stored response must not contain the API key's text.
    public func createKey(
        _ new: NewAPIKey, account: AccountID, idempotency: Idempotency<CreatedAPIKey>?
    ) async throws -> Once<CreatedAPIKey> {
        let time = now()
        return try await createOnce(idempotency, account: account, at: time) {
            try Self.insert(new, account: account, at: time, $0)
        }
    }

    private static func insert(
        _ new: NewAPIKey, account: AccountID, at time: Timestamp, _ connection: any SQLConnection
    ) throws -> CreatedAPIKey {
        let text = APIKeyText.make(new.mode)
        let scopes = new.scopes.map(\.rawValue).sorted().joined(separator: " ")
        let row = try connection.row(
            """
            INSERT INTO api_keys (id, account_id, name, hash, prefix, last4, mode, scopes, created_at, expires_at)
            VALUES (\(APIKeyID.make(at: time)), \(account), \(new.name), \(text.hash), \(text.prefix),
              \(text.last4), \(new.mode), \(scopes), \(time), \(new.expiresAt))
            RETURNING *
            """)
        return CreatedAPIKey(key: try APIKey(row.unwrapped()), text: text)
    }

    /// Creates the first account and its key with all permissions, once per database.
    /// - Returns: `nil` if that was done before.
    public func bootstrap(slug: String = "admin", plan: String) async throws -> CreatedAPIKey? {
        let time = now()
        return try await database.write { connection in
            let first = try connection.run(
                """
                INSERT INTO milestones (name, reached_at) VALUES ('bootstrap', \(time))
                ON CONFLICT (name) DO NOTHING
                """)
            guard first == 1 else { return nil }
            let account = try insertAccount(slug: slug, name: nil, plan: plan, at: time, connection)
            guard let account else { return nil }
            return try Self.insert(
                NewAPIKey(name: "first key", scopes: [.admin]), account: account.id, at: time, connection)
        }
    }

    /// Returns a key of an account, also if it is revoked or expired; `nil` if the account has none with the
    /// identifier.
    public func key(_ id: APIKeyID, account: AccountID) async throws -> APIKey? {
        try await database.read { connection in
            try connection.row("SELECT * FROM api_keys WHERE id = \(id) AND account_id = \(account)").map(
                APIKey.init)
        }
    }

    /// Returns whether a key is active: neither revoked nor expired.
    public func isActive(_ key: APIKeyID, account: AccountID) async throws -> Bool {
        let time = now()
        return try await database.read { connection in
            try connection.count(
                """
                SELECT count(*) AS n FROM api_keys WHERE id = \(key) AND account_id = \(account)
                  AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > \(time))
                """) == 1
        }
    }

    /// Looks up a client's key, and records its use, at most once per minute.
    public func check(key text: String) async throws -> APIKeyCheck {
        guard let text = APIKeyText(text) else { return .malformed }
        let time = now()
        let found = try await database.read { connection -> (APIKey, Account)? in
            let row = try connection.row(
                "SELECT * FROM api_keys WHERE hash = \(text.hash) AND revoked_at IS NULL")
            guard let key = try row.map(APIKey.init) else { return nil }
            let account = try connection.row("SELECT * FROM accounts WHERE id = \(key.account)")
            guard let account = try account.map(Account.init), account.state == .active else { return nil }
            return (key, account)
        }
        guard let (key, account) = found else { return .unknown }
        if let end = key.expiresAt, end <= time { return .expired(key) }
        if key.lastUsedAt.map({ time - $0 >= .seconds(60) }) ?? true {
            // A disk that is full must not keep anybody from reading.
            _ = try? await database.write { connection in
                try connection.run(
                    """
                    UPDATE api_keys SET last_used_at = \(time)
                    WHERE id = \(key.id) AND (last_used_at IS NULL OR last_used_at <= \(time - .seconds(60)))
                    """)
            }
        }
        return .valid(key, account)
    }

    /// Returns a page of an account's keys, newest first, including revoked ones.
    public func keys(
        account: AccountID, after position: PagePosition? = nil, limit: Int = 20
    ) async throws -> Page<APIKey> {
        try await page(where: "account_id = \(account)", after: position, limit: limit)
    }

    /// Revokes a key permanently.
    /// - Returns: Whether the account had it.
    public func revokeKey(_ id: APIKeyID, account: AccountID) async throws -> Bool {
        let time = now()
        return try await database.write { connection in
            try connection.run(
                """
                UPDATE api_keys SET revoked_at = coalesce(revoked_at, \(time))
                WHERE id = \(id) AND account_id = \(account)
                """) > 0
        }
    }
}

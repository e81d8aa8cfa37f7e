import AvatariumCore

/// A user's login on one device. Its refresh tokens follow one another: each is used once and replaced by the next.
public struct Login: StoredRecord, Hashable {
    public var id: LoginID
    public var account: AccountID
    public var user: UserID
    public var createdAt: Timestamp
    /// The expiry of its newest refresh token.
    public var expiresAt: Timestamp
    public var revokedAt: Timestamp?
    public var revokedReason: String?
}

/// A login with its refresh token, the only value that contains the token's text.
public struct LoginGrant: Sendable {
    public var login: Login
    public var refreshToken: String
}

/// The result of exchanging a refresh token.
public enum Refreshed: Sendable {
    case granted(LoginGrant)
    /// It was used before: someone has a copy. All tokens of the login are void now.
    case reused(Login)
    case expired
    /// The token is unknown, or its login has ended.
    case unknown
}

extension ServiceStore {
    /// Starts a login.
    public func logIn(_ user: UserID, account: AccountID) async throws -> LoginGrant {
        let time = now()
        return try await database.write { [policy] connection in
            let row = try connection.row(
                """
                INSERT INTO logins (id, account_id, user_id, created_at, expires_at)
                VALUES (\(LoginID.make(at: time)), \(account), \(user), \(time), \(time + policy.refreshTokens))
                RETURNING *
                """)
            return try Self.grant(Login(row.unwrapped()), at: time, connection)
        }
    }

    /// Writes the next refresh token of a login; only its hash is stored.
    private static func grant(
        _ login: Login, at time: Timestamp, _ connection: any SQLConnection
    ) throws -> LoginGrant {
        let token = "avr_" + Secrets.randomHex(bytes: 32)
        try connection.run(
            """
            INSERT INTO refresh_tokens (hash, login_id, created_at)
            VALUES (\(Secrets.sha256(token)), \(login.id), \(time))
            """)
        return LoginGrant(login: login, refreshToken: token)
    }

    /// Exchanges a refresh token for the next one.
    public func refresh(_ token: String) async throws -> Refreshed {
        let time = now()
        let hash = Secrets.sha256(token)
        return try await database.write { [policy] connection in
            // Marked first: of two who come with the same token at the same moment, one finds it used.
            let isFirst =
                try connection.run(
                    "UPDATE refresh_tokens SET used_at = \(time) WHERE hash = \(hash) AND used_at IS NULL")
                == 1
            let row = try connection.row(
                """
                SELECT l.* FROM refresh_tokens t JOIN logins l ON l.id = t.login_id
                WHERE t.hash = \(hash) AND l.revoked_at IS NULL
                """)
            guard let login = try row.map(Login.init) else { return .unknown }
            guard isFirst else {
                try connection.run(
                    """
                    UPDATE logins SET revoked_at = \(time), revoked_reason = 'refresh token used twice'
                    WHERE id = \(login.id) AND revoked_at IS NULL
                    """)
                return .reused(login)
            }
            guard login.expiresAt > time else { return .expired }
            let active = try connection.count(
                "SELECT count(*) AS n FROM accounts WHERE id = \(login.account) AND state = 'active'")
            guard active == 1 else { return .unknown }
            // Under the same condition once more: a twin may have ended the login since.
            let extended = try connection.row(
                """
                UPDATE logins SET expires_at = \(time + policy.refreshTokens)
                WHERE id = \(login.id) AND revoked_at IS NULL RETURNING *
                """)
            guard let extended else { return .unknown }
            return .granted(try Self.grant(Login(extended), at: time, connection))
        }
    }

    /// Returns whether a login is active; an access token may be older than its end.
    public func isActive(_ login: LoginID, account: AccountID) async throws -> Bool {
        let time = now()
        return try await database.read { connection in
            try connection.count(
                """
                SELECT count(*) AS n FROM logins WHERE id = \(login) AND account_id = \(account)
                  AND revoked_at IS NULL AND expires_at > \(time)
                """) == 1
        }
    }

    /// Ends a login.
    /// - Returns: Whether the account had it.
    public func logOut(_ login: LoginID, account: AccountID) async throws -> Bool {
        let time = now()
        return try await database.write { connection in
            try connection.run(
                """
                UPDATE logins SET revoked_at = coalesce(revoked_at, \(time)),
                  revoked_reason = coalesce(revoked_reason, 'logged out')
                WHERE id = \(login) AND account_id = \(account)
                """) > 0
        }
    }

    /// Ends the login of a refresh token.
    public func logOut(refreshToken token: String) async throws -> Bool {
        let time = now()
        return try await database.write { connection in
            try connection.run(
                """
                UPDATE logins SET revoked_at = coalesce(revoked_at, \(time)),
                  revoked_reason = coalesce(revoked_reason, 'logged out')
                WHERE id = (SELECT login_id FROM refresh_tokens WHERE hash = \(Secrets.sha256(token)))
                """) > 0
        }
    }
}

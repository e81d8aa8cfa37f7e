import AvatariumCore

/// A person who logs in to an account.
public struct User: StoredRecord, Hashable {
    public var id: UserID
    public var account: AccountID
    /// The address in lower case; unique.
    public var email: String
    /// The hash of the password; `nil` for users who log in through another issuer.
    public var passwordHash: String?
    public var createdAt: Timestamp
    public var updatedAt: Timestamp

    package static let columns = ["passwordHash": "password"]

    /// Returns whether a text has the form of an address such as `ada@example.org`.
    public static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && !parts[0].isEmpty && parts[1].contains(".") && text.utf8.count <= 320
            && !text.contains { $0.isWhitespace }
    }
}

/// The outcome of a sign-up.
public enum SignedUp: Sendable {
    case created(Account, User)
    case slugTaken
    case emailTaken
    /// Another user is known by the same subject.
    case identityTaken
}

/// A user's identity at another token issuer.
public struct Identity: Sendable, Hashable {
    public var issuer: String
    public var subject: String

    public init(issuer: String, subject: String) {
        self.issuer = issuer
        self.subject = subject
    }
}

extension RateLimit {
    /// Password attempts: 5 per minute for an account and an address.
    public static let passwordAttempts = RateLimit(5, per: .seconds(60))
    /// Login attempts: 10 per minute for an address.
    public static let logins = RateLimit(10, per: .seconds(60))
    /// New accounts: 3 per 5 minutes for an address.
    public static let newAccounts = RateLimit(3, per: .seconds(300))
}

extension ServiceStore {
    /// Creates an account with its first user, in one transaction.
    /// - Parameters:
    ///   - passwordHash: From `Passwords.hash`; `nil` for a user who logs in through another issuer.
    ///   - identity: The user's identity at that issuer.
    /// - Throws: E093 if the slug is not valid.
    public func signUp(
        slug: String, name: String? = nil, email: String, passwordHash: String?, plan: String,
        identity: Identity? = nil
    ) async throws -> SignedUp {
        let once = try await signUp(
            slug: slug, name: name, email: email, passwordHash: passwordHash, plan: plan, identity: identity,
            idempotency: nil, scope: "")
        guard case .fresh(let outcome) = once else {
            throw AvatariumError(.internalError, "a request without a key cannot have come before")
        }
        return outcome
    }

    /// Creates an account with its first user, once per idempotency key.
    /// - Parameter scope: The owner of the key, in place of the account, which does not exist yet.
    public func signUp(
        slug: String, name: String?, email: String, passwordHash: String?, plan: String,
        identity: Identity?, idempotency: Idempotency<Account>?, scope: AccountID
    ) async throws -> Once<SignedUp> {
        let time = now()
        do {
            return try await database.write { [self] connection in
                var user: User?
                let outcome: Once<Result<Account, Refusal<SignedUp>>> = try once(
                    idempotency, account: scope, at: time, connection
                ) {
                    let (account, made) = try insertUser(
                        slug: slug, name: name, email: email, passwordHash: passwordHash, plan: plan,
                        identity: identity, at: time, connection)
                    user = made
                    return .success(account)
                }
                return try outcome.outcome { .created($0, try user.unwrapped()) }
            }
        } catch let refusal as Refusal<SignedUp> {
            return .fresh(refusal.outcome)
        }
    }

    /// - Throws: `Refusal<SignedUp>`, so that the transaction takes the account back too.
    private func insertUser(
        slug: String, name: String?, email: String, passwordHash: String?, plan: String,
        identity: Identity?, at time: Timestamp, _ connection: any SQLConnection
    ) throws -> (Account, User) {
        func taken(_ outcome: SignedUp) -> Refusal<SignedUp> { Refusal(outcome: outcome) }
        let account = try insertAccount(slug: slug, name: name, plan: plan, at: time, connection)
        guard let account else { throw taken(.slugTaken) }
        let user = try connection.row(
            """
            INSERT INTO users (id, account_id, email, password, created_at, updated_at)
            VALUES (\(UserID.make(at: time)), \(account.id), \(email.lowercased()), \(passwordHash),
              \(time), \(time))
            ON CONFLICT (email) DO NOTHING RETURNING *
            """)
        guard let user = try user.map(User.init) else { throw taken(.emailTaken) }
        if let identity {
            let linked = try connection.run(
                """
                INSERT INTO identities (issuer, subject, account_id, user_id, created_at)
                VALUES (\(identity.issuer), \(identity.subject), \(account.id), \(user.id), \(time))
                ON CONFLICT (issuer, subject) DO NOTHING
                """)
            guard linked == 1 else { throw taken(.identityTaken) }
        }
        return (account, user)
    }

    /// Returns the user with an address, if the account is active.
    public func user(email: String) async throws -> (user: User, account: Account)? {
        try await database.read { connection in
            let row = try connection.row("SELECT * FROM users WHERE email = \(email.lowercased())")
            return try row.map(User.init).flatMap { try Self.withAccount($0, connection) }
        }
    }

    /// Returns a user of an account.
    public func user(_ id: UserID, account: AccountID) async throws -> User? {
        try await database.read { connection in
            try connection.row("SELECT * FROM users WHERE id = \(id) AND account_id = \(account)").map(
                User.init)
        }
    }

    private static func withAccount(
        _ user: User, _ connection: any SQLConnection
    ) throws -> (user: User, account: Account)? {
        let row = try connection.row("SELECT * FROM accounts WHERE id = \(user.account) AND state = 'active'")
        return try row.map { (user, try Account($0)) }
    }

    /// Returns the user with a subject at another token issuer.
    public func user(issuer: String, subject: String) async throws -> (user: User, account: Account)? {
        try await database.read { connection in
            let row = try connection.row(
                """
                SELECT u.* FROM identities i JOIN users u ON u.id = i.user_id AND u.account_id = i.account_id
                WHERE i.issuer = \(issuer) AND i.subject = \(subject)
                """)
            return try row.map(User.init).flatMap { try Self.withAccount($0, connection) }
        }
    }

    /// Lets a user log in with another issuer's tokens.
    /// - Returns: Whether the subject now belongs to this user; false if it belongs to another one.
    public func link(
        issuer: String, subject: String, to user: UserID, account: AccountID
    ) async throws -> Bool {
        let time = now()
        return try await database.write { connection in
            let known = try connection.row(
                "SELECT id FROM users WHERE id = \(user) AND account_id = \(account)")
            guard known != nil else { return false }
            try connection.run(
                """
                INSERT INTO identities (issuer, subject, account_id, user_id, created_at)
                VALUES (\(issuer), \(subject), \(account), \(user), \(time))
                ON CONFLICT (issuer, subject) DO NOTHING
                """)
            let owner = try connection.row(
                "SELECT user_id FROM identities WHERE issuer = \(issuer) AND subject = \(subject)")
            return try owner?.text("user_id") == user.rawValue
        }
    }

    /// Stores a new hash of a user's password.
    /// - Parameter endingLogins: Ends all logins of the user except this one; `nil` ends none, for example if
    ///   only the cost of the hash has changed.
    /// - Returns: Whether the account has the user.
    public func setPassword(
        hash: String, of user: UserID, account: AccountID, endingLogins kept: KeptLogin?
    ) async throws -> Bool {
        let time = now()
        return try await database.write { connection in
            let changed = try connection.run(
                """
                UPDATE users SET password = \(hash), updated_at = \(time)
                WHERE id = \(user) AND account_id = \(account)
                """)
            guard changed > 0 else { return false }
            if let kept {
                try connection.run(
                    """
                    UPDATE logins SET revoked_at = \(time), revoked_reason = 'password changed'
                    WHERE account_id = \(account) AND user_id = \(user) AND revoked_at IS NULL
                      AND id <> \(kept.login?.rawValue ?? "")
                    """)
            }
            return true
        }
    }
}

/// The login that remains when the others end.
public struct KeptLogin: Sendable {
    public var login: LoginID?
    /// - Parameter login: The login that changes the password; `nil` ends all.
    public init(_ login: LoginID?) { self.login = login }
}

import AvatariumCore

/// The state of an account.
public enum AccountState: String, Sendable, Codable, ColumnValue {
    case active, closed
}

/// A customer, the owner of keys, avatars, jobs and conversations.
public struct Account: StoredRecord, ListedRecord, Hashable {
    public var id: AccountID
    public var slug: String
    public var name: String?
    /// The name of a plan, which the service's configuration defines.
    public var plan: String
    public var state: AccountState
    /// The secret that signs webhooks to URLs given in requests, which have no secret of their own as endpoints
    /// do.
    public var webhookSecret: String
    public var createdAt: Timestamp
    public var updatedAt: Timestamp

    package static let ownerColumn = "id"
}

/// Short names in URLs: 3 to 50 characters from a-z, 0-9 and hyphen.
public enum Slug {
    public static func isValid(_ text: String) -> Bool {
        (3...50).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
            }
    }

    /// - Throws: E093 with `context["field"]` when it is not valid.
    static func check(_ text: String, field: String = "slug") throws {
        guard isValid(text) else {
            throw AvatariumError(
                .validationError,
                "'\(text.prefix(60))' is not a slug; give 3 to 50 characters of a-z, 0-9 and hyphen",
                context: ["field": field, "rule": "slug"])
        }
    }
}

extension ServiceStore {
    /// Creates an account.
    /// - Returns: `nil` if the slug is taken.
    /// - Throws: E093 if the slug is not valid.
    public func createAccount(slug: String, name: String? = nil, plan: String) async throws -> Account? {
        let time = now()
        return try await database.write {
            try insertAccount(slug: slug, name: name, plan: plan, at: time, $0)
        }
    }

    func insertAccount(
        slug: String, name: String?, plan: String, at time: Timestamp, _ connection: any SQLConnection
    ) throws -> Account? {
        try Slug.check(slug)
        let id = AccountID.make(at: time)
        return try connection.row(
            """
            INSERT INTO accounts (id, slug, name, plan, state, webhook_secret, created_at, updated_at)
            VALUES (\(id), \(slug), \(name), \(plan), 'active',
              \(try sealed(Secrets.webhookSecret(), id)), \(time), \(time))
            ON CONFLICT (slug) DO NOTHING RETURNING *
            """
        ).map(Account.init)
    }

    public func account(_ id: AccountID) async throws -> Account? {
        try await database.read { connection in
            try connection.row("SELECT * FROM accounts WHERE id = \(id)").map(Account.init)
        }
    }

    public func account(slug: String) async throws -> Account? {
        try await database.read { connection in
            try connection.row("SELECT * FROM accounts WHERE slug = \(slug)").map(Account.init)
        }
    }

    /// Returns a page of all accounts, newest first; for operators.
    public func accounts(after position: PagePosition? = nil, limit: Int = 20) async throws -> Page<Account> {
        try await page(where: "1 = 1", after: position, limit: limit)
    }

    /// Changes an account's name or plan; `nil` leaves it unchanged.
    /// - Returns: The account; `nil` if there is none with the identifier.
    public func updateAccount(
        _ id: AccountID, name: String? = nil, plan: String? = nil
    ) async throws -> Account? {
        let time = now()
        return try await database.write { connection in
            try connection.row(
                """
                UPDATE accounts SET name = coalesce(\(name), name), plan = coalesce(\(plan), plan),
                  updated_at = \(time)
                WHERE id = \(id) RETURNING *
                """
            ).map(Account.init)
        }
    }
}

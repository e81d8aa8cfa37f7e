import AvatariumCore

/// The state of an avatar.
public enum AvatarState: String, Sendable, Codable, ColumnValue {
    case ready
    /// Renders of it crashed the renderer; it is refused until it is uploaded again.
    case quarantined
}

/// An uploaded avatar; its model is an object under `ObjectPrefix.avatar`.
public struct Avatar: StoredRecord, ListedRecord {
    public var id: AvatarID
    public var account: AccountID
    /// Unique within the account.
    public var slug: String
    public var name: String
    public var state: AvatarState
    /// Whether the account's public page shows it.
    public var isPublic: Bool
    /// The owner's settings, such as persona and system prompt.
    public var settings: JSONText
    /// The report of the model's validation.
    public var report: JSONText
    public var bytes: Int64
    /// SHA-256 of the model's file, in hexadecimal.
    public var sha256: String
    /// The number of renders of it that crashed the renderer.
    public var crashes: Int
    public var createdAt: Timestamp
    public var updatedAt: Timestamp
}

/// The outcome of recording an avatar.
public enum AvatarCreated: CreationOutcome {
    case created(Avatar)
    case replayed(StoredAnswer)
    case mismatch
    /// Another avatar of the account has the slug.
    case slugTaken
    /// The account has as many as its plan allows.
    case limitReached(Int)
}

/// Changes of an avatar; `nil` leaves a property unchanged.
public struct AvatarChanges: Sendable {
    public var slug: String?
    public var name: String?
    public var isPublic: Bool?
    public var settings: JSONText?

    public init(
        slug: String? = nil, name: String? = nil, isPublic: Bool? = nil, settings: JSONText? = nil
    ) {
        self.slug = slug
        self.name = name
        self.isPublic = isPublic
        self.settings = settings
    }
}

/// The outcome of changing an avatar.
public enum AvatarUpdated: Sendable {
    case updated(Avatar)
    case slugTaken
    case notFound
}

extension ServiceStore {
    /// Records an avatar.
    /// - Parameters:
    ///   - id: Created by the caller, so that the model can be stored first.
    ///   - report: The report of the model's validation.
    ///   - sha256: The SHA-256 of the model's file, in hexadecimal.
    ///   - limit: The maximum number of avatars of the account.
    /// - Throws: E093 if the slug is not valid.
    public func createAvatar(
        id: AvatarID = .make(), slug: String, name: String, report: JSONText, bytes: Int64, sha256: String,
        account: AccountID, limit: Int, idempotency: Idempotency<Avatar>? = nil
    ) async throws -> AvatarCreated {
        try Slug.check(slug)
        let time = now()
        return try await createOrRefuse(idempotency, account: account, at: time) { [self] connection in
            try connection.lock("avatars.\(account)")
            guard try Self.count(of: Avatar.self, account, connection) < limit else {
                return .failure(Refusal(outcome: .limitReached(limit)))
            }
            let row = try connection.row(
                """
                INSERT INTO avatars (id, account_id, slug, name, state, settings, report, bytes, sha256,
                  created_at, updated_at)
                VALUES (\(id), \(account), \(slug), \(name), \(AvatarState.ready), '{}',
                  \(report), \(bytes), \(sha256), \(time), \(time))
                ON CONFLICT (account_id, slug) DO NOTHING RETURNING *
                """)
            guard let row else { return .failure(Refusal(outcome: .slugTaken)) }
            try keep(ObjectPrefix.avatar(id, account: account), connection)
            return .success(try Avatar(row))
        }
    }

    /// Returns an avatar by its identifier or slug; `nil` if the account has none.
    public func avatar(_ name: String, account: AccountID) async throws -> Avatar? {
        try await database.read { connection in
            // An identifier has an underscore and a slug has none, so one name never means two avatars.
            try connection.row(
                """
                SELECT * FROM avatars WHERE account_id = \(account) AND slug = \(name)
                UNION ALL SELECT * FROM avatars WHERE account_id = \(account) AND id = \(name)
                """
            ).map(Avatar.init)
        }
    }

    /// Returns a page of an account's avatars, newest first.
    public func avatars(
        account: AccountID, publicOnly: Bool = false, after position: PagePosition? = nil, limit: Int = 20
    ) async throws -> Page<Avatar> {
        let shown: SQL = publicOnly ? " AND is_public = 1 AND state = 'ready'" : ""
        return try await page(where: "account_id = \(account)\(shown)", after: position, limit: limit)
    }

    /// Returns the number of avatars of an account.
    public func avatarCount(account: AccountID) async throws -> Int {
        try await database.read { try Self.count(of: Avatar.self, account, $0) }
    }

    /// Changes the properties that the owner may change.
    /// - Throws: E093 if the slug is not valid.
    public func updateAvatar(
        _ id: AvatarID, account: AccountID, _ changes: AvatarChanges
    ) async throws -> AvatarUpdated {
        if let slug = changes.slug { try Slug.check(slug) }
        let time = now()
        return try await database.write { connection in
            try connection.lock("avatars.\(account)")
            if let slug = changes.slug {
                let others = try connection.count(
                    """
                    SELECT count(*) AS n FROM avatars
                    WHERE account_id = \(account) AND slug = \(slug) AND id <> \(id)
                    """)
                guard others == 0 else { return .slugTaken }
            }
            let row = try connection.row(
                """
                UPDATE avatars SET slug = coalesce(\(changes.slug), slug), name = coalesce(\(changes.name), name),
                  is_public = coalesce(\(changes.isPublic.map { $0 ? 1 : 0 }), is_public),
                  settings = coalesce(\(changes.settings), settings), updated_at = \(time)
                WHERE id = \(id) AND account_id = \(account) RETURNING *
                """)
            return try row.map { .updated(try Avatar($0)) } ?? .notFound
        }
    }

    /// Counts a render of the avatar that crashed the renderer; the second one quarantines it.
    public func noteCrash(of id: AvatarID, account: AccountID) async throws -> Avatar? {
        let time = now()
        return try await database.write { [policy] connection in
            try connection.row(
                """
                UPDATE avatars SET crashes = crashes + 1, updated_at = \(time),
                  state = CASE WHEN crashes + 1 >= \(policy.crashesToQuarantine) THEN 'quarantined' ELSE state END
                WHERE id = \(id) AND account_id = \(account) RETURNING *
                """
            ).map(Avatar.init)
        }
    }

    /// Deletes an avatar's record; its objects are deleted later.
    /// - Returns: Whether the account had it.
    public func deleteAvatar(_ id: AvatarID, account: AccountID) async throws -> Bool {
        try await delete("avatars WHERE id = \(id) AND account_id = \(account)") {
            try $0.discard(ObjectPrefix.avatar(id, account: account), at: $1, $2)
        }
    }
}

import AvatariumCore

/// A customer's key for a provider, without the key itself.
public struct ProviderKey: StoredRecord, Hashable {
    /// `openai`, `elevenlabs`.
    public var provider: String
    public var last4: String
    public var createdAt: Timestamp
    public var updatedAt: Timestamp
}

extension ServiceStore {
    /// Stores a customer's key for a provider, encrypted for this account and provider; it replaces an earlier
    /// one.
    public func setProviderKey(
        _ key: String, provider: String, account: AccountID, masterKey: MasterKey
    ) async throws -> ProviderKey {
        let time = now()
        let (sealed, version) = try masterKey.seal(key, context: ["byok", account.rawValue, provider])
        // Of a short one nothing is shown.
        let last4 = key.count >= 12 ? String(key.suffix(4)) : ""
        return try await database.write { connection in
            let row = try connection.row(
                """
                INSERT INTO byok (account_id, provider, sealed, key_version, last4, created_at, updated_at)
                VALUES (\(account), \(provider), \(sealed), \(version), \(last4), \(time), \(time))
                ON CONFLICT (account_id, provider) DO UPDATE SET sealed = excluded.sealed,
                  key_version = excluded.key_version, last4 = excluded.last4, updated_at = excluded.updated_at
                RETURNING *
                """)
            return try ProviderKey(row.unwrapped())
        }
    }

    /// Returns the decrypted key; `nil` if the account has none for the provider.
    /// - Throws: E071 if the master key is not the one that encrypted it.
    public func openProviderKey(
        _ provider: String, account: AccountID, masterKey: MasterKey
    ) async throws -> String? {
        let row = try await database.read { connection in
            try connection.row(
                "SELECT sealed, key_version FROM byok WHERE account_id = \(account) AND provider = \(provider)"
            )
        }
        guard let row else { return nil }
        return try masterKey.open(
            row.text("sealed"), version: row.int("key_version"),
            context: ["byok", account.rawValue, provider])
    }

    /// Returns the providers for which an account has keys.
    public func providerKeys(account: AccountID) async throws -> [ProviderKey] {
        try await database.read { connection in
            try connection.rows(
                "SELECT * FROM byok WHERE account_id = \(account) ORDER BY created_at, provider"
            )
            .map(ProviderKey.init)
        }
    }

    /// - Returns: Whether the account had one.
    public func deleteProviderKey(_ provider: String, account: AccountID) async throws -> Bool {
        try await database.write { connection in
            try connection.run("DELETE FROM byok WHERE account_id = \(account) AND provider = \(provider)")
                > 0
        }
    }

    /// Seals keys under the master key that the one before it sealed.
    /// - Returns: how many; 0 when none is left.
    func resealProviderKeys(
        with masterKey: MasterKey, limit: Int, _ connection: any SQLConnection
    ) throws -> Int {
        let rows = try connection.rows(
            """
            SELECT * FROM byok WHERE key_version <> \(masterKey.version)
            ORDER BY account_id, provider LIMIT \(limit)\(connection.dialect.forUpdate)
            """)
        for row in rows {
            let (account, provider) = (try row.text("account_id"), try row.text("provider"))
            let context = ["byok", account, provider]
            let key = try masterKey.open(
                row.text("sealed"), version: row.int("key_version"), context: context)
            let (sealed, version) = try masterKey.seal(key, context: context)
            try connection.run(
                """
                UPDATE byok SET sealed = \(sealed), key_version = \(version)
                WHERE account_id = \(account) AND provider = \(provider)
                """)
        }
        return rows.count
    }
}

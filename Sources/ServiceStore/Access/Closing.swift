import AvatariumCore

extension ServiceStore {
    /// Closes an account: access is refused, and none of its jobs is started. The sweeper deletes its data and
    /// objects, and finally the account; workers of its jobs then lose their leases, and its slug becomes
    /// available.
    /// - Returns: Whether there was an active account.
    public func closeAccount(_ id: AccountID) async throws -> Bool {
        let time = now()
        return try await database.write { connection in
            let closed = try connection.run(
                """
                UPDATE accounts SET state = 'closed', updated_at = \(time) WHERE id = \(id) AND state = 'active'
                """)
            guard closed > 0 else { return false }
            try connection.run(
                """
                UPDATE api_keys SET revoked_at = coalesce(revoked_at, \(time)) WHERE account_id = \(id)
                """)
            try connection.run(
                """
                UPDATE logins SET revoked_at = \(time), revoked_reason = 'account closed'
                WHERE account_id = \(id) AND revoked_at IS NULL
                """)
            try connection.run("UPDATE ready_accounts SET max_running = 0 WHERE account_id = \(id)")
            return true
        }
    }

    /// Tables whose rows go with their account, and the column that names a row.
    private static let owned = [
        ("jobs", "id"), ("messages", "id"), ("conversations", "id"), ("sessions", "id"), ("avatars", "id"),
        ("uploads", "id"), ("webhook_endpoints", "id"), ("webhook_deliveries", "id"), ("api_keys", "id"),
        ("users", "id"),
    ]

    /// Deletes a batch of the data of accounts that are closed.
    /// - Returns: the number of rows.
    func purgeClosedAccounts(at time: Timestamp, _ connection: any SQLConnection) throws -> Int {
        let row = try connection.row(
            "SELECT id FROM accounts WHERE state = 'closed' ORDER BY updated_at LIMIT 1")
        guard let row else { return 0 }
        let account: AccountID = try row.id("id")
        var deleted = 0
        for (table, key) in Self.owned {
            deleted += try connection.run(
                """
                DELETE FROM \(raw: table) WHERE \(raw: key) IN (SELECT \(raw: key) FROM \(raw: table)
                  WHERE account_id = \(account) LIMIT \(policy.sweepBatch))
                """)
        }
        guard deleted == 0 else { return deleted }
        // Nothing large is left.
        try connection.run(
            """
            DELETE FROM refresh_tokens WHERE login_id IN (SELECT id FROM logins WHERE account_id = \(account))
            """)
        for table in ["logins", "identities", "byok", "idempotency", "usage", "ready_accounts"] {
            deleted += try connection.run("DELETE FROM \(raw: table) WHERE account_id = \(account)")
        }
        try discard(ObjectPrefix.account(account), at: time, connection)
        return deleted + (try connection.run("DELETE FROM accounts WHERE id = \(account)"))
    }
}

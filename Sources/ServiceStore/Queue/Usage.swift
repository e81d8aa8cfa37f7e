import AvatariumCore

extension ServiceStore {
    /// Returns the usage of an account in the month of a given time.
    public func usage(of account: AccountID, at time: Timestamp? = nil) async throws -> [Metric: Int] {
        let month = (time ?? now()).month
        return try await database.read { connection in
            var usage: [Metric: Int] = [:]
            for row in try connection.rows(
                "SELECT metric, n FROM usage WHERE account_id = \(account) AND month = \(month)")
            {
                usage[try row.choice("metric")] = try row.int("n")
            }
            return usage
        }
    }

    /// Adds to an account's usage of the month.
    func count(
        _ amounts: [Metric: Int], account: AccountID, at time: Timestamp, _ connection: any SQLConnection
    ) throws {
        // In the same order in every transaction, so that two never wait for each other.
        for (metric, amount) in amounts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) where amount != 0 {
            try connection.run(
                """
                INSERT INTO usage (account_id, month, metric, n)
                VALUES (\(account), \(time.month), \(metric), \(amount))
                ON CONFLICT (account_id, month, metric) DO UPDATE SET n = usage.n + excluded.n
                """)
        }
    }

    /// Whether a quota forbids more: what is used then, jobs on their way and messages that are being answered included; `nil`
    /// while it does not.
    ///
    /// One statement, which sees one moment: what ends meanwhile is counted either as under way or as used.
    func usedUp(
        _ quota: Quota, adding added: Int, account: AccountID, at time: Timestamp,
        _ connection: any SQLConnection
    ) throws -> Int? {
        guard added > 0 else { return nil }
        let answering: SQL =
            quota.metric == .messages
            ? """
            (SELECT count(*) FROM conversations WHERE account_id = \(account) AND busy_message IS NOT NULL
              AND busy_until > \(time))
            """ : "0"
        // One more than is needed to know.
        let total = try connection.count(
            """
            SELECT coalesce((SELECT n FROM usage WHERE account_id = \(account) AND month = \(time.month)
                AND metric = \(quota.metric)), 0)
              + (SELECT count(*) FROM (SELECT 1 FROM jobs WHERE account_id = \(account) AND lane = 'render'
                AND state = 'queued' AND meter = \(quota.metric) LIMIT \(quota.limit + 1)) q)
              + (SELECT count(*) FROM jobs WHERE account_id = \(account) AND state = 'running'
                AND meter = \(quota.metric))
              + \(answering) AS n
            """)
        return total + added > quota.limit ? min(total, quota.limit) : nil
    }
}

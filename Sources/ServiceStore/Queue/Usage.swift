import AvatariumCore

extension ServiceStore {
    /// What an account has used in the month of a moment.
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

    func usage(
        of account: AccountID, _ metric: Metric, at time: Timestamp, _ connection: any SQLConnection
    ) throws -> Int {
        try connection.count(
            """
            SELECT n FROM usage
            WHERE account_id = \(account) AND month = \(time.month) AND metric = \(metric)
            """)
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

    /// Whether a quota forbids more: what is used then, jobs on their way included; `nil` while it does not.
    func usedUp(
        _ quota: Quota, adding added: Int, account: AccountID, at time: Timestamp,
        _ connection: any SQLConnection
    ) throws -> Int? {
        guard added > 0 else { return nil }
        let used = try usage(of: account, quota.metric, at: time, connection)
        // One more than is needed to know.
        let underway = try connection.count(
            """
            SELECT count(*) AS n FROM (SELECT 1 FROM jobs WHERE account_id = \(account) AND lane = 'render'
              AND state = 'queued' AND meter = \(quota.metric) LIMIT \(max(0, quota.limit - used) + 1)) q
            """)
        let running = try connection.count(
            """
            SELECT count(*) AS n FROM jobs
            WHERE account_id = \(account) AND state = 'running' AND meter = \(quota.metric)
            """)
        let total = used + underway + running
        return total + added > quota.limit ? min(total, quota.limit) : nil
    }
}

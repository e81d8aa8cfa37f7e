import AvatariumCore

/// The result of one run of the sweeper.
public struct Swept: Sendable, Hashable {
    /// Jobs whose worker stopped responding and that were queued again.
    public var requeued: [JobID] = []
    /// Jobs that have failed: their lease was lost twice, or they were not started before their deadline.
    public var failed: [JobID] = []
    /// The number of expired records of jobs and uploads.
    public var expired = 0
    /// The number of expired rows of idempotency, limits, sessions and logs.
    public var cleared = 0
    /// Whether another process was sweeping, so that this run did nothing.
    public var wasBusy = false
}

/// The key prefixes of the objects of records, defined in one place, so that deleting a record also deletes its
/// objects.
public enum ObjectPrefix {
    public static func account(_ account: AccountID) -> String { "accounts/\(account)/" }
    public static func job(_ id: JobID, account: AccountID) -> String { "accounts/\(account)/jobs/\(id)/" }
    public static func avatar(_ id: AvatarID, account: AccountID) -> String {
        "accounts/\(account)/avatars/\(id)/"
    }
    public static func upload(_ id: UploadID, account: AccountID) -> String {
        "accounts/\(account)/uploads/\(id)/"
    }
}

extension ServiceStore {
    /// Requeues jobs of workers that stopped responding, and deletes expired data. To be called about every ten
    /// seconds by every process; with a shared database, one process at a time does the work.
    public func sweep() async throws -> Swept {
        let time = now()
        var swept = Swept()
        for id in try await silentJobs(at: time) {
            guard let job = try await takeBack(id, at: time) else { continue }
            if job.state == .queued { swept.requeued.append(id) } else { swept.failed.append(id) }
        }
        for id in try await jobsPastDeadline(at: time) where try await giveUp(id, at: time) {
            swept.failed.append(id)
        }
        let cleared = try await clear(at: time)
        swept.expired = cleared.expired
        swept.cleared = cleared.rows
        swept.wasBusy = cleared.wasBusy
        return swept
    }

    private func silentJobs(at time: Timestamp) async throws -> [JobID] {
        try await database.read { [policy] connection in
            try connection.rows(
                """
                SELECT id FROM jobs WHERE state = 'running' AND lease_until < \(time)
                ORDER BY lease_until LIMIT \(policy.sweepBatch)
                """
            ).map { try $0.id("id") }
        }
    }

    /// Takes a job back from a worker whose lease is over; `nil` when it is not, or no longer.
    private func takeBack(_ id: JobID, at time: Timestamp) async throws -> Job? {
        try await database.write { [self] connection in
            let row = try connection.row(
                """
                SELECT * FROM jobs WHERE id = \(id) AND state = 'running' AND lease_until < \(time)
                \(connection.dialect.forUpdateSkippingLocked)
                """)
            guard let row else { return nil }
            let job = try Job(row)
            let lost = try row.int("lost") + 1
            if let token = try row.textOrNil("lease_token") {
                try discardAttempt(token, of: job, at: time, connection)
            }
            let ended: Job
            if job.cancelRequested {
                ended = try close(id, .cancelled, at: time, connection)
            } else if job.kind.lane == .webhook && job.attempt >= job.maxAttempts {
                ended = try close(id, .failed, failure: Self.lostLease(job), at: time, connection)
            } else if job.kind.lane == .render && lost >= policy.lostLeases {
                ended = try close(
                    id, .failed,
                    failure: AvatariumError(
                        .internalError,
                        "\(lost) workers ended without a result while they processed the job, so it is not "
                            + "tried again; if it also fails when it is requested again, its input crashes "
                            + "the renderer",
                        context: ["reason": "lease_lost", "lost": "\(lost)", "worker": job.worker ?? ""]),
                    at: time, connection)
            } else if let deadline = job.deadlineAt, deadline <= time {
                ended = try close(id, .failed, failure: Self.deadlinePassed, at: time, connection)
            } else {
                ended = try requeue(
                    job, from: time, attempt: job.attempt,
                    failure: Self.lostLease(job), lost: lost, connection)
            }
            if ended.state.isFinal { try announce(ended, at: time, connection) }
            connection.wake(.job(id), everywhere: true)
            connection.wake(.work(job.kind.lane), everywhere: true)
            return ended
        }
    }

    private static func lostLease(_ job: Job) -> AvatariumError {
        AvatariumError(
            .internalError, "the worker did not respond in time",
            context: ["reason": "lease_lost", "worker": job.worker ?? ""])
    }

    private static var deadlinePassed: AvatariumError {
        AvatariumError(
            .timeout, "the job's deadline passed before it was finished; allow more time, or retry",
            context: ["reason": "deadline"])
    }

    private func jobsPastDeadline(at time: Timestamp) async throws -> [JobID] {
        try await database.read { [policy] connection in
            try connection.rows(
                """
                SELECT id FROM jobs WHERE state = 'queued' AND deadline_at IS NOT NULL AND deadline_at <= \(time)
                ORDER BY deadline_at LIMIT \(policy.sweepBatch)
                """
            ).map { try $0.id("id") }
        }
    }

    private func giveUp(_ id: JobID, at time: Timestamp) async throws -> Bool {
        try await database.write { [self] connection in
            let row = try connection.row(
                """
                SELECT id FROM jobs WHERE id = \(id) AND state = 'queued' AND deadline_at <= \(time)
                \(connection.dialect.forUpdateSkippingLocked)
                """)
            guard row != nil else { return false }
            let ended = try close(id, .failed, failure: Self.deadlinePassed, at: time, connection)
            try announce(ended, at: time, connection)
            connection.wake(.job(id), everywhere: true)
            return true
        }
    }

    private struct Cleared: Sendable {
        var expired = 0
        var rows = 0
        var wasBusy = false
    }

    /// Deletes what is past its time, a batch of each kind.
    private func clear(at time: Timestamp) async throws -> Cleared {
        try await database.write { [self] connection in
            var cleared = Cleared()
            if connection.dialect == .postgres {
                let alone = try connection.count(
                    "SELECT pg_try_advisory_xact_lock(hashtextextended('avatarium.sweep', 0))::int AS n")
                guard alone == 1 else {
                    cleared.wasBusy = true
                    return cleared
                }
            }
            let batch = policy.sweepBatch
            let jobs = try connection.rows(
                """
                DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE expires_at IS NOT NULL
                  AND expires_at <= \(time) ORDER BY expires_at LIMIT \(batch)) RETURNING id, account_id
                """)
            for row in jobs {
                let (id, account): (JobID, AccountID) = (try row.id("id"), try row.id("account_id"))
                try discard(ObjectPrefix.job(id, account: account), at: time, connection)
                connection.wake(.job(id), everywhere: false)
            }
            let uploads = try connection.rows(
                """
                DELETE FROM uploads WHERE id IN (SELECT id FROM uploads WHERE expires_at <= \(time)
                  ORDER BY expires_at LIMIT \(batch)) RETURNING id, account_id
                """)
            for row in uploads {
                let (id, account): (UploadID, AccountID) = (try row.id("id"), try row.id("account_id"))
                try discard(ObjectPrefix.upload(id, account: account), at: time, connection)
            }
            cleared.expired = jobs.count + uploads.count
            cleared.rows += try connection.run(
                """
                DELETE FROM idempotency WHERE (account_id, key) IN (SELECT account_id, key FROM idempotency
                  WHERE expires_at <= \(time) ORDER BY expires_at LIMIT \(batch))
                """)
            cleared.rows += try connection.run(
                """
                DELETE FROM buckets WHERE key IN (SELECT key FROM buckets
                  WHERE tat <= \(time.milliseconds * 1000) ORDER BY tat LIMIT \(batch))
                """)
            // No limit has a longer window than an hour.
            cleared.rows += try connection.run(
                "DELETE FROM attempts WHERE at <= \(time - .seconds(3600))")
            cleared.rows += try connection.run(
                """
                DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries
                  WHERE expires_at <= \(time) ORDER BY expires_at LIMIT \(batch))
                """)
            let sessions = try connection.rows(
                """
                DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at <= \(time)
                  ORDER BY expires_at LIMIT \(batch)) RETURNING id
                """)
            try deleteConversations(of: sessions.map { try $0.id("id") }, at: time, connection)
            let logins = try connection.rows(
                """
                DELETE FROM logins WHERE id IN (SELECT id FROM logins WHERE expires_at <= \(time)
                  ORDER BY expires_at LIMIT \(batch)) RETURNING id
                """)
            for row in logins {
                try connection.run("DELETE FROM refresh_tokens WHERE login_id = \(try row.text("id"))")
            }
            cleared.rows += sessions.count + logins.count
            cleared.rows += try purgeClosedAccounts(at: time, connection)
            // An account that has had no turn for an hour starts anew.
            cleared.rows += try connection.run(
                """
                DELETE FROM ready_accounts WHERE next_at IS NULL
                  AND served_at < \((time - .seconds(3600)).milliseconds * 1000)
                  AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.account_id = ready_accounts.account_id
                    AND jobs.state = 'running')
                """)
            return cleared
        }
    }

    /// Notes that what an attempt may have stored belongs to nobody: the keys of its objects start with its token.
    func discardAttempt(
        _ token: String, of job: Job, at time: Timestamp, _ connection: any SQLConnection
    ) throws {
        guard job.kind.lane == .render else { return }
        try discard(ObjectPrefix.job(job.id, account: job.account) + token, at: time, connection)
    }

    /// Notes that the objects whose keys start with a prefix have no record any more.
    func discard(_ prefix: String, at time: Timestamp, _ connection: any SQLConnection) throws {
        try connection.run(
            """
            INSERT INTO garbage (prefix, due_at) VALUES (\(prefix), \(time + policy.garbage))
            ON CONFLICT (prefix) DO NOTHING
            """)
    }

    /// To be called before the objects of a record are stored that is created later: unless the record exists
    /// within an hour, the objects are deleted.
    public func expectRecord(of prefix: String) async throws {
        let time = now() + policy.records
        try await database.write { connection in
            try connection.run(
                """
                INSERT INTO garbage (prefix, due_at) VALUES (\(prefix), \(time))
                ON CONFLICT (prefix) DO UPDATE SET due_at = excluded.due_at
                """)
        }
    }

    /// Notes that the record of objects is made in this transaction.
    func keep(_ prefix: String, _ connection: any SQLConnection) throws {
        try connection.run("DELETE FROM garbage WHERE prefix = \(prefix)")
    }

    /// Returns prefixes of objects that can be deleted. Delete the objects, then call `forget(garbage:)`; after a
    /// crash in between, the deletion is repeated.
    public func garbage(limit: Int = 100) async throws -> [String] {
        let time = now()
        return try await database.read { connection in
            try connection.rows(
                "SELECT prefix FROM garbage WHERE due_at <= \(time) ORDER BY due_at LIMIT \(limit)"
            ).map { try $0.text("prefix") }
        }
    }

    /// Records that the objects with these prefixes have been deleted.
    public func forget(garbage prefixes: [String]) async throws {
        try await database.write { connection in
            for prefix in prefixes { try connection.run("DELETE FROM garbage WHERE prefix = \(prefix)") }
        }
    }
}

import AvatariumCore

/// The place in a list after which a page starts: the last item of the page before.
public struct PagePosition: Sendable, Hashable, Codable {
    public var createdAt: Timestamp
    public var id: String

    public init(createdAt: Timestamp, id: String) {
        self.createdAt = createdAt
        self.id = id
    }
}

/// A part of a list, newest first.
public struct Page<Item: Sendable>: Sendable {
    public var items: [Item]
    /// Where the next page starts; `nil` when this is the last.
    public var next: PagePosition?
}

/// The filter of a list of jobs.
public struct JobFilter: Sendable {
    public var kind: JobKind
    public var state: JobState?
    public var reference: String?

    public init(_ kind: JobKind = .render, state: JobState? = nil, reference: String? = nil) {
        self.kind = kind
        self.state = state
        self.reference = reference
    }
}

/// The outcome of retrying a job.
public enum Retried: Sendable {
    case queued(Job)
    /// It waits or runs already, or it succeeded: nothing to do.
    case unchanged(Job)
    /// The month's quota would be exceeded.
    case overQuota(used: Int, limit: Int)
    case notFound
}

extension ServiceStore {
    /// Returns a job of an account; `nil` if it has none with the identifier.
    public func job(_ id: JobID, account: AccountID) async throws -> Job? {
        try await database.read { connection in
            try connection.row("SELECT * FROM jobs WHERE id = \(id) AND account_id = \(account)").map(
                Job.init)
        }
    }

    /// Returns a page of an account's jobs, newest first.
    /// - Parameter limit: 1 to 100; other values are clamped.
    public func jobs(
        _ filter: JobFilter = JobFilter(), account: AccountID, after position: PagePosition? = nil,
        limit: Int = 20
    ) async throws -> Page<Job> {
        var condition: SQL = "account_id = \(account) AND kind = \(filter.kind)"
        if let state = filter.state { condition = condition + " AND state = \(state)" }
        if let reference = filter.reference { condition = condition + " AND reference = \(reference)" }
        return try await page(where: condition, after: position, limit: limit)
    }

    /// A page of the records of a table.
    func page<Item: ListedRecord>(
        where condition: SQL, after position: PagePosition?, limit: Int,
        decoded: @escaping @Sendable (SQLRow) throws -> Item = { try Item($0) }
    ) async throws -> Page<Item> {
        let limit = min(max(limit, 1), 100)
        let after: SQL = position.map { " AND (created_at, id) < (\($0.createdAt), \($0.id))" } ?? ""
        return try await database.read { connection in
            var items = try connection.rows(
                """
                SELECT * FROM \(raw: Item.table) WHERE \(condition)\(after)
                ORDER BY created_at DESC, id DESC LIMIT \(limit + 1)
                """
            ).map(decoded)
            guard items.count > limit else { return Page(items: items, next: nil) }
            items.removeLast()
            return Page(
                items: items,
                next: items.last.map { PagePosition(createdAt: $0.createdAt, id: $0.id.rawValue) })
        }
    }

    /// Returns the position of a queued job if each account starts one job per turn, counted from 1, at most
    /// 1000; `nil` if the job is not queued.
    public func queuePosition(of id: JobID, account: AccountID) async throws -> Int? {
        let most = 1000
        return try await database.read { connection in
            let job = try connection.row(
                """
                SELECT lane, priority, run_at FROM jobs
                WHERE id = \(id) AND account_id = \(account) AND state = 'queued'
                """)
            guard let job else { return nil }
            let lane: Lane = try job.choice("lane")
            let (priority, runAt) = (try job.integer("priority"), try job.integer("run_at"))
            let own = try connection.count(
                """
                SELECT count(*) AS n FROM (SELECT 1 FROM jobs WHERE lane = \(lane) AND account_id = \(account)
                AND state = 'queued' AND (priority > \(priority)
                  OR (priority = \(priority) AND (run_at, id) < (\(runAt), \(id)))) LIMIT \(most)) q
                """)
            // Each other account has as many turns until then as this one.
            let others = try connection.count(
                """
                SELECT sum((SELECT count(*) FROM (SELECT 1 FROM jobs j WHERE j.lane = \(lane)
                  AND j.account_id = r.account_id AND j.state = 'queued' LIMIT \(own + 1)) q)) AS n
                FROM (SELECT account_id FROM ready_accounts WHERE lane = \(lane) AND next_at IS NOT NULL
                  AND account_id <> \(account) LIMIT \(most)) r
                """)
            return min(own + others + 1, most)
        }
    }

    /// Cancels a job. A queued job is cancelled at once, a running one when its worker learns of it; one that has
    /// ended does not change.
    /// - Returns: The job afterwards; `nil` if the account has none with the identifier.
    public func cancel(_ id: JobID, account: AccountID) async throws -> Job? {
        let time = now()
        return try await database.write { [self] connection in
            guard let job = try lockedJob(id, account: account, connection) else { return nil }
            switch job.state {
            case .queued:
                let ended = try close(id, .cancelled, at: time, connection)
                try announce(ended, at: time, connection)
                connection.wake(.job(id), everywhere: true)
                return ended
            case .running where !job.cancelRequested:
                let row = try connection.row(
                    "UPDATE jobs SET cancel_requested = 1, version = version + 1 WHERE id = \(id) RETURNING *"
                )
                connection.wake(.job(id), everywhere: true)
                return try row.map(Job.init)
            default: return job
            }
        }
    }

    private func lockedJob(
        _ id: JobID, account: AccountID, _ connection: any SQLConnection
    ) throws -> Job? {
        try connection.row(
            "SELECT * FROM jobs WHERE id = \(id) AND account_id = \(account)\(connection.dialect.forUpdate)"
        ).map(Job.init)
    }

    /// Queues a failed or cancelled job again, with its full number of attempts.
    public func retry(
        _ id: JobID, account: AccountID, limits: QueueLimits
    ) async throws -> Retried {
        let time = now()
        return try await database.write { [self] connection in
            try connection.lock("queue.\(account)")
            guard let job = try lockedJob(id, account: account, connection) else { return .notFound }
            guard job.state == .failed || job.state == .cancelled else { return .unchanged(job) }
            if let quota = limits.quota, job.meter == quota.metric,
                let used = try usedUp(quota, adding: 1, account: account, at: time, connection)
            {
                return .overQuota(used: used, limit: quota.limit)
            }
            let row = try connection.row(
                """
                UPDATE jobs SET state = 'queued', run_at = \(time), attempt = 0, lost = 0, cancel_requested = 0,
                  progress = NULL, result = NULL, error = NULL, worker = NULL, started_at = NULL,
                  finished_at = NULL, expires_at = NULL, version = version + 1,
                  deadline_at = CASE WHEN deadline_at IS NULL THEN NULL
                    ELSE \(time) + deadline_at - created_at END
                WHERE id = \(id) RETURNING *
                """)
            try makeReady(
                account, lane: job.kind.lane, from: time, maxRunning: limits.maxRunning, connection)
            connection.wake(.work(job.kind.lane), everywhere: true)
            connection.wake(.job(id), everywhere: true)
            return .queued(try Job(row.unwrapped()))
        }
    }

    /// Deletes a job's record; its objects are deleted later. A worker that runs it loses its lease.
    /// - Returns: Whether the account had it.
    public func delete(_ id: JobID, account: AccountID) async throws -> Bool {
        let time = now()
        return try await database.write { [self] connection in
            let deleted = try connection.run("DELETE FROM jobs WHERE id = \(id) AND account_id = \(account)")
            guard deleted > 0 else { return false }
            try discard(ObjectPrefix.job(id, account: account), at: time, connection)
            connection.wake(.job(id), everywhere: true)
            return true
        }
    }

    /// Returns the number of queued and running jobs of each lane, and the time for which the oldest has been
    /// due; for metrics.
    public func queueDepths() async throws -> [Lane: QueueDepth] {
        let time = now()
        return try await database.read { connection in
            var depths: [Lane: QueueDepth] = [:]
            for lane in Lane.allCases {
                let waiting = try connection.row(
                    """
                    SELECT count(*) AS n, min(run_at) AS oldest FROM jobs
                    WHERE lane = \(lane) AND state = 'queued' AND run_at <= \(time)
                    """
                ).unwrapped()
                let running = try connection.count(
                    "SELECT count(*) AS n FROM jobs WHERE lane = \(lane) AND state = 'running'")
                let oldest = try waiting.timeOrNil("oldest").map { time - $0 } ?? .zero
                depths[lane] = QueueDepth(queued: try waiting.int("n"), running: running, oldest: oldest)
            }
            return depths
        }
    }
}

/// The load of a lane.
public struct QueueDepth: Sendable, Hashable {
    /// The number of due jobs that are queued.
    public var queued: Int
    public var running: Int
    /// The time for which the oldest of them has been due.
    public var oldest: Duration
}

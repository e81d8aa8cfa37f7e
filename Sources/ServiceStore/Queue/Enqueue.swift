import AvatariumCore

/// Limits on an account's jobs, checked when jobs are queued.
public struct QueueLimits: Sendable {
    /// The maximum number of running jobs of the account.
    public var maxRunning: Int
    /// The maximum number of queued jobs of the account; more are refused.
    public var maxQueued: Int
    /// The monthly quota of the jobs' metric; unfinished jobs count as if they had succeeded.
    public var quota: Quota?

    public init(maxRunning: Int, maxQueued: Int = 10_000, quota: Quota? = nil) {
        self.maxRunning = maxRunning
        self.maxQueued = maxQueued
        self.quota = quota
    }
}

/// The quota of a plan per calendar month (UTC).
public struct Quota: Sendable, Hashable {
    public var metric: Metric
    public var limit: Int

    public init(_ metric: Metric, limit: Int) {
        self.metric = metric
        self.limit = limit
    }
}

/// The outcome of queueing jobs.
public enum Enqueued: Sendable {
    /// The jobs are queued.
    case queued([Job])
    /// The request was made before; this is its stored response.
    case replayed(StoredAnswer)
    /// The Idempotency-Key was used for another request.
    case mismatch
    /// The month's quota would be exceeded.
    case overQuota(used: Int, limit: Int)
    /// Too many jobs wait already.
    case queueFull(queued: Int, limit: Int)
}

extension ServiceStore {
    /// Queues jobs of one account: all of them, or none.
    /// - Parameters:
    ///   - idempotency: The client's key; the response is stored in the same transaction.
    public func enqueue(
        _ jobs: [NewJob], account: AccountID, limits: QueueLimits, idempotency: Idempotency<[Job]>? = nil
    ) async throws -> Enqueued {
        let time = now()
        return try await database.write { [self] connection in
            let outcome = try once(idempotency, account: account, at: time, connection) {
                try queue(jobs, account: account, limits: limits, at: time, connection)
            }
            switch outcome {
            case .fresh(.success(let jobs)): return .queued(jobs)
            case .fresh(.failure(let refusal)): return refusal.outcome
            case .replayed(let answer): return .replayed(answer)
            case .mismatch: return .mismatch
            }
        }
    }

    /// A reason not to queue, which stores nothing.
    private struct Refusal: Error {
        var outcome: Enqueued
    }

    private func queue(
        _ jobs: [NewJob], account: AccountID, limits: QueueLimits, at time: Timestamp,
        _ connection: any SQLConnection
    ) throws -> Result<[Job], Refusal> {
        guard !jobs.isEmpty else { return .success([]) }
        // Requests of one account wait here for one another, so that none counts what another is about to add.
        try connection.lock("queue.\(account)")
        let lanes = Dictionary(grouping: jobs, by: \.kind.lane)
        for (lane, added) in lanes {
            // One more than is needed to know.
            let room = max(0, limits.maxQueued - added.count)
            let queued = try connection.count(
                """
                SELECT count(*) AS n FROM (SELECT 1 FROM jobs WHERE lane = \(lane) AND account_id = \(account)
                AND state = 'queued' LIMIT \(room + 1)) q
                """)
            if queued + added.count > limits.maxQueued {
                return .failure(Refusal(outcome: .queueFull(queued: queued, limit: limits.maxQueued)))
            }
        }
        if let quota = limits.quota,
            let used = try usedUp(
                quota, adding: jobs.count { $0.meter == quota.metric }, account: account, at: time, connection
            )
        {
            return .failure(Refusal(outcome: .overQuota(used: used, limit: quota.limit)))
        }
        var queued: [Job] = []
        for job in jobs { queued.append(try insert(job, account: account, at: time, connection)) }
        for (lane, added) in lanes {
            let first = added.map { time + $0.delay }.min() ?? time
            try makeReady(
                account, lane: lane, from: first, maxRunning: limits.maxRunning, connection)
            connection.wake(.work(lane), everywhere: true)
        }
        return .success(queued)
    }

    func insert(
        _ job: NewJob, account: AccountID, at time: Timestamp, _ connection: any SQLConnection
    ) throws -> Job {
        let row = try connection.row(
            """
            INSERT INTO jobs (id, account_id, kind, lane, state, priority, reference, run_at, deadline_at,
              max_attempts, request, meter, webhook_url, retention, script_ends, created_at)
            VALUES (\(job.id), \(account), \(job.kind), \(job.kind.lane), 'queued', \(job.priority),
              \(job.reference), \(time + job.delay), \(job.deadline.map { time + $0 }), \(job.maxAttempts),
              \(job.request), \(job.meter), \(job.webhookURL), \(job.retention.milliseconds), \(!job.isDictated), \(time))
            RETURNING *
            """)
        return try Job(row.unwrapped())
    }

    /// Gives the account a place in the lane's round, if it has none, from a time on.
    /// - Parameter maxRunning: its limit; `nil` keeps the one that is known.
    func makeReady(
        _ account: AccountID, lane: Lane, from time: Timestamp, maxRunning: Int?,
        _ connection: any SQLConnection
    ) throws {
        let limit: SQL =
            maxRunning == nil ? "ready_accounts.max_running" : "excluded.max_running"
        try connection.run(
            """
            INSERT INTO ready_accounts (lane, account_id, max_running, next_at)
            VALUES (\(lane), \(account), \(maxRunning ?? 1), \(time))
            ON CONFLICT (lane, account_id) DO UPDATE SET max_running = \(limit),
              next_at = CASE WHEN ready_accounts.next_at < excluded.next_at THEN ready_accounts.next_at
                ELSE excluded.next_at END
            """)
    }
}

extension Optional {
    /// The value that a statement must have given.
    func unwrapped() throws -> Wrapped {
        guard let self else {
            throw AvatariumError(.internalError, "the database returned no row where one is required")
        }
        return self
    }
}

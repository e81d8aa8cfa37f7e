import AvatariumCore
import Foundation
import Synchronization

/// Microseconds that only grow: the order in which accounts had their turns.
final class TurnClock: Sendable {
    private let last = Mutex<Int64>(0)

    func next(at time: Timestamp) -> Int64 {
        last.withLock { last in
            last = max(last + 1, time.milliseconds * 1000)
            return last
        }
    }
}

/// The response to a heartbeat.
public enum HeartbeatAnswer: Sendable, Hashable {
    /// Go on.
    case goOn
    /// Stop: someone asked for it. Answer with `finish(_:.cancelled)`.
    case cancel
    /// Stop: the job's deadline passed. Answer with `finish(_:.failed)` and E005.
    case deadlinePassed
    /// The job is another's, or gone: stop, and throw away what was made.
    case lost
}

/// The outcome of a worker's attempt.
public enum Outcome: Sendable {
    /// - Parameter usage: what is counted beside the job's own meter; ignored when the job has none.
    case succeeded(result: JSONText, usage: [Metric: Int] = [:])
    /// A transient error is tried again while there are attempts left.
    case failed(AvatariumError)
    case cancelled
    /// The worker must stop; the attempt does not count, and the job goes back to the queue.
    case returned
}

/// What was done with a worker's result.
public enum Finished: Sendable {
    /// It was accepted; the job as it is now.
    case accepted(Job)
    /// The lease was lost before: nothing was changed, throw away what was made.
    case lost
}

extension ServiceStore {
    /// Claims the next job of a lane for a worker, if there is one.
    ///
    /// Accounts take turns: the one whose last turn is the longest ago comes first, if it has a due job and has
    /// not reached its limit of running jobs. Within an account, priority decides, then time.
    /// - Returns: `nil` if no job can be started now; see `waitForWork`.
    public func claim(_ lane: Lane, worker: String) async throws -> ClaimedJob? {
        // Each round either gives a job, or corrects an account's entry that had no job due, or ends.
        while true {
            try Task.checkCancellation()
            switch try await claimOnce(lane, worker: worker) {
            case .claimed(let claimed): return claimed
            case .again: continue
            case .none: return nil
            }
        }
    }

    private enum Claim: Sendable {
        case claimed(ClaimedJob)
        case again
        case none
    }

    private func claimOnce(_ lane: Lane, worker: String) async throws -> Claim {
        let time = now()
        let token = Secrets.randomHex(bytes: 16)
        let turn = turns.next(at: time)
        return try await database.write { [self] connection in
            guard let account = try nextAccount(lane, at: time, connection) else { return .none }
            // A new statement sees what others have committed since; the row of the account is locked now, so the
            // number of its running jobs cannot grow any more.
            let row = try connection.row(
                """
                UPDATE jobs SET state = 'running', attempt = attempt + 1, lease_token = \(token),
                  lease_until = \(time + policy.lease), worker = \(worker),
                  started_at = coalesce(started_at, \(time)), version = version + 1
                WHERE id = (SELECT id FROM jobs WHERE lane = \(lane) AND account_id = \(account.id)
                  AND state = 'queued' AND run_at <= \(time)
                  ORDER BY priority DESC, run_at, id LIMIT 1\(connection.dialect.forUpdateSkippingLocked))
                AND (SELECT count(*) FROM jobs WHERE account_id = \(account.id) AND lane = \(lane)
                  AND state = 'running') < \(account.maxRunning)
                RETURNING *
                """)
            let turnTaken: SQL = row == nil ? "served_at" : "\(turn)"
            try connection.run(
                """
                UPDATE ready_accounts SET served_at = \(turnTaken),
                  next_at = CASE WHEN EXISTS (SELECT 1 FROM jobs WHERE lane = \(lane)
                      AND account_id = \(account.id) AND state = 'queued' AND run_at <= \(time)) THEN next_at
                    ELSE (SELECT min(run_at) FROM jobs WHERE lane = \(lane) AND account_id = \(account.id)
                      AND state = 'queued') END
                WHERE lane = \(lane) AND account_id = \(account.id)
                """)
            guard let row else { return .again }
            let job = try Job(row)
            connection.wake(.job(job.id), everywhere: false)
            return .claimed(ClaimedJob(job: job, lease: Lease(job: job.id, token: token)))
        }
    }

    /// The account whose turn it is; in PostgreSQL its row is locked until the transaction ends.
    private func nextAccount(
        _ lane: Lane, at time: Timestamp, _ connection: any SQLConnection
    ) throws -> (id: AccountID, maxRunning: Int)? {
        let ready: SQL = """
            FROM ready_accounts r WHERE lane = \(lane) AND next_at <= \(time)
            AND (SELECT count(*) FROM jobs j WHERE j.account_id = r.account_id AND j.lane = \(lane)
              AND j.state = 'running') < max_running
            ORDER BY served_at, account_id
            """
        var row: SQLRow?
        switch connection.dialect {
        case .sqlite:
            row = try connection.row("SELECT account_id, max_running " + ready + " LIMIT 1")
        case .postgres:
            // An account that another worker has served since this statement began is passed over: PostgreSQL compares the
            // row that it locks with the condition again, but not with the order.
            row = try connection.row(
                "WITH next AS MATERIALIZED (SELECT account_id, served_at " + ready + " LIMIT 16) "
                    + """
                    SELECT r.account_id, r.max_running
                    FROM next JOIN ready_accounts r ON r.account_id = next.account_id AND r.served_at = next.served_at
                    WHERE r.lane = \(lane) AND r.next_at <= \(time)
                    ORDER BY next.served_at, next.account_id LIMIT 1 FOR UPDATE OF r SKIP LOCKED
                    """)
            // Nothing, or others hold the rows at this moment: only after waiting for them is it known.
            row = try row ?? connection.row("SELECT account_id, max_running " + ready + " LIMIT 1 FOR UPDATE")
        }
        guard let row else { return nil }
        return (try row.id("account_id"), try row.int("max_running"))
    }

    /// Extends a lease and reports progress. To be called about every five seconds, and at most twice per second.
    /// - Parameter progress: The progress; `nil` leaves the last report unchanged.
    public func heartbeat(_ lease: Lease, progress: JSONText? = nil) async throws -> HeartbeatAnswer {
        let time = now()
        return try await database.write { [self] connection in
            let change: SQL = progress.map { ", progress = \($0), version = version + 1" } ?? ""
            let row = try connection.row(
                """
                UPDATE jobs SET lease_until = \(time + policy.lease)\(change)
                WHERE id = \(lease.job) AND state = 'running' AND lease_token = \(lease.token)
                RETURNING cancel_requested, deadline_at
                """)
            guard let row else { return .lost }
            if progress != nil { connection.wake(.job(lease.job), everywhere: false) }
            if try row.bool("cancel_requested") { return .cancel }
            if let deadline = try row.timeOrNil("deadline_at"), deadline <= time { return .deadlinePassed }
            return .goOn
        }
    }

    /// Ends a worker's attempt. Usage is counted and webhooks are queued in the same transaction, so both happen
    /// exactly once.
    public func finish(_ lease: Lease, _ outcome: Outcome) async throws -> Finished {
        let time = now()
        return try await database.write { [self] connection in
            let held = try connection.row(
                """
                SELECT * FROM jobs
                WHERE id = \(lease.job) AND state = 'running' AND lease_token = \(lease.token)\(connection.dialect.forUpdate)
                """)
            guard let held else { return .lost }
            let job = try Job(held)
            if case .succeeded = outcome {
            } else {
                try discardAttempt(lease.token, of: job, at: time, connection)
            }
            return .accepted(try end(job, outcome, at: time, connection))
        }
    }

    /// Ends an attempt of a running job whose row this transaction holds.
    func end(
        _ job: Job, _ outcome: Outcome, at time: Timestamp, _ connection: any SQLConnection
    ) throws -> Job {
        let ended: Job
        switch outcome {
        case .succeeded(let result, let usage):
            ended = try close(job.id, .succeeded, result: result, at: time, connection)
            if let meter = job.meter {
                try count(usage.merging([meter: 1]) { $0 + $1 }, account: job.account, at: time, connection)
            }
        case .cancelled:
            ended = try close(job.id, .cancelled, at: time, connection)
        case .returned where job.cancelRequested:
            ended = try close(job.id, .cancelled, at: time, connection)
        case .returned:
            ended = try requeue(job, from: time, attempt: job.attempt - 1, failure: nil, connection)
        case .failed where job.cancelRequested:
            ended = try close(job.id, .cancelled, at: time, connection)
        case .failed(let error) where error.isTransient && job.attempt < job.maxAttempts:
            let pause = max(retryDelay(after: job.attempt), .milliseconds(error.retryAfter ?? 0))
            let next = time + pause
            if let deadline = job.deadlineAt, deadline <= next {
                ended = try close(job.id, .failed, failure: error, at: time, connection)
            } else {
                ended = try requeue(job, from: next, attempt: job.attempt, failure: error, connection)
            }
        case .failed(let error):
            ended = try close(job.id, .failed, failure: error, at: time, connection)
        }
        if ended.state.isFinal { try announce(ended, at: time, connection) }
        connection.wake(.job(job.id), everywhere: true)
        // The account may run one more.
        connection.wake(.work(job.kind.lane), everywhere: true)
        return ended
    }

    /// The wait before an attempt: it doubles each time, and is spread by a quarter so that jobs that failed
    /// together do not come back together.
    private func retryDelay(after attempt: Int) -> Duration {
        let doubled = policy.retryDelay * (1 << min(max(attempt, 1) - 1, 20))
        return min(doubled, policy.longestRetryDelay) * Double.random(in: 0.75...1.25)
    }

    func close(
        _ id: JobID, _ state: JobState, result: JSONText? = nil, failure: AvatariumError? = nil,
        at time: Timestamp, _ connection: any SQLConnection
    ) throws -> Job {
        let error = try failure.map { try JSONText(encoding: JobFailure($0)) }
        let row = try connection.row(
            """
            UPDATE jobs SET state = \(state), result = \(result), error = \(error), lease_token = NULL,
              lease_until = NULL, finished_at = \(time), expires_at = \(time) + retention, version = version + 1
            WHERE id = \(id) RETURNING *
            """)
        return try Job(row.unwrapped())
    }

    func requeue(
        _ job: Job, from time: Timestamp, attempt: Int, failure: AvatariumError?, lost: Int? = nil,
        _ connection: any SQLConnection
    ) throws -> Job {
        let error = try failure.map { try JSONText(encoding: JobFailure($0)) }
        let losses: SQL = lost.map { "\($0)" } ?? "lost"
        let row = try connection.row(
            """
            UPDATE jobs SET state = 'queued', run_at = \(time), attempt = \(attempt), error = \(error),
              lost = \(losses), lease_token = NULL, lease_until = NULL, worker = NULL, progress = NULL,
              version = version + 1
            WHERE id = \(job.id) RETURNING *
            """)
        try makeReady(job.account, lane: job.kind.lane, from: time, maxRunning: nil, connection)
        return try Job(row.unwrapped())
    }
}

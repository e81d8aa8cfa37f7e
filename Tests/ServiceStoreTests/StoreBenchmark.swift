import AvatariumCore
import Foundation
import ServiceStore
import Synchronization
import Testing

/// Numbers, not judgements: run with `AVATARIUM_STORE_BENCHMARK=1 swift test -c release --filter StoreBenchmark`.
@Suite(
    .serialized,
    .enabled(
        if: ProcessInfo.processInfo.environment["AVATARIUM_STORE_BENCHMARK"] != nil,
        "needs AVATARIUM_STORE_BENCHMARK"))
struct StoreBenchmark {
    /// Times in milliseconds: median, 99th percentile, longest.
    private static func summary(_ times: [Double]) -> String {
        let sorted = times.sorted()
        func at(_ part: Double) -> Double { sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))] }
        return String(format: "p50 %.2f ms, p99 %.2f ms, max %.2f ms", at(0.5), at(0.99), at(1))
    }

    private static func milliseconds(since start: ContinuousClock.Instant) -> Double {
        let duration = (ContinuousClock.now - start).components
        return Double(duration.seconds) * 1000 + Double(duration.attoseconds) / 1e15
    }

    @Test(arguments: Engine.available)
    func `claims a second of 64 workers`(_ engine: Engine) async throws {
        let place = try TestDatabase(engine)
        defer { place.remove() }
        let store = try await place.open(connections: 8)
        for account in 0..<200 {
            let jobs = (0..<30).map { _ in NewJob(.render, request: #"{"text":"Hello"}"#) }
            let limits = QueueLimits(maxRunning: 4)
            _ = try await store.enqueue(jobs, account: AccountID("acc_\(account)"), limits: limits)
        }
        let end = ContinuousClock.now + .seconds(8)
        let start = ContinuousClock.now
        let times = try await withThrowingTaskGroup(of: [Double].self) { group in
            for worker in 0..<64 {
                group.addTask {
                    var times: [Double] = []
                    while ContinuousClock.now < end {
                        let before = ContinuousClock.now
                        guard let claimed = try await store.claim(.render, worker: "w\(worker)") else {
                            break
                        }
                        times.append(Self.milliseconds(since: before))
                        _ = try await store.finish(claimed.lease, .succeeded(result: "{}"))
                    }
                    return times
                }
            }
            return try await group.reduce(into: [Double]()) { $0 += $1 }
        }
        let seconds = Self.milliseconds(since: start) / 1000
        let rate = Int(Double(times.count) / seconds)
        print(
            "BENCH \(engine): 64 workers, \(times.count) claims, each finished: \(rate) claims/s, \(Self.summary(times))"
        )
        await store.close()
    }

    /// What a drawing worker writes twice a second, as fast as 64 of them can.
    @Test(arguments: Engine.available)
    func `progress reports a second of 64 workers`(_ engine: Engine) async throws {
        let place = try TestDatabase(engine)
        defer { place.remove() }
        let store = try await place.open(connections: 8)
        for account in 0..<64 {
            _ = try await store.enqueue(
                [NewJob(.render, request: #"{"text":"Hello"}"#)], account: AccountID("acc_\(account)"),
                limits: QueueLimits(maxRunning: 1))
        }
        let start = ContinuousClock.now
        let times = try await withThrowingTaskGroup(of: [Double].self) { group in
            for worker in 0..<64 {
                group.addTask {
                    guard let claimed = try await store.claim(.render, worker: "w\(worker)") else {
                        return []
                    }
                    var times: [Double] = []
                    while ContinuousClock.now < start + .seconds(8) {
                        let before = ContinuousClock.now
                        let progress = JSONText(text: #"{"stage":"frames","frames_done":\#(times.count)}"#)
                        #expect(try await store.heartbeat(claimed.lease, progress: progress) == .goOn)
                        times.append(Self.milliseconds(since: before))
                    }
                    return times
                }
            }
            return try await group.reduce(into: [Double]()) { $0 += $1 }
        }
        let rate = Int(Double(times.count) / (Self.milliseconds(since: start) / 1000))
        print("BENCH \(engine): 64 workers, \(rate) progress reports/s, \(Self.summary(times))")
        await store.close()
    }

    /// 64 workers that ask in turn, together 500 times a second, as they do while they draw between two claims.
    @Test(arguments: Engine.available)
    func `claims at 500 a second`(_ engine: Engine) async throws {
        let place = try TestDatabase(engine)
        defer { place.remove() }
        let store = try await place.open(connections: 8)
        for account in 0..<200 {
            let jobs = (0..<25).map { _ in NewJob(.render, request: #"{"text":"Hello"}"#) }
            _ = try await store.enqueue(
                jobs, account: AccountID("acc_\(account)"), limits: QueueLimits(maxRunning: 4))
        }
        let (workers, rate, seconds) = (64, 500.0, 8.0)
        let start = ContinuousClock.now
        let times = try await withThrowingTaskGroup(of: [Double].self) { group in
            for worker in 0..<workers {
                group.addTask {
                    var times: [Double] = []
                    for turn in 0... {
                        let due = Double(turn * workers + worker) / rate
                        guard due < seconds else { break }
                        try await Task.sleep(until: start + .seconds(due), clock: .continuous)
                        // From the moment when it was due: a queue of late claims counts.
                        guard let claimed = try await store.claim(.render, worker: "w\(worker)") else {
                            continue
                        }
                        times.append(Self.milliseconds(since: start + .seconds(due)))
                        _ = try await store.finish(claimed.lease, .succeeded(result: "{}"))
                    }
                    return times
                }
            }
            return try await group.reduce(into: [Double]()) { $0 += $1 }
        }
        let achieved = Int(Double(times.count) / (Self.milliseconds(since: start) / 1000))
        print("BENCH \(engine): 500 claims/s asked, \(achieved) given, each finished: \(Self.summary(times))")
        await store.close()
    }

    /// One account with 4,000 jobs beside 49 with 40 each, on eight workers, until the others are through.
    @Test(arguments: Engine.available)
    func `a fair share beside 4,000 jobs`(_ engine: Engine) async throws {
        let place = try TestDatabase(engine)
        defer { place.remove() }
        let store = try await place.open(connections: 8)
        for account in 0..<50 {
            let jobs = (0..<(account == 0 ? 4000 : 40)).map { _ in
                NewJob(.render, request: #"{"text":"Hello"}"#)
            }
            _ = try await store.enqueue(
                jobs, account: AccountID("acc_\(account)"), limits: QueueLimits(maxRunning: 8))
        }
        let claimed = try await withThrowingTaskGroup(of: [AccountID].self) { group in
            for worker in 0..<8 {
                group.addTask {
                    var accounts: [AccountID] = []
                    for _ in 0..<125 {
                        guard let claimed = try await store.claim(.render, worker: "w\(worker)") else {
                            continue
                        }
                        accounts.append(claimed.job.account)
                        _ = try await store.finish(claimed.lease, .succeeded(result: "{}"))
                    }
                    return accounts
                }
            }
            return try await group.reduce(into: [AccountID]()) { $0 += $1 }
        }
        let counts = claimed.reduce(into: [AccountID: Int]()) { $0[$1, default: 0] += 1 }
        let fair = Double(counts.values.reduce(0, +)) / 50
        let worst = counts.values.map { abs(Double($0) - fair) / fair }.max() ?? 1
        print(
            "BENCH \(engine): \(Int(fair)) claims each are fair, the account with 4,000 jobs got \(counts["acc_0"] ?? 0), "
                + "the farthest is off by \(Int((worst * 100).rounded())) %")
        await store.close()
    }

    @Test(arguments: Engine.available)
    func `reading among 10,000 accounts and a million messages`(_ engine: Engine) async throws {
        let place = try TestDatabase(engine)
        defer { place.remove() }
        let store = try await place.open(connections: 4)
        let numbers: @Sendable (Int) -> SQL = { count in
            engine == .postgres
                ? SQL(raw: "SELECT i FROM generate_series(0, \(count - 1)) AS s(i)")
                : SQL(
                    raw:
                        "WITH RECURSIVE s(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM s WHERE i < \(count - 1)) "
                        + "SELECT i FROM s")
        }
        try await store.database.write { connection in
            if engine == .postgres { try connection.run("SET LOCAL statement_timeout = 0") }
            try connection.run(
                """
                INSERT INTO conversations (id, account_id, avatar, settings, created_at, updated_at)
                SELECT 'cnv_' || i, 'acc_' || (i % 10000), 'ada', '{}', 1700000000000 + i, 0
                FROM (\(numbers(100_000))) n
                """)
            try connection.run(
                """
                INSERT INTO messages (id, account_id, conversation_id, role, state, content, created_at)
                SELECT 'mes_' || i, 'acc_' || (i % 10000), 'cnv_' || (i % 100000), 'user', 'done',
                  'a message of some forty characters, or so', 1700000000000 + i
                FROM (\(numbers(1_000_000))) n
                """)
            try connection.run(
                """
                INSERT INTO jobs (id, account_id, kind, lane, state, priority, run_at, max_attempts, request,
                  retention, created_at)
                SELECT 'job_' || i, 'acc_' || (i % 10000), 'render', 'render',
                  CASE WHEN i % 97 = 0 THEN 'failed' ELSE 'succeeded' END, 0, 0, 3, '{"text":"Hello"}', 1,
                  1700000000000 + i
                FROM (\(numbers(200_000))) n
                """)
        }
        if engine == .postgres {
            try await store.database.read { connection in
                try connection.run("SET statement_timeout = 0")
                for table in ["messages", "conversations", "jobs"] {
                    try connection.run("ANALYZE \(raw: table)")
                }
            }
        }
        var times: [String: [Double]] = [:]
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<1500 {
            let number = Int.random(in: 0..<10_000, using: &generator)
            let account = AccountID("acc_\(number)")
            func time(_ name: String, _ body: () async throws -> Bool) async throws {
                let before = ContinuousClock.now
                #expect(try await body())
                times[name, default: []].append(Self.milliseconds(since: before))
            }
            try await time("messages") {
                try await store.messages(in: ConversationID("cnv_\(number)"), account: account)?.items.count
                    == 10
            }
            try await time("conversations") {
                try await store.conversations(account: account).items.count == 10
            }
            try await time("jobs") { try await store.jobs(account: account).items.count == 20 }
            try await time("failed jobs") {
                try await store.jobs(JobFilter(state: .failed), account: account).items.count <= 20
            }
            try await time("one job") { try await store.job(JobID("job_\(number)"), account: account) != nil }
            try await time("a message, begun and failed") {
                guard
                    case .begun(let message, _) = try await store.beginMessage(
                        "hi", in: ConversationID("cnv_\(number + 10_000)"), account: account,
                        quota: Quota(.messages, limit: 100))
                else { return false }
                return try await store.failMessage(
                    message.id, account: account, AvatariumError(.timeout, "x")) != nil
            }
        }
        for (name, times) in times.sorted(by: { $0.key < $1.key }) {
            print("BENCH \(engine): \(name): \(Self.summary(times))")
        }
        await store.close()
    }
}

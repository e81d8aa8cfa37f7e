import AvatariumCore

extension ServiceStore {
    /// How often a waiting task looks by itself, since wake-ups of other processes can be lost.
    private static let pollInterval = Duration.seconds(1)

    /// Waits for a job to change.
    /// - Parameters:
    ///   - version: The version that the caller knows.
    ///   - timeout: The longest wait.
    /// - Returns: The job as soon as its version is higher or it has ended, or unchanged after the timeout; `nil`
    ///   if the account has no such job, or no longer.
    /// - Throws: `CancellationError`; E001 while the database is down.
    public func waitForChange(
        of id: JobID, account: AccountID, after version: Int64, timeout: Duration
    ) async throws -> Job? {
        let end = ContinuousClock.now + timeout
        let watch = wakeUps.watch(.job(id))
        defer { watch.continuation.finish() }
        let timer = Task {
            try await Task.sleep(until: end, clock: .continuous)
            watch.continuation.yield()
        }
        defer { timer.cancel() }
        var wakeUp = watch.stream.makeAsyncIterator()
        while true {
            guard let job = try await job(id, account: account) else { return nil }
            if job.version > version || job.state.isFinal || ContinuousClock.now >= end { return job }
            _ = await wakeUp.next()
            try Task.checkCancellation()
        }
    }

    /// Waits until a job has ended.
    /// - Returns: The job, ended or as it is after the timeout; `nil` if the account has no such job.
    public func waitForEnd(of id: JobID, account: AccountID, timeout: Duration) async throws -> Job? {
        let end = ContinuousClock.now + timeout
        guard var job = try await job(id, account: account) else { return nil }
        while !job.state.isFinal, ContinuousClock.now < end {
            let next = try await waitForChange(
                of: id, account: account, after: job.version, timeout: end - ContinuousClock.now)
            guard let next else { return nil }
            job = next
        }
        return job
    }

    /// Returns the successive states of a job up to its final one. States that change faster than they are read
    /// are skipped, except for the last. Ends early if the job is deleted.
    /// - Parameter version: The last version that the reader has seen; 0 starts with the current state.
    public func changes(
        of id: JobID, account: AccountID, after version: Int64 = 0
    ) -> JobChanges {
        JobChanges(store: self, id: id, account: account, version: version)
    }

    /// Waits until there may be work in a lane: a job was queued, an account may run another job, or a second has
    /// passed. Then call `claim` again.
    /// - Throws: `CancellationError`.
    public func waitForWork(_ lane: Lane, timeout: Duration = .seconds(1)) async throws {
        let watch = wakeUps.watch(.work(lane))
        defer { watch.continuation.finish() }
        let timer = Task {
            try await Task.sleep(for: min(timeout, Self.pollInterval))
            watch.continuation.yield()
        }
        defer { timer.cancel() }
        var wakeUp = watch.stream.makeAsyncIterator()
        _ = await wakeUp.next()
        try Task.checkCancellation()
    }

    /// Looks every second for changes, by other processes, of the jobs that tasks of this process wait for: one
    /// query for all of them.
    func pollingWatchedJobs() async {
        var known: [JobID: Int64] = [:]
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.pollInterval)
            let watched = wakeUps.watchedJobs
            guard !watched.isEmpty else {
                known = [:]
                continue
            }
            // While the database is down nothing is known; the tasks that wait find out by themselves.
            guard let versions = try? await versions(of: watched) else {
                wakeUps.wakeAll()
                continue
            }
            wakeUps.wake(watched.filter { known[$0] == nil || known[$0] != versions[$0] }.map(Topic.job))
            known = versions
        }
    }

    private func versions(of jobs: [JobID]) async throws -> [JobID: Int64] {
        try await database.read { connection in
            var versions: [JobID: Int64] = [:]
            for start in stride(from: 0, to: jobs.count, by: 500) {
                // Always as many parameters, so that the statement is prepared once.
                var names = jobs[start..<min(start + 500, jobs.count)].map(\.rawValue)
                names += Array(repeating: "", count: 500 - names.count)
                for row in try connection.rows("SELECT id, version FROM jobs WHERE id IN \(list: names)") {
                    versions[try row.id("id")] = try row.integer("version")
                }
            }
            return versions
        }
    }
}

/// The changes of a job, as an asynchronous sequence.
public struct JobChanges: AsyncSequence, Sendable {
    let store: ServiceStore
    let id: JobID
    let account: AccountID
    let version: Int64

    public struct Iterator: AsyncIteratorProtocol {
        let changes: JobChanges
        var version: Int64
        var isOver = false

        public mutating func next() async throws -> Job? {
            while !isOver {
                let job = try await changes.store.waitForChange(
                    of: changes.id, account: changes.account, after: version, timeout: .seconds(60))
                guard let job else { return nil }
                isOver = job.state.isFinal
                if job.version > version {
                    version = job.version
                    return job
                }
            }
            return nil
        }
    }

    public func makeAsyncIterator() -> Iterator { Iterator(changes: self, version: version) }
}

import AvatariumCore
import Foundation
import ServiceStore
import Synchronization
import Testing

extension ServiceStore {
    /// Queues one job and gives it back.
    @discardableResult
    func queueOne(
        _ job: NewJob = NewJob(.render, request: "{}"), account: AccountID = "acc_a",
        limits: QueueLimits = QueueLimits(maxRunning: 2)
    ) async throws -> Job {
        let outcome = try await enqueue([job], account: account, limits: limits)
        guard case .queued(let jobs) = outcome else {
            throw AvatariumError(.internalError, "not queued: \(outcome)")
        }
        return jobs[0]
    }

    func claimRender(_ worker: String = "worker") async throws -> ClaimedJob? {
        try await claim(.render, worker: worker)
    }

    /// The job as it is after a worker's answer, which must be accepted.
    @discardableResult
    func end(_ claimed: ClaimedJob, _ outcome: Outcome) async throws -> Job {
        guard case .accepted(let job) = try await finish(claimed.lease, outcome) else {
            throw AvatariumError(.internalError, "the answer was not accepted")
        }
        return job
    }
}

private let done = Outcome.succeeded(result: "{}")
private let mine: AccountID = "acc_a"

/// Who was given what, and how many jobs of an account ran at the same time.
private final class Tally: Sendable {
    private struct State {
        var claimed: [JobID: Int] = [:]
        var running: [AccountID: Int] = [:]
        var most = 0
    }
    private let state = Mutex(State())

    var claims: Int { state.withLock(\.claimed.count) }
    var isEachOnce: Bool { state.withLock { $0.claimed.values.allSatisfy { $0 == 1 } } }
    var most: Int { state.withLock(\.most) }

    func begin(_ job: JobID, of account: AccountID) {
        state.withLock { state in
            state.claimed[job, default: 0] += 1
            let running = state.running[account, default: 0] + 1
            state.running[account] = running
            state.most = max(state.most, running)
        }
    }

    func end(of account: AccountID) { state.withLock { $0.running[account, default: 0] -= 1 } }
}

@Suite struct QueueTests {
    @Test(arguments: Engine.available)
    func `a job goes from queue to worker to success, and its usage is counted once`(_ engine: Engine)
        async throws
    {
        try await withStore(engine) { store, clock in
            let queued = try await store.queueOne(
                NewJob(.render, request: #"{"text":"Grüße"}"#, reference: "r-1", meter: .renders))
            #expect(queued.state == .queued)
            #expect(queued.version == 1)
            let claimed = try #require(try await store.claimRender())
            #expect(claimed.job.id == queued.id)
            #expect(claimed.job.state == .running)
            #expect(claimed.job.attempt == 1)
            #expect(claimed.job.request == #"{"text":"Grüße"}"#)
            #expect(try await store.claimRender() == nil)
            #expect(try await store.heartbeat(claimed.lease, progress: #"{"percent":50}"#) == .goOn)
            let job = try await store.end(
                claimed, .succeeded(result: #"{"frames":10}"#, usage: [.seconds: 3]))
            #expect(job.state == .succeeded)
            #expect(job.result == #"{"frames":10}"#)
            #expect(job.progress == #"{"percent":50}"#)
            #expect(job.finishedAt == clock.now())
            #expect(job.version == 4)
            #expect(try await store.usage(of: mine) == [.renders: 1, .seconds: 3])
            // A second answer under the same lease changes nothing.
            guard case .lost = try await store.finish(claimed.lease, done) else {
                Issue.record("a second answer was accepted")
                return
            }
            #expect(try await store.usage(of: mine) == [.renders: 1, .seconds: 3])
            // The next month starts anew.
            clock.advance(by: .seconds(31 * 86_400))
            #expect(try await store.usage(of: mine) == [:])
        }
    }

    @Test(arguments: Engine.available)
    func `jobs without a meter cost nothing, and so do those that fail or are cancelled`(_ engine: Engine)
        async throws
    {
        try await withStore(engine) { store, _ in
            try await store.queueOne()
            let free = try #require(try await store.claimRender())
            try await store.end(free, .succeeded(result: "{}", usage: [.seconds: 3]))
            for outcome in [Outcome.failed(AvatariumError(.avatarModelInvalid, "no")), .cancelled] {
                try await store.queueOne(NewJob(.render, request: "{}", meter: .renders))
                try await store.end(try #require(try await store.claimRender()), outcome)
            }
            #expect(try await store.usage(of: mine) == [:])
        }
    }

    @Test(arguments: Engine.available)
    func `higher priority goes first, then age; a delayed job waits`(_ engine: Engine) async throws {
        try await withStore(engine) { store, clock in
            let limits = QueueLimits(maxRunning: 10)
            let first = try await store.queueOne(limits: limits)
            let second = try await store.queueOne(limits: limits)
            let urgent = try await store.queueOne(NewJob(.render, request: "{}", priority: 5), limits: limits)
            let later = try await store.queueOne(
                NewJob(.render, request: "{}", priority: 9, delay: .seconds(10)), limits: limits)
            var order: [JobID] = []
            while let claimed = try await store.claimRender() { order.append(claimed.job.id) }
            #expect(order == [urgent.id, first.id, second.id])
            clock.advance(by: .seconds(10))
            #expect(try await store.claimRender()?.job.id == later.id)
            #expect(try await store.claimRender() == nil)
        }
    }

    @Test(arguments: Engine.available)
    func `an account runs no more jobs than it may, in each lane apart`(_ engine: Engine) async throws {
        try await withStore(engine) { store, _ in
            for _ in 0..<3 { try await store.queueOne() }
            try await store.queueOne(NewJob(.webhook, request: "{}"))
            let one = try #require(try await store.claimRender())
            #expect(try await store.claimRender() != nil)
            #expect(try await store.claimRender() == nil)
            #expect(try await store.claim(.webhook, worker: "w") != nil)
            try await store.end(one, done)
            #expect(try await store.claimRender() != nil)
            #expect(try await store.claimRender() == nil)
        }
    }

    @Test(arguments: Engine.available)
    func `a limit that a later job raises takes effect for jobs that wait`(_ engine: Engine) async throws {
        try await withStore(engine) { store, _ in
            for _ in 0..<3 { try await store.queueOne(limits: QueueLimits(maxRunning: 1)) }
            #expect(try await store.claimRender() != nil)
            #expect(try await store.claimRender() == nil)
            try await store.queueOne(limits: QueueLimits(maxRunning: 3))
            #expect(try await store.claimRender() != nil)
            #expect(try await store.claimRender() != nil)
        }
    }

    @Test(arguments: Engine.available)
    func `accounts take turns, whatever one of them has queued`(_ engine: Engine) async throws {
        try await withStore(engine) { store, clock in
            let limits = QueueLimits(maxRunning: 1000)
            let noisy = (0..<300).map { _ in NewJob(.render, request: "{}") }
            _ = try await store.enqueue(noisy, account: "acc_noisy", limits: limits)
            for account in 0..<9 {
                let few = (0..<10).map { _ in NewJob(.render, request: "{}") }
                _ = try await store.enqueue(few, account: AccountID("acc_\(account)"), limits: limits)
            }
            var given: [AccountID: Int] = [:]
            for _ in 0..<100 {
                let claimed = try #require(try await store.claimRender())
                given[claimed.job.account, default: 0] += 1
                clock.advance(by: .milliseconds(1))
            }
            #expect(given.count == 10)
            #expect(given.values.allSatisfy { $0 == 10 })
        }
    }

    @Test(arguments: Engine.available)
    func `an account that queues one job after the other does not get ahead of those that wait`(
        _ engine: Engine
    ) async throws {
        try await withStore(engine) { store, clock in
            let limits = QueueLimits(maxRunning: 100)
            let waiting = (0..<20).map { _ in NewJob(.render, request: "{}") }
            _ = try await store.enqueue(waiting, account: "acc_patient", limits: limits)
            var given: [AccountID: Int] = [:]
            try await store.queueOne(account: "acc_eager", limits: limits)
            for _ in 0..<20 {
                let claimed = try #require(try await store.claimRender())
                given[claimed.job.account, default: 0] += 1
                try await store.end(claimed, done)
                clock.advance(by: .milliseconds(5))
                // Its queue is empty each time before it asks again.
                if claimed.job.account == "acc_eager" {
                    try await store.queueOne(account: "acc_eager", limits: limits)
                }
            }
            #expect(given == ["acc_patient": 10, "acc_eager": 10])
        }
    }

    @Test(arguments: Engine.available)
    func `of many claimers none gets a job twice, and no account runs more than it may`(
        _ engine: Engine
    ) async throws {
        try await withStore(engine, connections: 8) { store, _ in
            let (accounts, each, maxRunning) = (20, 100, 3)
            for account in 0..<accounts {
                let jobs = (0..<each).map { _ in NewJob(.render, request: "{}") }
                let limits = QueueLimits(maxRunning: maxRunning)
                _ = try await store.enqueue(jobs, account: AccountID("acc_\(account)"), limits: limits)
            }
            let tally = Tally()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<16 {
                    group.addTask {
                        while true {
                            guard let claimed = try await store.claimRender("w\(worker)") else {
                                if tally.claims == accounts * each { return }
                                await Task.yield()
                                continue
                            }
                            let account = claimed.job.account
                            tally.begin(claimed.job.id, of: account)
                            await Task.yield()
                            // Counted down first: from the answer on, another may start.
                            tally.end(of: account)
                            try await store.end(claimed, done)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(tally.claims == accounts * each)
            #expect(tally.isEachOnce)
            #expect(tally.most <= maxRunning)
            let depth = try #require(try await store.queueDepths()[.render])
            #expect((depth.queued, depth.running, depth.oldest) == (0, 0, .zero))
        }
    }

    @Test(arguments: Engine.available)
    func `a worker that was silent too long can change nothing any more`(_ engine: Engine) async throws {
        try await withStore(engine) { store, clock in
            let queued = try await store.queueOne(NewJob(.render, request: "{}", meter: .renders))
            let stale = try #require(try await store.claimRender("first"))
            clock.advance(by: .seconds(29))
            #expect(try await store.sweep().requeued.isEmpty)
            #expect(try await store.heartbeat(stale.lease) == .goOn)
            clock.advance(by: .seconds(31))
            let swept = try await store.sweep()
            #expect(swept.requeued == [queued.id])
            #expect(swept.failed.isEmpty)
            let fresh = try #require(try await store.claimRender("second"))
            #expect(fresh.job.id == queued.id)
            #expect(fresh.job.attempt == 2)
            #expect(fresh.lease.token != stale.lease.token)
            let before = try await store.job(queued.id, account: mine)
            #expect(try await store.heartbeat(stale.lease, progress: #"{"percent":99}"#) == .lost)
            for outcome in [done, .failed(AvatariumError(.timeout, "late")), .cancelled, .returned] {
                guard case .lost = try await store.finish(stale.lease, outcome) else {
                    Issue.record("a stale lease was accepted")
                    return
                }
            }
            let after = try await store.job(queued.id, account: mine)
            #expect(after?.version == before?.version)
            #expect(after?.progress == nil)
            #expect(try await store.usage(of: mine) == [:])
            #expect(try await store.end(fresh, done).state == .succeeded)
            #expect(try await store.usage(of: mine) == [.renders: 1])
        }
    }

    @Test(arguments: Engine.available)
    func `a job that two workers lost fails, and a retry gives it all its attempts again`(
        _ engine: Engine
    ) async throws {
        try await withStore(engine) { store, clock in
            let queued = try await store.queueOne(NewJob(.render, request: "{}", maxAttempts: 10))
            for _ in 0..<2 {
                #expect(try await store.claimRender() != nil)
                clock.advance(by: .seconds(31))
                _ = try await store.sweep()
            }
            let failed = try #require(try await store.job(queued.id, account: mine))
            #expect(failed.state == .failed)
            #expect(failed.failure?.code == "E092")
            #expect(failed.failure?.context?["reason"] == "lease_lost")
            #expect(try await store.claimRender() == nil)
            let limits = QueueLimits(maxRunning: 1)
            guard case .queued(let again) = try await store.retry(queued.id, account: mine, limits: limits)
            else {
                Issue.record("not queued again")
                return
            }
            #expect(again.attempt == 0)
            #expect(again.failure == nil)
            #expect(again.expiresAt == nil)
            let claimed = try #require(try await store.claimRender())
            #expect(claimed.job.attempt == 1)
            clock.advance(by: .seconds(31))
            #expect(try await store.sweep().requeued == [queued.id])
            try await store.end(try #require(try await store.claimRender()), done)
            // Over with success: a retry leaves it.
            guard case .unchanged(let kept) = try await store.retry(queued.id, account: mine, limits: limits)
            else {
                Issue.record("a success was queued again")
                return
            }
            #expect(kept.state == .succeeded)
        }
    }

    @Test(arguments: Engine.available)
    func `an error that may pass is tried again after a growing wait, any other is final`(
        _ engine: Engine
    ) async throws {
        try await withStore(engine) { store, clock in
            let queued = try await store.queueOne(NewJob(.render, request: "{}", maxAttempts: 3))
            let passing = AvatariumError(.ttsProviderError, "busy", context: ["provider": "google"])
            for (attempt, wait) in [(1, 2.0), (2, 4.0)] {
                let job = try await store.end(try #require(try await store.claimRender()), .failed(passing))
                #expect(job.state == .queued)
                #expect(job.attempt == attempt)
                #expect(job.failure?.context == ["provider": "google"])
                let pause = job.runAt - clock.now()
                #expect(pause >= .seconds(wait * 0.75) - .milliseconds(1) && pause <= .seconds(wait * 1.25))
                #expect(try await store.claimRender() == nil)
                clock.advance(by: job.runAt - clock.now())
            }
            let last = try await store.end(try #require(try await store.claimRender()), .failed(passing))
            #expect(last.state == .failed)
            #expect(last.failure?.code == "E032")
            #expect(last.failure?.recoverable == true)
            #expect(last.id == queued.id)

            // A wait that the error names is kept.
            try await store.queueOne()
            let told = AvatariumError(.rateLimited, "later", retryAfter: 60_000)
            let delayed = try await store.end(try #require(try await store.claimRender()), .failed(told))
            // E051 is recoverable.
            #expect(delayed.runAt - clock.now() == .seconds(60))

            try await store.queueOne(account: "acc_b")
            let wrong = AvatariumError(.avatarModelInvalid, "no glTF", context: ["pointer": "/meshes/0"])
            let final = try await store.end(try #require(try await store.claimRender()), .failed(wrong))
            #expect(final.state == .failed)
            #expect(final.failure?.context == ["pointer": "/meshes/0"])
        }
    }

    /// A text without words, a recording that is none, a model without its buffer: the contract calls them recoverable, since
    /// they are the caller's to mend, and another try alone ends alike.
    @Test(arguments: Engine.available)
    func `what lies in the request is not tried again, unless the error says when it will have passed`(
        _ engine: Engine
    ) async throws {
        try await withStore(engine) { store, _ in
            for code in [ErrorCode.ttsFailed, .ttsAudioDecodeFailed, .avatarLoadFailed] {
                try await store.queueOne()
                let fault = AvatariumError(code, "nothing in the text can be spoken; give words")
                let job = try await store.end(try #require(try await store.claimRender()), .failed(fault))
                #expect(job.state == .failed && job.attempt == 1, "\(code)")
                #expect(job.failure?.recoverable == true)

                try await store.queueOne()
                let passing = AvatariumError(code, "the answer was incomplete; try again", retryAfter: 1000)
                let again = try await store.end(try #require(try await store.claimRender()), .failed(passing))
                #expect(again.state == .queued && again.attempt == 1, "\(code)")
                _ = try await store.cancel(again.id, account: mine)
            }
        }
    }

    @Test(arguments: Engine.available)
    func `a job that is given back does not count the attempt`(_ engine: Engine) async throws {
        try await withStore(engine) { store, _ in
            try await store.queueOne()
            let job = try await store.end(try #require(try await store.claimRender()), .returned)
            #expect(job.state == .queued)
            #expect(job.attempt == 0)
            #expect(try await store.claimRender()?.job.attempt == 1)
        }
    }

    @Test(arguments: Engine.available)
    func `a queued job is cancelled at once, a running one by its worker`(_ engine: Engine) async throws {
        try await withStore(engine) { store, clock in
            let waiting = try await store.queueOne()
            #expect(try await store.cancel(waiting.id, account: mine)?.state == .cancelled)
            #expect(try await store.claimRender() == nil)
            // Again: the same answer, the same version.
            let again = try await store.cancel(waiting.id, account: mine)
            #expect(again?.state == .cancelled)
            #expect(again?.version == 2)

            for outcome in [
                Outcome.cancelled, .failed(AvatariumError(.timeout, "killed")), .returned,
            ] {
                let job = try await store.queueOne()
                let claimed = try #require(try await store.claimRender())
                let asked = try await store.cancel(job.id, account: mine)
                #expect(asked?.state == .running)
                #expect(asked?.cancelRequested == true)
                #expect(try await store.heartbeat(claimed.lease) == .cancel)
                #expect(try await store.end(claimed, outcome).state == .cancelled)
            }
            // Finished before it heard of it: the clip is there.
            let quick = try await store.queueOne()
            let claimed = try #require(try await store.claimRender())
            _ = try await store.cancel(quick.id, account: mine)
            #expect(try await store.end(claimed, done).state == .succeeded)
            // The worker died with the wish unheard.
            let lost = try await store.queueOne()
            _ = try await store.claimRender()
            _ = try await store.cancel(lost.id, account: mine)
            clock.advance(by: .seconds(31))
            _ = try await store.sweep()
            #expect(try await store.job(lost.id, account: mine)?.state == .cancelled)
        }
    }

    @Test(arguments: Engine.available)
    func `a deadline ends a job that waits, and tells the worker of one that runs`(_ engine: Engine)
        async throws
    {
        try await withStore(engine) { store, clock in
            let job = NewJob(.render, request: "{}", deadline: .seconds(60))
            let limits = QueueLimits(maxRunning: 1)
            try await store.queueOne(job, limits: limits)
            let claimed = try #require(try await store.claimRender())
            let waiting = try await store.queueOne(
                NewJob(.render, request: "{}", deadline: .seconds(60)), limits: limits)
            clock.advance(by: .seconds(20))
            #expect(try await store.heartbeat(claimed.lease) == .goOn)
            #expect(try await store.sweep().failed.isEmpty)
            clock.advance(by: .seconds(20))
            #expect(try await store.heartbeat(claimed.lease) == .goOn)
            clock.advance(by: .seconds(20))
            #expect(try await store.heartbeat(claimed.lease) == .deadlinePassed)
            #expect(try await store.sweep().failed == [waiting.id])
            let failed = try #require(try await store.job(waiting.id, account: mine))
            #expect(failed.state == .failed)
            #expect(failed.failure?.code == "E005")
            // A retry that would come after the deadline is not waited for.
            let late = AvatariumError(.timeout, "the deadline passed")
            #expect(try await store.end(claimed, .failed(late)).state == .failed)
        }
    }

    @Test(arguments: Engine.available)
    func `deleting a running job takes the lease away, and its objects become garbage`(_ engine: Engine)
        async throws
    {
        try await withStore(engine) { store, clock in
            let job = try await store.queueOne()
            let claimed = try #require(try await store.claimRender())
            #expect(try await store.delete(job.id, account: mine))
            #expect(try await store.delete(job.id, account: mine) == false)
            #expect(try await store.job(job.id, account: mine) == nil)
            #expect(try await store.heartbeat(claimed.lease) == .lost)
            guard case .lost = try await store.finish(claimed.lease, done) else {
                Issue.record("the answer to a deleted job was accepted")
                return
            }
            // Not yet: the worker may be writing.
            #expect(try await store.garbage() == [])
            clock.advance(by: .seconds(90))
            #expect(try await store.garbage() == ["accounts/acc_a/jobs/\(job.id)/"])
            try await store.forget(garbage: ["accounts/acc_a/jobs/\(job.id)/"])
            #expect(try await store.garbage() == [])
            // The slot of the account is free again.
            try await store.queueOne()
            try await store.queueOne()
            #expect(try await store.claimRender() != nil)
            #expect(try await store.claimRender() != nil)
        }
    }

    @Test(arguments: Engine.available)
    func `records past their retention are swept, with their objects`(_ engine: Engine) async throws {
        try await withStore(engine) { store, clock in
            let short = try await store.queueOne(NewJob(.render, request: "{}", retention: .seconds(100)))
            let long = try await store.queueOne(NewJob(.render, request: "{}", retention: .seconds(1000)))
            while let claimed = try await store.claimRender() { try await store.end(claimed, done) }
            clock.advance(by: .seconds(99))
            #expect(try await store.sweep().expired == 0)
            clock.advance(by: .seconds(1))
            #expect(try await store.sweep().expired == 1)
            #expect(try await store.job(short.id, account: mine) == nil)
            #expect(try await store.job(long.id, account: mine) != nil)
            clock.advance(by: .seconds(90))
            #expect(try await store.garbage() == [ObjectPrefix.job(short.id, account: mine)])
        }
    }

    @Test(arguments: Engine.available)
    func `a list goes page by page, newest first, and by state and reference`(_ engine: Engine) async throws {
        try await withStore(engine) { store, clock in
            var made: [JobID] = []
            for i in 0..<25 {
                // Several within a millisecond.
                if i.isMultiple(of: 4) { clock.advance(by: .milliseconds(1)) }
                made.append(
                    try await store.queueOne(
                        NewJob(.render, request: "{}", id: .make(at: clock.now()), reference: "r\(i % 3)")
                    ).id)
            }
            try await store.queueOne(NewJob(.webhook, request: "{}"))
            try await store.queueOne(account: "acc_b")
            func all(_ filter: JobFilter, by limit: Int) async throws -> [JobID] {
                var (found, position): ([JobID], PagePosition?) = ([], nil)
                repeat {
                    let page = try await store.jobs(filter, account: mine, after: position, limit: limit)
                    #expect(page.items.count <= limit)
                    found += page.items.map(\.id)
                    position = page.next
                } while position != nil
                return found
            }
            #expect(try await all(JobFilter(), by: 7) == made.reversed())
            #expect(try await all(JobFilter(), by: 25) == made.reversed())
            let references = try await all(JobFilter(reference: "r1"), by: 3)
            #expect(references == made.enumerated().filter { $0.offset % 3 == 1 }.map(\.element).reversed())
            let claimed = try #require(try await store.claimRender())
            #expect(try await all(JobFilter(state: .running), by: 10) == [claimed.job.id])
            #expect(try await all(JobFilter(state: .queued), by: 10).count == 24)
            #expect(try await all(JobFilter(state: .failed, reference: "r1"), by: 10) == [])
            let bounded = try await store.jobs(account: mine, limit: 1_000_000)
            #expect(bounded.items.count == 25)
        }
    }

    @Test(arguments: Engine.available)
    func `the place in the queue counts one's own jobs before it and the turns of others`(
        _ engine: Engine
    ) async throws {
        try await withStore(engine) { store, _ in
            let first = try await store.queueOne()
            let second = try await store.queueOne()
            #expect(try await store.queuePosition(of: first.id, account: mine) == 1)
            #expect(try await store.queuePosition(of: second.id, account: mine) == 2)
            for _ in 0..<5 { try await store.queueOne(account: "acc_b") }
            try await store.queueOne(account: "acc_c")
            // Before its own first: one turn each of b and c; before its second: two of b and the only one of c.
            #expect(try await store.queuePosition(of: first.id, account: mine) == 3)
            #expect(try await store.queuePosition(of: second.id, account: mine) == 5)
            #expect(try await store.queuePosition(of: second.id, account: "acc_b") == nil)
            while try await store.claimRender() != nil {}
            #expect(try await store.queuePosition(of: first.id, account: mine) == nil)
        }
    }

    @Test(arguments: Engine.available)
    func `too many jobs that wait are refused, all or none`(_ engine: Engine) async throws {
        try await withStore(engine) { store, _ in
            let limits = QueueLimits(maxRunning: 1, maxQueued: 3)
            try await store.queueOne(limits: limits)
            let three = (0..<3).map { _ in NewJob(.render, request: "{}") }
            guard
                case .queueFull(let queued, let limit) = try await store.enqueue(
                    three, account: mine, limits: limits)
            else {
                Issue.record("not refused")
                return
            }
            #expect((queued, limit) == (1, 3))
            #expect(try await store.jobs(account: mine).items.count == 1)
            guard case .queued = try await store.enqueue(Array(three[..<2]), account: mine, limits: limits)
            else {
                Issue.record("refused")
                return
            }
        }
    }

    @Test(arguments: Engine.available)
    func `a quota counts jobs on their way, and holds against requests at the same moment`(
        _ engine: Engine
    ) async throws {
        try await withStore(engine) { store, clock in
            let limits = QueueLimits(maxRunning: 9, quota: Quota(.messages, limit: 5))
            let accepted = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        let job = NewJob(.reply, request: "{}", meter: .messages)
                        switch try await store.enqueue([job], account: mine, limits: limits) {
                        case .queued: return true
                        case .overQuota(let used, let limit):
                            #expect((used, limit) == (5, 5))
                            return false
                        default: throw AvatariumError(.internalError, "unexpected")
                        }
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(accepted == 5)
            // A job that fails frees its place.
            try await store.end(
                try #require(try await store.claimRender()),
                .failed(AvatariumError(.avatarModelInvalid, "no")))
            try await store.queueOne(NewJob(.reply, request: "{}", meter: .messages), limits: limits)
            // The caller's own keys cost nothing.
            try await store.queueOne(NewJob(.reply, request: "{}"), limits: limits)
            while let claimed = try await store.claimRender() { try await store.end(claimed, done) }
            #expect(try await store.usage(of: mine) == [.messages: 5])
            guard
                case .overQuota = try await store.enqueue(
                    [NewJob(.reply, request: "{}", meter: .messages)], account: mine, limits: limits)
            else {
                Issue.record("a sixth was accepted")
                return
            }
            clock.advance(by: .seconds(31 * 86_400))
            try await store.queueOne(NewJob(.reply, request: "{}", meter: .messages), limits: limits)
        }
    }
}

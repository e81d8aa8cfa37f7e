import AvatariumCore
import Foundation
import Testing

import ServiceStore

private let request = JSONText(text: #"{"text":"Hello"}"#)
private let limits = QueueLimits(maxRunning: 2)

extension ServiceStore {
    /// Queues one job and gives it back.
    @discardableResult
    func queueOne(
        _ job: NewJob = NewJob(.render, request: JSONText(text: "{}")), account: AccountID = "acc_a",
        limits: QueueLimits = QueueLimits(maxRunning: 2)
    ) async throws -> Job {
        guard case .queued(let jobs) = try await enqueue([job], account: account, limits: limits) else {
            throw AvatariumError(.internalError, "not queued")
        }
        return jobs[0]
    }

    func claimRender(_ worker: String = "w") async throws -> ClaimedJob? {
        try await claim(.render, worker: worker)
    }
}

@Suite struct QueueTests {
    @Test(arguments: Engine.allCases)
    func `a job goes from queue to worker to success, and its usage is counted once`(_ engine: Engine)
        async throws
    {
        try await withStore(engine) { store, clock in
            let queued = try await store.queueOne(
                NewJob(.render, request: request, reference: "r-1", meter: .renders))
            #expect(queued.state == .queued)
            #expect(queued.version == 1)
            let claimed = try #require(try await store.claimRender())
            #expect(claimed.job.id == queued.id)
            #expect(claimed.job.state == .running)
            #expect(claimed.job.attempt == 1)
            #expect(try await store.claimRender() == nil)
            #expect(
                try await store.heartbeat(claimed.lease, progress: JSONText(text: #"{"percent":50}"#))
                    == .goOn)
            let result = JSONText(text: #"{"frames":10}"#)
            guard
                case .accepted(let job) = try await store.finish(
                    claimed.lease, .succeeded(result: result, usage: [.seconds: 3]))
            else {
                Issue.record("the answer was not accepted")
                return
            }
            #expect(job.state == .succeeded)
            #expect(job.result == result)
            #expect(job.progress == JSONText(text: #"{"percent":50}"#))
            #expect(job.finishedAt == clock.now())
            #expect(try await store.usage(of: "acc_a") == [.renders: 1, .seconds: 3])
            // A second answer under the same lease changes nothing.
            guard case .lost = try await store.finish(claimed.lease, .succeeded(result: result)) else {
                Issue.record("a second answer was accepted")
                return
            }
            #expect(try await store.usage(of: "acc_a") == [.renders: 1, .seconds: 3])
        }
    }
}

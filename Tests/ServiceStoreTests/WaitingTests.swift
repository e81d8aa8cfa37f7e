import AvatariumCore
import Foundation
import ServiceStore
import Testing

private let mine: AccountID = "acc_a"

@Suite struct WaitingTests {
    @Test(arguments: Engine.available)
    func `those who wait for a job see its end, and every state is newer than the last`(
        _ engine: Engine
    ) async throws {
        try await withStore(engine) { store, _ in
            let job = try await store.queueOne()
            async let end = store.waitForEnd(of: job.id, account: mine, timeout: .seconds(60))
            async let versions = store.changes(of: job.id, account: mine).reduce(into: [Job]()) {
                $0.append($1)
            }
            let claimed = try #require(try await store.claimRender())
            for percent in 0..<5 {
                _ = try await store.heartbeat(claimed.lease, progress: JSONText(text: "\(percent)"))
                await Task.yield()
            }
            try await store.end(claimed, .succeeded(result: "{}"))
            #expect(try await end?.state == .succeeded)
            let seen = try await versions
            #expect(seen.last?.state == .succeeded)
            #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.version < $1.version })
        }
    }

    @Test(arguments: Engine.available)
    func `waiting ends when the time is up, when the job is deleted, and when it is cancelled`(
        _ engine: Engine
    ) async throws {
        try await withStore(engine) { store, _ in
            let job = try await store.queueOne()
            let same = try await store.waitForChange(
                of: job.id, account: mine, after: job.version, timeout: .milliseconds(20))
            #expect(same?.version == job.version)
            #expect(try await store.waitForEnd(of: job.id, account: "acc_b", timeout: .seconds(60)) == nil)

            let waiting = Task {
                try await store.waitForEnd(of: job.id, account: mine, timeout: .seconds(600))
            }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }

            async let end = store.waitForEnd(of: job.id, account: mine, timeout: .seconds(60))
            #expect(try await store.delete(job.id, account: mine))
            #expect(try await end == nil)
        }
    }

    @Test(arguments: Engine.available)
    func `a worker that waits is woken by new work`(_ engine: Engine) async throws {
        try await withStore(engine) { store, _ in
            let worker = Task { () -> JobID in
                while true {
                    if let claimed = try await store.claimRender() { return claimed.job.id }
                    try await store.waitForWork(.render)
                }
            }
            let job = try await store.queueOne()
            #expect(try await worker.value == job.id)
        }
    }

    @Test(Engine.needsPostgres)
    func `a process hears of what another did to the same database`() async throws {
        let database = try TestDatabase(.postgres)
        let (here, there) = (try await database.open(), try await database.open())
        let worker = Task { () -> ClaimedJob in
            while true {
                if let claimed = try await there.claimRender() { return claimed }
                try await there.waitForWork(.render)
            }
        }
        let job = try await here.queueOne()
        let claimed = try await worker.value
        #expect(claimed.job.id == job.id)
        // Progress is not notified; it is found by polling.
        async let changed = here.waitForChange(of: job.id, account: mine, after: 2, timeout: .seconds(60))
        #expect(try await there.heartbeat(claimed.lease, progress: "1") == .goOn)
        #expect(try await changed?.version == 3)
        async let end = here.waitForEnd(of: job.id, account: mine, timeout: .seconds(60))
        try await there.end(claimed, .succeeded(result: "{}"))
        #expect(try await end?.state == .succeeded)
        await here.close()
        await there.close()
    }
}

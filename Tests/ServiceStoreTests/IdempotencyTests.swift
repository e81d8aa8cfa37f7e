import AvatariumCore
import Foundation
import ServiceStore
import Testing

private let limits = QueueLimits(maxRunning: 2)
private let mine: AccountID = "acc_a"

private func key(_ key: String, _ fingerprint: String = "f") -> Idempotency<[Job]> {
    Idempotency(key: key, fingerprint: fingerprint) { jobs in
        StoredAnswer(#"{"id":"\#(jobs[0].id)"}"#)
    }
}

@Suite struct IdempotencyTests {
    @Test(arguments: Engine.available)
    func `a request with a known key is answered as the first time, another one is refused`(
        _ engine: Engine
    ) async throws {
        try await withStore(engine) { store, clock in
            func enqueue(_ idempotency: Idempotency<[Job]>, account: AccountID = mine) async throws
                -> Enqueued
            {
                try await store.enqueue(
                    [NewJob(.render, request: "{}")], account: account, limits: limits,
                    idempotency: idempotency)
            }
            #expect(try await store.earlierAnswer(key: "k", fingerprint: "f", account: mine) == nil)
            guard case .queued(let jobs) = try await enqueue(key("k")) else {
                Issue.record("the first request was not queued")
                return
            }
            let answer = StoredAnswer(#"{"id":"\#(jobs[0].id)"}"#)
            guard case .replayed(answer) = try await enqueue(key("k")) else {
                Issue.record("the second request was not replayed")
                return
            }
            guard
                case .replayed(answer)? = try await store.earlierAnswer(
                    key: "k", fingerprint: "f", account: mine)
            else {
                Issue.record("the answer is not found")
                return
            }
            guard case .mismatch = try await enqueue(key("k", "other")) else {
                Issue.record("another request was accepted under the key")
                return
            }
            // Another account's key is another key.
            guard case .queued = try await enqueue(key("k"), account: "acc_b") else {
                Issue.record("another account was given the answer")
                return
            }
            #expect(try await store.jobs(account: mine).items.count == 1)
            // After a day the key is new, whether it was swept or not.
            clock.advance(by: .seconds(86_400))
            guard case .queued = try await enqueue(key("k", "other")) else {
                Issue.record("a key was kept too long")
                return
            }
            #expect(try await store.sweep().cleared >= 1)
        }
    }

    @Test(arguments: Engine.available)
    func `of twins at the same moment one is queued and the others get its answer`(_ engine: Engine)
        async throws
    {
        try await withStore(engine, connections: 8) { store, _ in
            for round in 0..<10 {
                let outcomes = try await withThrowingTaskGroup(of: Enqueued.self) { group in
                    for _ in 0..<8 {
                        group.addTask {
                            try await store.enqueue(
                                [NewJob(.render, request: "{}")], account: mine, limits: limits,
                                idempotency: key("k\(round)"))
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                let queued = outcomes.compactMap {
                    if case .queued(let jobs) = $0 { jobs[0].id } else { nil }
                }
                let replayed = outcomes.compactMap {
                    if case .replayed(let answer) = $0 { answer } else { nil }
                }
                #expect(queued.count == 1)
                #expect(replayed.count == 7)
                #expect(Set(replayed.map(\.body)) == [#"{"id":"\#(queued[0])"}"#])
            }
        }
    }

    @Test(arguments: Engine.available)
    func `a refusal is not stored, so the same key may succeed later`(_ engine: Engine) async throws {
        try await withStore(engine) { store, _ in
            let full = QueueLimits(maxRunning: 1, maxQueued: 0)
            let refused = try await store.enqueue(
                [NewJob(.render, request: "{}")], account: mine, limits: full, idempotency: key("k"))
            guard case .queueFull = refused else {
                Issue.record("not refused")
                return
            }
            let accepted = try await store.enqueue(
                [NewJob(.render, request: "{}")], account: mine, limits: limits, idempotency: key("k"))
            guard case .queued = accepted else {
                Issue.record("the refusal was stored")
                return
            }
        }
    }
}

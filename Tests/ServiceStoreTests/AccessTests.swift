import AvatariumCore
import Foundation
import ServiceStore
import Testing

private let mine: AccountID = "acc_a"

@Suite struct APIKeyTests {
    @Test func `a key's text is checked without a database`() throws {
        for mode in APIKeyMode.allCases {
            let key = APIKeyText.make(mode)
            #expect(key.text.utf8.count == 46)
            #expect(key.text.hasPrefix("av_\(mode.rawValue)_"))
            #expect(APIKeyText(key.text) == key)
            // Any one character changed, left out or added is noticed.
            var bytes = Array(key.text.utf8)
            for i in bytes.indices {
                let byte = bytes[i]
                bytes[i] = byte == UInt8(ascii: "x") ? UInt8(ascii: "y") : UInt8(ascii: "x")
                #expect(APIKeyText(String(decoding: bytes, as: UTF8.self)) == nil)
                bytes[i] = byte
            }
            #expect(APIKeyText(String(key.text.dropLast())) == nil)
            #expect(APIKeyText(key.text + "0") == nil)
            #expect(APIKeyText(key.text.uppercased()) == nil)
        }
        #expect(APIKeyText("") == nil)
        #expect(APIKeyText(String(repeating: "é", count: 23)) == nil)
        #expect(Set((0..<1000).map { _ in APIKeyText.make(.live).text }).count == 1000)
    }

    @Test func `the check sum is the CRC-32 of zip and PNG`() {
        // The check value of the catalogue of CRC algorithms, CRC-32/ISO-HDLC.
        #expect(APIKeyText.crc32("123456789".utf8) == 0xCBF4_3926)
    }

    @Test(arguments: Engine.available)
    func `a key is found by its text alone, until it is revoked or expires`(_ engine: Engine) async throws {
        try await withStore(engine) { store, clock in
            let account = try #require(try await store.createAccount(slug: "acme", plan: "free"))
            let made = try await store.createKey(
                NewAPIKey(
                    name: "ci", mode: .test, scopes: [.renders, .avatars],
                    expiresAt: clock.now() + .seconds(600)),
                account: account.id)
            #expect(made.text.text.hasPrefix(made.key.prefix))
            #expect(made.text.text.hasSuffix(made.key.last4))
            guard case .valid(let key, let owner) = try await store.check(key: made.text.text) else {
                Issue.record("the key is not found")
                return
            }
            #expect(key.id == made.key.id)
            #expect(owner.id == account.id)
            #expect(key.mode == .test)
            #expect(key.allows(.renders))
            #expect(!key.allows(.admin))
            // Its use is noted, once a minute.
            let first = clock.now()
            for wait in [0, 30, 29] {
                clock.advance(by: .seconds(wait))
                _ = try await store.check(key: made.text.text)
                #expect(try await store.keys(account: account.id).items[0].lastUsedAt == first)
            }
            clock.advance(by: .seconds(1))
            _ = try await store.check(key: made.text.text)
            #expect(try await store.keys(account: account.id).items[0].lastUsedAt == clock.now())
            // The text itself is nowhere.
            let rows = try await store.database.read { try $0.rows("SELECT * FROM api_keys") }
            #expect(!"\(rows)".contains(made.text.text))

            guard case .malformed = try await store.check(key: made.text.text + "x") else {
                Issue.record("a mistyped key is not noticed")
                return
            }
            guard case .unknown = try await store.check(key: APIKeyText.make(.test).text) else {
                Issue.record("an unknown key is not refused")
                return
            }
            clock.advance(by: .seconds(540))
            guard case .expired(let expired) = try await store.check(key: made.text.text) else {
                Issue.record("an expired key is accepted")
                return
            }
            #expect(expired.id == key.id)

            let other = try await store.createKey(NewAPIKey(name: "", scopes: [.admin]), account: account.id)
            #expect(try await store.revokeKey(other.key.id, account: mine) == false)
            #expect(try await store.revokeKey(other.key.id, account: account.id))
            guard case .unknown = try await store.check(key: other.text.text) else {
                Issue.record("a revoked key is accepted")
                return
            }
            #expect(try await store.keys(account: account.id).items.map(\.id) == [other.key.id, key.id])
        }
    }

    @Test(arguments: Engine.available)
    func `the first start makes one key, however many processes start together`(_ engine: Engine) async throws
    {
        try await withStore(engine) { store, _ in
            let made = try await withThrowingTaskGroup(of: CreatedAPIKey?.self) { group in
                for _ in 0..<4 { group.addTask { try await store.bootstrap(plan: "unlimited") } }
                return try await group.reduce(into: [CreatedAPIKey]()) { if let key = $1 { $0.append(key) } }
            }
            #expect(made.count == 1)
            guard case .valid(let key, let account) = try await store.check(key: made[0].text.text) else {
                Issue.record("the first key does not work")
                return
            }
            #expect(key.allows("anything"))
            #expect(account.slug == "admin")
            #expect(try await store.bootstrap(plan: "unlimited") == nil)
        }
    }
}

@Suite struct RateLimitTests {
    @Test(arguments: Engine.available)
    func `a minute's requests pass at once, and then one a second`(_ engine: Engine) async throws {
        try await withStore(engine) { store, clock in
            let limit = RateLimit(60, per: .seconds(60))
            var passed = 0
            for i in 0..<100 {
                let decision = try await store.take("k", limit)
                #expect(decision.limit == 60)
                #expect(decision.remaining == max(0, 59 - i))
                #expect(decision.isAllowed == (i < 60))
                #expect(decision.retryAfterSeconds == (i < 60 ? nil : 1))
                #expect(decision.resetAt - clock.now() == .seconds(min(i + 1, 60)))
                passed += decision.isAllowed ? 1 : 0
            }
            #expect(passed == 60)
            // Another key has a limit of its own.
            #expect(try await store.take("other", limit).isAllowed)
            clock.advance(by: .milliseconds(999))
            #expect(try await store.take("k", limit).isAllowed == false)
            clock.advance(by: .milliseconds(1))
            #expect(try await store.take("k", limit).isAllowed)
            #expect(try await store.take("k", limit).isAllowed == false)
            clock.advance(by: .seconds(3600))
            #expect(try await store.take("k", limit).remaining == 59)
        }
    }

    @Test(arguments: Engine.available)
    func `the database and the memory of a process decide alike`(_ engine: Engine) async throws {
        try await withStore(engine) { store, clock in
            let local = LocalRateLimits(clock: { clock.now() })
            var generator = SeededGenerator(seed: 7)
            for _ in 0..<400 {
                let limit = [
                    RateLimit(3, per: .seconds(300)), RateLimit(7, per: .seconds(60)),
                    RateLimit(100, per: .seconds(1)),
                ].randomElement(using: &generator)!
                let cost = Int.random(in: 1...4, using: &generator)
                let key = "\(limit.limit)-\(Int.random(in: 0...1, using: &generator))"
                let here = local.take(key, limit, cost: cost)
                let there = try await store.take(key, limit, cost: cost)
                #expect(there == here)
                clock.advance(by: .milliseconds(Int.random(in: 0...20_000, using: &generator)))
            }
        }
    }

    @Test(arguments: Engine.available)
    func `requests at the same moment do not pass together`(_ engine: Engine) async throws {
        try await withStore(engine, connections: 8) { store, _ in
            let limit = RateLimit(10, per: .seconds(60))
            let passed = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<40 { group.addTask { try await store.take("k", limit).isAllowed } }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(passed == 10)
        }
    }

    @Test(arguments: Engine.available)
    func `limits that are whole again are swept`(_ engine: Engine) async throws {
        try await withStore(engine) { store, clock in
            _ = try await store.take("k", RateLimit(10, per: .seconds(10)))
            #expect(try await store.sweep().cleared == 0)
            clock.advance(by: .seconds(1))
            #expect(try await store.sweep().cleared == 1)
        }
    }

    @Test(arguments: Engine.available)
    func `never more attempts than the limit in any window, however they are spread`(_ engine: Engine)
        async throws
    {
        try await withStore(engine, connections: 8) { store, clock in
            let limit = RateLimit(10, per: .seconds(60))
            // One every five seconds: a rate of twelve a minute, of which `take` would let all pass.
            var passed: [Int] = []
            for second in stride(from: 0, to: 180, by: 5) {
                if try await store.attempt("login:a", limit).isAllowed { passed.append(second) }
                clock.advance(by: .seconds(5))
            }
            for start in 0..<180 { #expect(passed.count { (start..<start + 60).contains($0) } <= 10) }
            #expect(passed.count == 30)
            #expect(try await store.attempt("login:b", limit).isAllowed)
            for _ in 0..<9 { _ = try await store.attempt("login:b", limit) }
            let refused = try await store.attempt("login:b", limit)
            #expect(!refused.isAllowed)
            #expect(refused.remaining == 0)
            #expect(refused.retryAfterSeconds == 60)
            // At the same moment too.
            let together = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<40 { group.addTask { try await store.attempt("login:c", limit).isAllowed } }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(together == 10)
            clock.advance(by: .seconds(2 * 3600))
            #expect(try await store.sweep().cleared > 0)
        }
    }

    @Test func `the memory of a process is bounded`() {
        let clock = TestClock()
        let local = LocalRateLimits(capacity: 100, clock: { clock.now() })
        let limit = RateLimit(1, per: .seconds(60))
        for i in 0..<1000 { #expect(local.take("k\(i)", limit).isAllowed) }
        #expect(local.count <= 100)
    }
}

import AvatariumCore
import Foundation
import ServiceStore
import Testing

private let mine: AccountID = "acc_a"

extension ServiceStore {
    fileprivate func createAvatar(
        _ slug: String, id: AvatarID = .make(), account: AccountID, limit: Int
    ) async throws -> AvatarCreated {
        try await createAvatar(
            id: id, slug: slug, name: slug.uppercased(), report: "{}", bytes: 10, sha256: "ab",
            account: account, limit: limit)
    }

    fileprivate func createUpload(_ bytes: Int64, limit: Int64 = 100) async throws -> UploadCreated {
        try await createUpload(
            kind: .audio, contentType: "audio/wav", bytes: bytes, sha256: "ab", account: mine, limit: limit)
    }

    fileprivate func make(_ slug: String, account: AccountID = mine) async throws -> Avatar {
        guard case .created(let made) = try await createAvatar(slug, account: account, limit: 100)
        else { throw AvatariumError(.internalError, "not made") }
        return made
    }
}

@Suite struct AvatarTests {
    @Test(arguments: Engine.available)
    func `an avatar is found by identifier and slug, changed and deleted`(_ engine: Engine) async throws {
        try await withStore(engine) { store, clock in
            let ada = try await store.make("ada")
            let bob = try await store.make("bob")
            #expect(try await store.avatar("ada", account: mine)?.id == ada.id)
            #expect(try await store.avatar(ada.id.rawValue, account: mine)?.slug == "ada")
            guard case .slugTaken = try await store.createAvatar("ada", account: mine, limit: 9) else {
                Issue.record("a slug was given twice")
                return
            }
            // Another account has slugs of its own.
            _ = try await store.make("ada", account: "acc_b")
            guard
                case .slugTaken = try await store.updateAvatar(
                    bob.id, account: mine, AvatarChanges(slug: "ada"))
            else {
                Issue.record("a slug was given twice")
                return
            }
            guard
                case .updated(let changed) = try await store.updateAvatar(
                    bob.id, account: mine,
                    AvatarChanges(
                        slug: "bob-2", name: "Bob", isPublic: true, settings: #"{"persona":"kind"}"#))
            else {
                Issue.record("not changed")
                return
            }
            #expect(changed.slug == "bob-2")
            #expect(changed.isPublic)
            #expect(changed.settings == #"{"persona":"kind"}"#)
            #expect(try await store.avatars(account: mine, publicOnly: true).items.map(\.id) == [bob.id])
            #expect(try await store.avatars(account: mine).items.map(\.id) == [bob.id, ada.id])
            #expect(try await store.deleteAvatar(ada.id, account: mine))
            #expect(try await store.avatar("ada", account: mine) == nil)
            clock.advance(by: .seconds(90))
            #expect(try await store.garbage() == [ObjectPrefix.avatar(ada.id, account: mine)])
        }
    }

    @Test(arguments: ["", "ab", "Ada", "a b", "ä-ö-ü", "a_b_c", String(repeating: "a", count: 51), "a\u{0}b"])
    func `a slug that breaks the rules is refused`(_ slug: String) async throws {
        try await withStore(.sqlite) { store, _ in
            #expect(
                await code { _ = try await store.createAvatar(slug, account: mine, limit: 9) } == "E093")
            #expect(await code { _ = try await store.createAccount(slug: slug, plan: "free") } == "E093")
        }
    }

    @Test(arguments: ["abc", "a-1", "---", String(repeating: "a", count: 50)])
    func `a slug that keeps the rules is accepted`(_ slug: String) { #expect(Slug.isValid(slug)) }

    @Test(arguments: Engine.available)
    func `no more avatars than the plan allows, at the same moment either`(_ engine: Engine) async throws {
        try await withStore(engine, connections: 8) { store, _ in
            let made = try await withThrowingTaskGroup(of: Bool.self) { group in
                for i in 0..<12 {
                    group.addTask {
                        switch try await store.createAvatar("slug-\(i)", account: mine, limit: 5) {
                        case .created: return true
                        case .limitReached(5): return false
                        default: throw AvatariumError(.internalError, "unexpected")
                        }
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(made == 5)
            #expect(try await store.avatarCount(account: mine) == 5)
        }
    }

    @Test(arguments: Engine.available)
    func `the second crash quarantines an avatar`(_ engine: Engine) async throws {
        try await withStore(engine) { store, _ in
            let ada = try await store.make("ada")
            #expect(try await store.noteCrash(of: ada.id, account: mine)?.state == .ready)
            let second = try await store.noteCrash(of: ada.id, account: mine)
            #expect(second?.state == .quarantined)
            #expect(second?.crashes == 2)
        }
    }
}

@Suite struct UploadTests {
    @Test(arguments: Engine.available)
    func `an upload is kept for a day, or as long as it is held`(_ engine: Engine) async throws {
        try await withStore(engine) { store, clock in
            var made: [Upload] = []
            for _ in 0..<2 {
                guard
                    case .created(let upload) = try await store.createUpload(10)
                else {
                    Issue.record("not made")
                    return
                }
                made.append(upload)
            }
            let missing = try await store.holdUploads(
                [made[1].id, "upl_none"], account: mine, for: .seconds(2 * 86_400))
            #expect(missing == ["upl_none"])
            #expect(try await store.holdUploads([made[1].id], account: "acc_b", for: .seconds(1)).count == 1)
            clock.advance(by: .seconds(86_400))
            // Past its time it is not found, swept or not.
            #expect(try await store.upload(made[0].id, account: mine) == nil)
            #expect(try await store.upload(made[1].id, account: mine)?.bytes == 10)
            #expect(try await store.sweep().expired == 1)
            // A shorter hold takes nothing away.
            #expect(try await store.holdUploads([made[1].id], account: mine, for: .seconds(1)) == [])
            clock.advance(by: .seconds(3600))
            #expect(try await store.upload(made[1].id, account: mine) != nil)
            #expect(try await store.deleteUpload(made[1].id, account: mine))
            #expect(try await store.upload(made[1].id, account: mine) == nil)
            clock.advance(by: .seconds(90))
            #expect(
                Set(try await store.garbage()) == Set(made.map { ObjectPrefix.upload($0.id, account: mine) }))
        }
    }

    @Test(arguments: Engine.available)
    func `an account's uploads are bounded together`(_ engine: Engine) async throws {
        try await withStore(engine) { store, clock in
            guard case .created = try await store.createUpload(60),
                case .overLimit(60, 100) = try await store.createUpload(41),
                case .created = try await store.createUpload(40)
            else {
                Issue.record("the bound is not kept")
                return
            }
            clock.advance(by: .seconds(86_400))
            guard case .created = try await store.createUpload(100) else {
                Issue.record("what is past its time counts")
                return
            }
        }
    }
}

@Suite struct ObjectRecordTests {
    @Test(arguments: Engine.available)
    func `objects whose record never came are garbage, and those with one are not`(_ engine: Engine)
        async throws
    {
        try await withStore(engine) { store, clock in
            let (kept, lost) = (AvatarID.make(), AvatarID.make())
            for id in [kept, lost] {
                try await store.expectRecord(of: ObjectPrefix.avatar(id, account: mine))
            }
            guard case .created = try await store.createAvatar("ada", id: kept, account: mine, limit: 9)
            else {
                Issue.record("not made")
                return
            }
            #expect(try await store.garbage().isEmpty)
            clock.advance(by: store.policy.records)
            #expect(try await store.garbage() == [ObjectPrefix.avatar(lost, account: mine)])
        }
    }

    @Test(arguments: Engine.available)
    func `what an attempt stored without success is garbage by its token`(_ engine: Engine) async throws {
        try await withStore(engine) { store, clock in
            let job = try await store.queueOne()
            let lost = try #require(try await store.claimRender())
            clock.advance(by: store.policy.lease + .seconds(1))
            #expect(try await store.sweep().requeued == [job.id])
            let failed = try #require(try await store.claimRender())
            try await store.end(failed, .failed(AvatariumError(.timeout, "late")))
            clock.advance(by: .seconds(10))
            let made = try #require(try await store.claimRender())
            try await store.end(made, .succeeded(result: "{}"))
            clock.advance(by: store.policy.garbage)
            let prefix = ObjectPrefix.job(job.id, account: job.account)
            #expect(
                Set(try await store.garbage()) == [prefix + lost.lease.token, prefix + failed.lease.token])
        }
    }
}

@Suite struct SealedSecretTests {
    private static func key(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: 32) }

    @Test(arguments: Engine.available)
    func `secrets of webhooks are sealed in the database, old ones too, and open again`(_ engine: Engine)
        async throws
    {
        try await withStore(engine) { plain, _ in
            func create(_ store: ServiceStore) async throws -> WebhookEndpoint {
                guard
                    case .created(let made) = try await store.createWebhookEndpoint(
                        url: "https://example.org/", events: ["*"], account: mine)
                else { throw AvatariumError(.internalError, "not made") }
                return made
            }
            func stored(_ store: ServiceStore) async throws -> String {
                try await store.database.read { connection in
                    try connection.rows("SELECT secret, previous_secret FROM webhook_endpoints").map {
                        try $0.text("secret") + (try $0.textOrNil("previous_secret") ?? "")
                    }.joined()
                        + connection.rows("SELECT webhook_secret FROM accounts").map {
                            try $0.text("webhook_secret")
                        }.joined()
                }
            }
            _ = try await plain.createAccount(slug: "before", plan: "free")
            let old = try await create(plain)
            #expect(old.secret.hasPrefix("whsec_"))
            #expect(try await stored(plain).contains(old.secret))
            let store = try await plain.sealingSecrets(with: try MasterKey(Self.key(1)))
            _ = try await store.createAccount(slug: "after", plan: "free")
            let new = try await create(store)
            let rotated = try #require(try await store.rotateWebhookSecret(old.id, account: mine))
            #expect(rotated.previousSecret == old.secret)
            #expect(try await store.webhookEndpoint(old.id, account: mine)?.secret == rotated.secret)
            #expect(try await store.webhookEndpoints(account: mine).items.map(\.secret).contains(new.secret))
            #expect(!(try await stored(store)).contains("whsec_"))
            // No store opens with another master key than the one that sealed.
            let other = await #expect(throws: AvatariumError.self) {
                _ = try await store.sealingSecrets(with: MasterKey(Self.key(2)))
            }
            #expect(other?.code == .invalidConfig)
            // A newer master key seals them anew; with the old one alone they do not open.
            let both = try MasterKey(Self.key(2), replacing: Self.key(1))
            let newer = try await store.sealingSecrets(with: both)
            #expect(try await newer.webhookEndpoint(old.id, account: mine)?.secret == rotated.secret)
            let error = await #expect(throws: AvatariumError.self) {
                _ = try await store.webhookEndpoint(old.id, account: mine)
            }
            #expect(error?.code == .invalidConfig)
        }
    }
}

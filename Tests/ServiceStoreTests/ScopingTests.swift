import AvatariumCore
import Foundation
import ServiceStore
import Synchronization
import Testing

/// One of everything in one account.
private struct Belongings {
    var queued: JobID
    var failed: JobID
    var key: APIKeyID
    var avatar: AvatarID
    var upload: UploadID
    var endpoint: WebhookEndpointID
    var delivery: WebhookDeliveryID
    var user: UserID
    var login: LoginID
    var session: SessionID
    var conversation: ConversationID
    var message: MessageID

    init(in store: ServiceStore, of account: AccountID) async throws {
        failed = try await store.queueOne(account: account).id
        try await store.end(
            try #require(try await store.claimRender()), .failed(AvatariumError(.avatarModelInvalid, "no")))
        queued = try await store.queueOne(
            NewJob(.render, request: "{}", reference: "r", meter: .renders), account: account
        ).id
        key = try await store.createKey(NewAPIKey(name: "k", scopes: []), account: account).key.id
        guard
            case .created(let avatar) = try await store.createAvatar(
                slug: "ada", name: "Ada", report: "{}", bytes: 1, sha256: "", account: account, limit: 9),
            case .created(let upload) = try await store.createUpload(
                kind: .audio, contentType: "audio/wav", bytes: 1, sha256: "", account: account, limit: 9),
            case .created(let endpoint) = try await store.createWebhookEndpoint(
                url: "https://example.org", events: ["*"], account: account),
            case .created(let other, let user) = try await store.signUp(
                slug: "slug-\(account.rawValue.suffix(1))", email: "\(account)@example.org",
                passwordHash: nil,
                plan: "free")
        else { throw AvatariumError(.internalError, "not made") }
        self.avatar = avatar.id
        self.upload = upload.id
        self.endpoint = endpoint.id
        delivery = try #require(try await store.testWebhookEndpoint(endpoint.id, account: account)).id
        self.user = user.id
        login = try await store.logIn(user.id, account: other.id).login.id
        session = try await store.createSession(avatar: "ada", settings: "{}", account: account).id
        conversation = try #require(try await store.createConversation(session: session, account: account)).id
        guard
            case .begun(let message, _) = try await store.beginMessage(
                "hi", in: conversation, account: account)
        else { throw AvatariumError(.internalError, "not begun") }
        self.message = message.id
        let master = try MasterKey([UInt8](repeating: 1, count: 32))
        _ = try await store.setProviderKey(
            "secret-secret", provider: "openai", account: account, masterKey: master)
    }
}

@Suite struct ScopingTests {
    @Test(arguments: Engine.available)
    func `no method finds or changes anything of another account`(_ engine: Engine) async throws {
        try await withStore(engine) { store, _ in
            let it = try await Belongings(in: store, of: "acc_a")
            let before = try await dump(store)
            let (b, limits): (AccountID, QueueLimits) = ("acc_b", QueueLimits(maxRunning: 9))
            let master = try MasterKey([UInt8](repeating: 1, count: 32))

            #expect(try await store.job(it.queued, account: b) == nil)
            #expect(try await store.jobs(account: b).items.isEmpty)
            #expect(try await store.jobs(JobFilter(state: .queued, reference: "r"), account: b).items.isEmpty)
            #expect(try await store.queuePosition(of: it.queued, account: b) == nil)
            #expect(try await store.cancel(it.queued, account: b) == nil)
            guard case .notFound = try await store.retry(it.failed, account: b, limits: limits) else {
                Issue.record("another account's job was retried")
                return
            }
            #expect(try await store.delete(it.queued, account: b) == false)
            #expect(
                try await store.waitForChange(of: it.queued, account: b, after: 0, timeout: .seconds(9))
                    == nil)
            #expect(try await store.waitForEnd(of: it.queued, account: b, timeout: .seconds(9)) == nil)
            for try await _ in store.changes(of: it.queued, account: b) { Issue.record("a change was told") }
            #expect(try await store.usage(of: b) == [:])

            #expect(try await store.keys(account: b).items.isEmpty)
            #expect(try await store.revokeKey(it.key, account: b) == false)
            #expect(try await store.user(it.user, account: b) == nil)
            #expect(
                try await store.setPassword(hash: "h", of: it.user, account: b, endingLogins: KeptLogin(nil))
                    == false)
            #expect(try await store.link(issuer: "i", subject: "s", to: it.user, account: b) == false)
            #expect(try await store.isActive(it.login, account: b) == false)
            #expect(try await store.key(it.key, account: b) == nil)
            #expect(try await store.logOut(it.login, account: b) == false)
            #expect(try await store.providerKeys(account: b).isEmpty)
            #expect(try await store.openProviderKey("openai", account: b, masterKey: master) == nil)
            #expect(try await store.deleteProviderKey("openai", account: b) == false)

            #expect(try await store.avatar("ada", account: b) == nil)
            #expect(try await store.avatar(it.avatar.rawValue, account: b) == nil)
            #expect(try await store.avatars(account: b).items.isEmpty)
            #expect(try await store.avatarCount(account: b) == 0)
            guard
                case .notFound = try await store.updateAvatar(it.avatar, account: b, AvatarChanges(name: "x"))
            else {
                Issue.record("another account's avatar was changed")
                return
            }
            #expect(try await store.noteCrash(of: it.avatar, account: b) == nil)
            #expect(try await store.deleteAvatar(it.avatar, account: b) == false)
            #expect(try await store.upload(it.upload, account: b) == nil)
            #expect(try await store.holdUploads([it.upload], account: b, for: .seconds(1e6)) == [it.upload])
            #expect(try await store.deleteUpload(it.upload, account: b) == false)

            #expect(try await store.webhookEndpoint(it.endpoint, account: b) == nil)
            #expect(try await store.webhookEndpoints(account: b).items.isEmpty)
            #expect(
                try await store.updateWebhookEndpoint(
                    it.endpoint, account: b, WebhookEndpointChanges(url: "https://evil.example")) == nil)
            #expect(try await store.rotateWebhookSecret(it.endpoint, account: b) == nil)
            #expect(try await store.testWebhookEndpoint(it.endpoint, account: b) == nil)
            #expect(try await store.webhookDeliveries(of: it.endpoint, account: b).items.isEmpty)
            #expect(try await store.replayDelivery(it.delivery, account: b) == nil)
            #expect(try await store.deleteWebhookEndpoint(it.endpoint, account: b) == false)

            #expect(try await store.session(it.session, account: b) == nil)
            #expect(try await store.deleteSession(it.session, account: b) == false)
            #expect(try await store.createConversation(session: it.session, account: b) == nil)
            #expect(try await store.conversation(it.conversation, account: b) == nil)
            #expect(try await store.conversations(account: b).items.isEmpty)
            #expect(try await store.messages(in: it.conversation, account: b) == nil)
            guard case .notFound = try await store.beginMessage("x", in: it.conversation, account: b) else {
                Issue.record("another account's conversation took a message")
                return
            }
            #expect(
                try await store.finishMessage(it.message, account: b, reply: "x", meter: .messages) == nil)
            #expect(try await store.failMessage(it.message, account: b, AvatariumError(.timeout, "x")) == nil)
            #expect(try await store.endConversation(it.conversation, account: b) == nil)
            #expect(try await store.deleteConversation(it.conversation, account: b) == false)

            #expect(try await dump(store) == before)
        }
    }

    /// Every row of the tables that hold accounts' data.
    private func dump(_ store: ServiceStore) async throws -> [String] {
        try await store.database.read { connection in
            try Self.tables.flatMap { table in
                try connection.rows("SELECT * FROM \(raw: table)").map { "\(table) \($0.values)" }
            }.sorted()
        }
    }

    static let tables = [
        "jobs", "ready_accounts", "idempotency", "usage", "garbage", "api_keys", "avatars", "uploads",
        "webhook_endpoints", "webhook_deliveries", "accounts", "users", "identities",
        "logins",
        "refresh_tokens", "byok", "sessions", "conversations", "messages",
    ]
}

/// A database that notes the statements that run on it.
private final class RecordingDatabase: SQLDatabase {
    private let base: any SQLDatabase
    private let statements = Mutex<[String: SQL]>([:])

    init(_ base: any SQLDatabase) { self.base = base }

    var dialect: SQLDialect { base.dialect }
    var clockOffset: Int64 { base.clockOffset }
    var isShared: Bool { false }
    var recorded: [SQL] { statements.withLock { Array($0.values) } }

    fileprivate func note(_ sql: SQL) { statements.withLock { $0[dialect.text(of: sql)] = sql } }

    private struct Connection: SQLConnection {
        let base: any SQLConnection
        let owner: RecordingDatabase

        var dialect: SQLDialect { base.dialect }
        func run(_ sql: SQL) throws -> Int {
            owner.note(sql)
            return try base.run(sql)
        }
        func rows(_ sql: SQL) throws -> [SQLRow] {
            owner.note(sql)
            return try base.rows(sql)
        }
        func wake(_ topic: Topic, everywhere: Bool) { base.wake(topic, everywhere: everywhere) }
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value { try await base.read { try body(Connection(base: $0, owner: self)) } }

    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value { try await base.write { try body(Connection(base: $0, owner: self)) } }

    func close() async { await base.close() }
}

@Suite struct QueryPlanTests {
    /// Statements that read a whole table, or an index of it, on purpose.
    private static let exceptions = [
        "FROM schema_version", "SELECT id FROM accounts WHERE state = 'closed'",
        // Metrics count what waits, once in a while.
        "SELECT count(*) AS n, min(run_at) AS oldest", "WHERE lane = ? AND state = 'running'",
        "WHERE lane = $1 AND state = 'running'",
        // One row for each account of the last hour.
        "DELETE FROM ready_accounts",
        // An operator's change of the master key.
        "SELECT * FROM byok",
    ]

    @Test(arguments: Engine.available)
    func `every statement finds its rows by an index`(_ engine: Engine) async throws {
        let place = try TestDatabase(engine)
        defer { place.remove() }
        let (clock, wakeUps) = (TestClock(), WakeUps())
        let recording = RecordingDatabase(try await place.driver(wakeUps))
        let store = try await ServiceStore(
            database: recording, wakeUps: wakeUps, policy: StorePolicy(), clock: { clock.now() })
        try await useEverything(of: store, clock)
        let statements = recording.recorded.filter { sql in
            let text = recording.dialect.text(of: sql)
            return !["CREATE", "ALTER", "DROP", "SET"].contains { text.hasPrefix($0) }
                && !text.contains("pg_")
                && !Self.exceptions.contains { text.contains($0) }
        }
        #expect(statements.count > 80)
        for sql in statements {
            let plan = try await store.database.write { connection in
                try Self.plan(of: sql, number: statements.count, connection)
            }
            let scans = plan.filter { line in
                engine == .sqlite
                    ? line.hasPrefix("SCAN ") && !line.hasPrefix("SCAN q") && !line.hasPrefix("SCAN (")
                        && !line.hasPrefix("SCAN CONSTANT") && line != "SCAN r"
                    : line.contains("Seq Scan on ")
            }
            #expect(scans.isEmpty, "\(recording.dialect.text(of: sql))\n\(plan.joined(separator: "\n"))")
        }
        await store.close()
    }

    private static func plan(of sql: SQL, number: Int, _ connection: any SQLConnection) throws -> [String] {
        let text = connection.dialect.text(of: sql)
        switch connection.dialect {
        case .sqlite:
            return try connection.rows("EXPLAIN QUERY PLAN \(sql)").map { try $0.text("detail") }
        case .postgres:
            // A plan for any values, in which a table is read as a whole only where no index serves.
            try connection.run("SET LOCAL enable_seqscan = off")
            try connection.run("SET LOCAL plan_cache_mode = force_generic_plan")
            let types = sql.parameters.map { if case .integer = $0 { "bigint" } else { "text" } }
            let values = sql.parameters.map { if case .integer = $0 { "0" } else { "''" } }
            let list = types.isEmpty ? "" : "(\(types.joined(separator: ", ")))"
            let arguments = values.isEmpty ? "" : "(\(values.joined(separator: ", ")))"
            try connection.run(SQL(raw: "PREPARE explained\(list) AS \(text)"))
            let plan = try connection.rows(SQL(raw: "EXPLAIN EXECUTE explained\(arguments)"))
            try connection.run("DEALLOCATE explained")
            return try plan.map { try $0.text("QUERY PLAN") }
        }
    }

    /// Calls what the service calls.
    private func useEverything(of store: ServiceStore, _ clock: TestClock) async throws {
        let a: AccountID = "acc_a"
        let it = try await Belongings(in: store, of: a)
        let limits = QueueLimits(maxRunning: 9, quota: Quota(.renders, limit: 100))
        let key = Idempotency<[Job]>(key: "k", fingerprint: "f") { _ in StoredAnswer("") }
        for _ in 0..<2 {
            _ = try await store.enqueue(
                [NewJob(.render, request: "{}", deadline: .seconds(5), meter: .renders)], account: a,
                limits: limits, idempotency: key)
        }
        _ = try await store.job(it.queued, account: a)
        for filter in [
            JobFilter(), JobFilter(state: .queued), JobFilter(reference: "r"),
            JobFilter(state: .queued, reference: "r"),
        ] {
            let page = try await store.jobs(filter, account: a, limit: 1)
            _ = try await store.jobs(
                filter, account: a, after: page.next ?? PagePosition(createdAt: clock.now(), id: ""))
        }
        _ = try await store.queuePosition(of: it.queued, account: a)
        _ = try await store.retry(it.failed, account: a, limits: limits)
        _ = try await store.cancel(it.queued, account: a)
        let claimed = try #require(try await store.claimRender())
        _ = try await store.cancel(claimed.job.id, account: a)
        _ = try await store.heartbeat(claimed.lease)
        _ = try await store.heartbeat(claimed.lease, progress: "1")
        try await store.end(claimed, .succeeded(result: "{}"))
        _ = try await store.usage(of: a)
        _ = try await store.claimRender()
        _ = try await store.check(key: APIKeyText.make(.live).text)
        _ = try await store.keys(account: a)
        _ = try await store.revokeKey(it.key, account: a)
        _ = try await store.take("k", RateLimit(1, per: .seconds(1)))
        _ = try await store.take("k", RateLimit(1, per: .seconds(1)))
        _ = try await store.avatar("ada", account: a)
        _ = try await store.avatars(account: a)
        _ = try await store.updateAvatar(it.avatar, account: a, AvatarChanges(slug: "bob", name: "B"))
        _ = try await store.noteCrash(of: it.avatar, account: a)
        _ = try await store.upload(it.upload, account: a)
        _ = try await store.holdUploads([it.upload], account: a, for: .seconds(1))
        _ = try await store.webhookEndpoints(account: a)
        _ = try await store.webhookDeliveries(of: it.endpoint, account: a)
        let delivery = try #require(try await store.claim(.webhook, worker: "w"))
        _ = try await store.dueDelivery(of: delivery.job)
        _ = try await store.finishDelivery(
            delivery.lease, WebhookAttempt(status: 410))
        _ = try await store.replayDelivery(it.delivery, account: a)
        _ = try await store.user(email: "x")
        _ = try await store.user(issuer: "i", subject: "s")
        _ = try await store.user(it.user, account: a)
        _ = try await store.setPassword(hash: "h", of: it.user, account: a, endingLogins: KeptLogin(nil))
        _ = try await store.refresh("x")
        _ = try await store.isActive(it.login, account: a)
        _ = try await store.key(it.key, account: a)
        _ = try await store.logOut(it.login, account: a)
        _ = try await store.logOut(refreshToken: "x")
        _ = try await store.session(it.session, account: a)
        _ = try await store.conversation(it.conversation, account: a)
        _ = try await store.conversations(account: a)
        _ = try await store.messages(in: it.conversation, account: a)
        _ = try await store.finishMessage(it.message, account: a, reply: "x", meter: .messages)
        _ = try await store.beginMessage(
            "x", in: it.conversation, account: a, quota: Quota(.messages, limit: 10))
        _ = try await store.deleteConversation(it.conversation, account: a)
        _ = try await store.deleteSession(it.session, account: a)
        _ = try await store.deleteAvatar(it.avatar, account: a)
        _ = try await store.deleteUpload(it.upload, account: a)
        _ = try await store.deleteWebhookEndpoint(it.endpoint, account: a)
        _ = try await store.garbage()
        _ = try await store.queueDepths()
        let account = try #require(try await store.account(slug: "slug-a"))
        _ = try await store.closeAccount(account.id)
        clock.advance(by: .seconds(40 * 86_400))
        for _ in 0..<3 { _ = try await store.sweep() }
    }
}

import AvatariumCore
import Foundation
import ServiceStore
import Testing

private let mine: AccountID = "acc_a"

@Suite struct MigrationTests {
    @Test(arguments: Engine.available)
    func `a database of every earlier version is brought to the newest, and keeps its data`(
        _ engine: Engine
    ) async throws {
        for version in 1..<Schema.migrations.count {
            let database = try TestDatabase(engine)
            defer { database.remove() }
            let wakeUps = WakeUps()
            let old = try await ServiceStore(
                database: database.driver(wakeUps), wakeUps: wakeUps, policy: StorePolicy(),
                clock: Timestamp.now,
                migrations: Array(Schema.migrations[..<version]))
            // As a program of that time wrote it.
            let job: JobID = "job_old"
            try await old.database.write { connection in
                try connection.run(
                    """
                    INSERT INTO jobs (id, account_id, kind, lane, state, priority, run_at, max_attempts, request,
                      retention, created_at)
                    VALUES (\(job), \(mine), 'render', 'render', 'queued', 0, 0, 3, '{}', 86400000, 0)
                    """)
                try connection.run(
                    """
                    INSERT INTO ready_accounts (lane, account_id, max_running, next_at)
                    VALUES ('render', \(mine), 2, 0)
                    """)
            }
            await old.close()
            let new = try await database.open()
            #expect(try await new.job(job, account: mine)?.state == .queued)
            #expect(try await new.claimRender()?.job.id == job)
            let versions = try await new.database.read { connection in
                try connection.rows("SELECT version FROM schema_version ORDER BY version").map {
                    try $0.int("version")
                }
            }
            #expect(versions == Schema.migrations.map(\.version))
            await new.close()
            // And nothing more is done the next time.
            let again = try await database.open()
            #expect(try await again.job(job, account: mine) != nil)
            await again.close()
        }
    }

    @Test(arguments: Engine.available)
    func `a database that a newer program wrote is left alone`(_ engine: Engine) async throws {
        let database = try TestDatabase(engine)
        defer { database.remove() }
        let store = try await database.open()
        try await store.database.write { connection in
            try connection.run("INSERT INTO schema_version (version, applied_at) VALUES (1000, 0)")
        }
        await store.close()
        #expect(await code { _ = try await database.open() } == "E071")
    }

    @Test(Engine.needsPostgres)
    func `processes that start together on an empty database wait for one another`() async throws {
        let database = try TestDatabase(.postgres)
        let stores = try await withThrowingTaskGroup(of: ServiceStore.self) { group in
            for _ in 0..<4 { group.addTask { try await database.open() } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let job = try await stores[0].queueOne()
        #expect(try await stores[3].job(job.id, account: mine) != nil)
        for store in stores { await store.close() }
    }
}

@Suite struct DatabaseTests {
    @Test func `a second process on a folder is refused, until the first has closed it`() async throws {
        let database = try TestDatabase(.sqlite)
        defer { database.remove() }
        let first = try await database.open()
        #expect(await code { _ = try await database.open() } == "E071")
        await first.close()
        let second = try await database.open()
        await second.close()
    }

    @Test func `a folder that cannot be made is named`() async throws {
        let error = await #expect(throws: AvatariumError.self) {
            _ = try await ServiceStore.open(sqlite: "/dev/null/store")
        }
        #expect(error?.code == .connectionFailed)
        #expect(error?.context["path"] == "/dev/null/store/lock")
    }

    @Test func `a server that is not there, and an address that is none, have codes of their own`() async {
        #expect(
            await code { _ = try await ServiceStore.open(postgres: "postgres:///x?host=/nowhere") } == "E001")
        let error = await #expect(throws: AvatariumError.self) {
            _ = try await ServiceStore.open(postgres: "postgres://me:secret@host:port:5/x?%zz")
        }
        #expect(error?.code == .invalidConfig)
        #expect("\(error!)".contains("secret") == false)
    }

    @Test(arguments: Engine.available)
    func `texts come back as they were, and one that cannot be stored is refused`(_ engine: Engine)
        async throws
    {
        try await withStore(engine) { store, _ in
            for text in [
                "", "'; DROP TABLE jobs; --", "$1 ? ?1 :a \\ \" \n\r\t", "日本語 👩‍🚀 e\u{301}",
                "\u{FFFF}\u{10FFFF}\u{1}",
            ] {
                let job = try await store.queueOne(NewJob(.render, request: "{}", reference: text))
                #expect(try await store.job(job.id, account: mine)?.reference == text)
                let found = try await store.jobs(JobFilter(reference: text), account: mine)
                #expect(found.items.map(\.id) == [job.id])
            }
            let zero = NewJob(.render, request: "{}", reference: "a\u{0}b")
            #expect(await code { try await store.queueOne(zero) } == "E093")
            #expect(await code { _ = try await store.job("job_\u{0}", account: mine) } == "E093")
            // The store goes on.
            try await store.queueOne()
        }
    }

    @Test(arguments: Engine.available)
    func `of writes at the same time, those that throw leave nothing behind, and all others are kept`(
        _ engine: Engine
    ) async throws {
        try await withStore(engine) { store, _ in
            struct Stop: Error {}
            let kept = await withTaskGroup(of: Int?.self) { group in
                for number in 0..<60 {
                    group.addTask {
                        try? await store.database.write { connection in
                            try connection.run(
                                "INSERT INTO milestones (name, reached_at) VALUES (\("write \(number)"), \(number))"
                            )
                            if number % 3 == 0 { throw Stop() }
                            // A statement that fails, as a duplicate does.
                            if number % 3 == 1 {
                                try connection.run(
                                    "INSERT INTO milestones (name, reached_at) VALUES (\("write \(number)"), 0)"
                                )
                            }
                            return number
                        }
                    }
                }
                return await group.reduce(into: Set<Int>()) { if let number = $1 { $0.insert(number) } }
            }
            let expected = Set((0..<60).filter { $0 % 3 == 2 })
            #expect(kept == expected)
            let rows = try await store.database.read { connection in
                try connection.rows("SELECT reached_at FROM milestones WHERE name LIKE 'write %'").map {
                    try $0.int("reached_at")
                }
            }
            #expect(Set(rows) == expected && rows.count == expected.count)
        }
    }

    @Test(arguments: Engine.available)
    func `a transaction that throws leaves nothing behind`(_ engine: Engine) async throws {
        try await withStore(engine) { store, _ in
            struct Stop: Error {}
            await #expect(throws: Stop.self) {
                try await store.database.write { connection in
                    try connection.run("INSERT INTO milestones (name, reached_at) VALUES ('x', 1)")
                    throw Stop()
                }
            }
            let rows = try await store.database.read { try $0.rows("SELECT * FROM milestones") }
            #expect(rows.isEmpty)
            // A mistake of ours is E092.
            let mistake = await code {
                _ = try await store.database.write { try $0.run("INSERT INTO nothing VALUES (1)") }
            }
            #expect(mistake == "E092")
            try await store.ping()
        }
    }

    @Test func `a full disk is E001 with its reason, reading goes on, and writing too once there is space`()
        async throws
    {
        try await withStore(.sqlite) { store, _ in
            let job = try await store.queueOne()
            try await store.database.write { connection in
                let pages = try connection.rows("PRAGMA page_count")[0].int("page_count")
                _ = try connection.rows("PRAGMA max_page_count = \(raw: "\(pages + 2)")")
            }
            let big = NewJob(
                .render, request: JSONText(text: "\"\(String(repeating: "x", count: 100_000))\""))
            let error = await #expect(throws: AvatariumError.self) { try await store.queueOne(big) }
            #expect(error?.code == .connectionFailed)
            #expect(error?.recoverable == true)
            #expect(error?.context["reason"] == "disk_full")
            #expect(try await store.job(job.id, account: mine) != nil)
            try await store.database.write { _ = try $0.rows("PRAGMA max_page_count = 1000000") }
            try await store.queueOne(big)
        }
    }

    @Test(Engine.needsPostgres)
    func `a full disk of PostgreSQL is the same error`() async throws {
        try await withStore(.postgres) { store, _ in
            for (state, reason) in [
                ("53100", "disk_full"), ("53300", "unreachable"), ("25006", "unreachable"),
            ] {
                let error = await #expect(throws: AvatariumError.self) {
                    try await store.database.write { connection in
                        try connection.run(
                            "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '\(raw: state)', MESSAGE = 'made'; END $$"
                        )
                    }
                }
                #expect(error?.code == .connectionFailed)
                #expect(error?.context["reason"] == reason)
            }
            try await store.ping()
        }
    }

    @Test(Engine.needsPostgres)
    func `transactions that meet one another are repeated`() async throws {
        try await withStore(.postgres, connections: 4) { store, _ in
            // Two rows locked in both orders: PostgreSQL ends one transaction of each pair as a deadlock.
            try await store.database.write { connection in
                for name in ["a", "b"] {
                    try connection.run("INSERT INTO milestones (name, reached_at) VALUES (\(name), 0)")
                }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for i in 0..<4 {
                    group.addTask {
                        try await store.database.write { connection in
                            for name in i.isMultiple(of: 2) ? ["a", "b"] : ["b", "a"] {
                                try connection.run(
                                    "UPDATE milestones SET reached_at = reached_at + 1 WHERE name = \(name)")
                                _ = try connection.rows("SELECT pg_sleep(0.02)")
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let rows = try await store.database.read { try $0.rows("SELECT reached_at FROM milestones") }
            #expect(try rows.map { try $0.int("reached_at") } == [4, 4])
        }
    }

    @Test(Engine.needsPostgres)
    func `the store recovers when the server was stopped in mid-use and comes back`() async throws {
        // A server of its own, since it is stopped.
        let cluster = try PostgresCluster()
        let store = try await ServiceStore.open(postgres: try cluster.makeDatabase(), connections: 3)
        let first = try await store.queueOne()
        async let end = store.waitForWork(.render, timeout: .seconds(1))
        try cluster.stop()
        try? await end
        let error = await #expect(throws: AvatariumError.self) { try await store.ping() }
        #expect(error?.code == .connectionFailed)
        #expect(error?.recoverable == true)
        #expect(await code { _ = try await store.claimRender() } == "E001")
        try cluster.start()
        var tries = 0
        while await code(of: { try await store.ping() }) != nil, tries < 200 {
            tries += 1
            try await Task.sleep(for: .milliseconds(50))
        }
        let claimed = try #require(try await store.claimRender())
        #expect(claimed.job.id == first.id)

        // Restarted between two uses, nobody notices: each connection of the pool is made again.
        try cluster.stop()
        try cluster.start()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<6 { group.addTask { _ = try await store.heartbeat(claimed.lease) } }
            try await group.waitForAll()
        }
        try await store.end(claimed, .succeeded(result: "{}"))
        // Wake-ups come again too.
        let worker = Task { () -> JobID in
            while true {
                if let claimed = try await store.claimRender() { return claimed.job.id }
                try await store.waitForWork(.render)
            }
        }
        let second = try await store.queueOne()
        #expect(try await worker.value == second.id)
        await store.close()
    }

    @Test(Engine.needsPostgres)
    func `tasks that wait for a connection can be cancelled`() async throws {
        try await withStore(.postgres, connections: 1) { store, _ in
            let slow = Task { try await store.database.write { _ = try $0.rows("SELECT pg_sleep(0.3)") } }
            try await Task.sleep(for: .milliseconds(100))
            let waiting = Task { try await store.ping() }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
            try await slow.value
            try await store.ping()
        }
    }

    @Test(Engine.needsPostgres)
    func `times are the server's where several hosts share it`() async throws {
        let database = try TestDatabase(.postgres)
        let store = try await database.open()
        let row = try await store.database.read {
            try $0.rows("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS n")[0].integer("n")
        }
        #expect(abs(store.now().milliseconds - row) < 60_000)
        await store.close()
    }
}

@Suite struct IdentifierTests {
    @Test func `identifiers sort in the order in which they were made, and none is made twice`() {
        let time = Timestamp(milliseconds: 1_795_000_000_000)
        let made = (0..<10_000).map { JobID.make(at: time + .milliseconds($0 / 1000)) }
        #expect(made == made.sorted())
        #expect(Set(made).count == made.count)
        #expect(made.allSatisfy { $0.rawValue.hasPrefix("job_") && $0.rawValue.utf8.count == 30 })
    }

    @Test func `times are written as RFC 3339, and months end where the calendar says`() {
        let time = Timestamp(milliseconds: 1_735_689_599_999)
        #expect(time.rfc3339 == "2024-12-31T23:59:59.999Z")
        #expect(time.month == "2024-12")
        #expect((time + .milliseconds(1)).month == "2025-01")
        #expect(time.startOfNextMonth == time + .milliseconds(1))
    }
}

import AvatariumCore
import CPQ
import Dispatch
import Foundation
import Synchronization

/// PostgreSQL, for any number of processes: a pool of connections, each on a thread of its own while it works, and
/// one more that listens for wake-ups.
///
/// Wake-ups go by NOTIFY and may be lost; whoever waits polls too. Statements are prepared and wake-ups need LISTEN,
/// so a proxy between must keep sessions apart (pgbouncer: `pool_mode = session`).
package final class PostgresDatabase: SQLDatabase {
    package let dialect = SQLDialect.postgres
    package let isShared = true
    private let connections: [PostgresConnection]
    private let pool: ResourcePool<PostgresConnection>
    private let wakeUps: WakeUps
    private let listener: PostgresListener
    private let server: PostgresServer
    private let usesServerClock: Bool

    /// - Parameters:
    ///   - url: `postgres://user@host/database`, or libpq's `key=value` form.
    ///   - usesServerClock: whether times are the server's, which all its clients share.
    /// - Throws: E071 when the address is not valid; E001 when the server cannot be reached.
    package init(url: String, connections: Int, usesServerClock: Bool, wakeUps: WakeUps) async throws {
        try Self.check(url)
        self.wakeUps = wakeUps
        self.usesServerClock = usesServerClock
        server = PostgresServer(url: url)
        let connections = (0..<max(1, connections)).map { [server] in
            PostgresConnection(server: server, number: $0)
        }
        self.connections = connections
        pool = ResourcePool(
            connections,
            closed: AvatariumError(
                .connectionFailed, "the database is closed; the service is stopping",
                context: ["stage": "database", "reason": "unreachable"]))
        listener = PostgresListener(server: server, wakeUps: wakeUps)
        // Fails at once when there is no server.
        try await read { _ = try $0.rows("SELECT 1") }
        listener.start()
    }

    private static func check(_ url: String) throws {
        var message: UnsafeMutablePointer<CChar>?
        let options = PQconninfoParse(url, &message)
        defer {
            PQconninfoFree(options)
            PQfreemem(message)
        }
        if options == nil {
            // libpq's message repeats parts of the address, which may hold a password; ours does not.
            throw AvatariumError(
                .invalidConfig,
                "the database's address is not valid; give postgres://user@host/database",
                context: ["field": "database"])
        }
    }

    package var clockOffset: Int64 { usesServerClock ? server.clockOffset : 0 }

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await use { try await $0.read(body) }
    }

    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        let (value, topics) = try await use { try await $0.write(body) }
        wakeUps.wake(topics)
        return value
    }

    /// Gives the work to a connection, again when the database asks for that.
    private func use<Value: Sendable>(
        _ work: (PostgresConnection) async throws -> Value
    ) async throws -> Value {
        var pause = 2
        while true {
            let connection = try await pool.checkOut()
            do {
                let value = try await work(connection)
                await pool.checkIn(connection)
                return value
            } catch let failure as DatabaseFailure {
                await pool.checkIn(connection)
                guard failure.kind == .repeatable, pause < 1000 else { throw failure.error }
                // Those that met one another come back at different moments.
                try await Task.sleep(for: .milliseconds(Int.random(in: 1...pause)))
                pause *= 2
            } catch {
                await pool.checkIn(connection)
                throw error
            }
        }
    }

    package func close() async {
        listener.stop()
        await pool.close()
        for connection in connections { await connection.disconnect() }
    }
}

/// What the connections to one server share.
final class PostgresServer: Sendable {
    let url: String
    private struct State {
        var clockOffset: Int64 = 0
        /// After a failure, others need not try until then.
        var failure: (DatabaseFailure, until: ContinuousClock.Instant)?
    }
    private let state = Mutex(State())

    init(url: String) { self.url = url }

    /// Milliseconds by which the server's clock is ahead of the host's, as of the newest connection.
    var clockOffset: Int64 { state.withLock { $0.clockOffset } }

    /// Makes a connection. After an attempt that took long to fail, everybody fails in the same way for a second, so
    /// that requests do not wait one after another for a host that does not answer.
    func connect() throws -> PostgresSession {
        if let (failure, until) = state.withLock(\.failure), until > .now { throw failure }
        let start = ContinuousClock.now
        do {
            let session = try PostgresSession(url: url)
            let before = Timestamp.now()
            let row = try session.row(
                "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS n")
            let after = Timestamp.now()
            let offset = try row.map { try $0.integer("n") - (before.milliseconds + after.milliseconds) / 2 }
            state.withLock { state in
                state.failure = nil
                // Less than the round trip is noise.
                state.clockOffset =
                    abs(offset ?? 0) > after.milliseconds - before.milliseconds + 1 ? offset ?? 0 : 0
            }
            return session
        } catch let failure as DatabaseFailure {
            if ContinuousClock.now - start > .milliseconds(500) {
                state.withLock { $0.failure = (failure, .now + .seconds(1)) }
            }
            throw failure
        }
    }
}

/// Runs an actor's work on a thread that may block. (`DispatchSerialQueue`, which is such an executor already, does
/// not exist on Linux.)
private final class QueueExecutor: SerialExecutor {
    private let queue: DispatchQueue

    init(label: String) { queue = DispatchQueue(label: label) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}

/// A place in the pool: a connection that is made when it is needed, and made again when it broke.
private actor PostgresConnection {
    private let executor: QueueExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private let server: PostgresServer
    private var session: PostgresSession?

    init(server: PostgresServer, number: Int) {
        self.server = server
        executor = QueueExecutor(label: "avatarium.postgres.\(number)")
    }

    func read<Value: Sendable>(_ body: @Sendable (any SQLConnection) throws -> Value) throws -> Value {
        try use { try $0.reading(body) }
    }

    func write<Value: Sendable>(
        _ body: @Sendable (any SQLConnection) throws -> Value
    ) throws -> (Value, Set<Topic>) {
        try use { (try $0.transaction(body), $0.topics) }
    }

    /// A connection that was made earlier may have broken since, as when the server was restarted: then the work is
    /// done once more on a new one, unless it was being committed.
    private func use<Value>(_ work: (PostgresSession) throws -> Value) throws -> Value {
        if let earlier = session {
            do {
                return try work(earlier)
            } catch let failure as DatabaseFailure where failure.kind == .unreachable {
                session = nil
                if failure.commitIsUnknown { throw failure }
            }
        }
        let new = try server.connect()
        session = new
        do {
            return try work(new)
        } catch let failure as DatabaseFailure where failure.kind == .unreachable {
            session = nil
            throw failure
        }
    }

    func disconnect() { session = nil }
}

/// Listens for the wake-ups of other processes, on a thread and a connection of its own, and connects again when
/// that breaks.
private final class PostgresListener: Sendable {
    private let server: PostgresServer
    private let wakeUps: WakeUps
    private let isStopped = Atomic(false)

    init(server: PostgresServer, wakeUps: WakeUps) {
        self.server = server
        self.wakeUps = wakeUps
    }

    func start() {
        DispatchQueue(label: "avatarium.postgres.listener").async { [self] in
            while !isStopped.load(ordering: .relaxed) {
                // Whatever fails here is tried again; those who wait poll meanwhile.
                try? listen()
                usleep(500_000)
            }
        }
    }

    func stop() { isStopped.store(true, ordering: .relaxed) }

    private func listen() throws {
        let session = try server.connect()
        try session.command("LISTEN avatarium")
        // Notifications that were sent while the connection was down are not repeated.
        wakeUps.wakeAll()
        while !isStopped.load(ordering: .relaxed) {
            var descriptor = pollfd(fd: session.socket, events: Int16(POLLIN), revents: 0)
            _ = poll(&descriptor, 1, 250)
            wakeUps.wake(try session.notifications())
        }
    }
}

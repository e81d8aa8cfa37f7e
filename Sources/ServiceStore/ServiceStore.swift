import AvatariumCore

/// State, queue, limits and usage of the HTTP service, in one database: an embedded SQLite file for one process,
/// or PostgreSQL for many machines.
///
/// Each method is one transaction or one reading. Methods that touch an account's data take the account, and no
/// row of another account is ever found: to the caller it does not exist. When the database is down or full,
/// methods throw E001 (`context["reason"]` is `unreachable` or `disk_full`), which is recoverable: the store works
/// again as soon as the database does.
public struct ServiceStore: Sendable {
    package internal(set) var database: any SQLDatabase
    let wakeUps: WakeUps
    let clock: @Sendable () -> Timestamp
    /// The durations and bounds that the store applies by itself.
    public let policy: StorePolicy
    let turns = TurnClock()
    let background: BackgroundTasks
    /// Seals the secrets of webhooks; see `sealingSecrets(with:)`.
    var secretKey: MasterKey?

    /// Opens, or makes, an embedded database in a folder, and brings its schema to the newest version. One process
    /// uses a folder at a time.
    /// - Parameters:
    ///   - folder: holds `store.sqlite` and `lock`; made when it is missing.
    ///   - clock: the time, for tests.
    /// - Throws: E071 when another process has the folder or a newer program wrote it; E001 when it cannot be
    ///   opened.
    public static func open(
        sqlite folder: String, policy: StorePolicy = StorePolicy(),
        clock: @escaping @Sendable () -> Timestamp = Timestamp.now
    ) async throws -> ServiceStore {
        let wakeUps = WakeUps()
        let database = try SQLiteDatabase(folder: folder, wakeUps: wakeUps)
        return try await ServiceStore(database: database, wakeUps: wakeUps, policy: policy, clock: clock)
    }

    /// Opens a PostgreSQL database that any number of processes may share, and brings its schema to the newest
    /// version. Times are the server's, so that the hosts' clocks need not agree.
    /// - Parameters:
    ///   - url: `postgres://user@host/database`, or libpq's `key=value` form; a password comes better from
    ///     `PGPASSFILE` than from here.
    ///   - connections: how many are kept, 4 to 8 for most.
    ///   - clock: the time instead of the server's, for tests.
    /// - Throws: E071 when the address is not valid or a newer program wrote the database; E001 when the server cannot
    ///   be reached.
    public static func open(
        postgres url: String, connections: Int = 6, policy: StorePolicy = StorePolicy(),
        clock: (@Sendable () -> Timestamp)? = nil
    ) async throws -> ServiceStore {
        let wakeUps = WakeUps()
        let database = try await PostgresDatabase(
            url: url, connections: connections, usesServerClock: clock == nil, wakeUps: wakeUps)
        return try await ServiceStore(
            database: database, wakeUps: wakeUps, policy: policy, clock: clock ?? Timestamp.now)
    }

    package init(
        database: any SQLDatabase, wakeUps: WakeUps, policy: StorePolicy,
        clock: @escaping @Sendable () -> Timestamp, migrations: [Migration] = Schema.migrations
    ) async throws {
        self.database = database
        self.wakeUps = wakeUps
        self.policy = policy
        self.clock = clock
        background = BackgroundTasks()
        do {
            try await database.migrate(migrations, at: clock())
        } catch {
            await database.close()
            throw error
        }
        if database.isShared { background.start(pollingWatchedJobs) }
    }

    /// The time that is written and compared: the database's own clock where several hosts share it.
    public func now() -> Timestamp {
        let time = clock()
        return Timestamp(milliseconds: time.milliseconds + database.clockOffset)
    }

    /// How many records of a type an account has.
    static func count<Record: OwnedRecord>(
        of type: Record.Type, _ account: AccountID, _ connection: any SQLConnection
    ) throws -> Int {
        try connection.count(
            "SELECT count(*) AS n FROM \(raw: Record.table) WHERE \(raw: Record.ownerColumn) = \(account)")
    }

    /// Deletes rows, and what depends on them, in one transaction.
    /// - Parameters:
    ///   - rows: What follows `DELETE FROM`.
    ///   - dependents: Called where there were such rows, with the time of the deletion.
    /// - Returns: Whether there were any.
    func delete(
        _ rows: SQL,
        dependents: @escaping @Sendable (ServiceStore, Timestamp, any SQLConnection) throws -> Void
    ) async throws -> Bool {
        let time = now()
        return try await database.write { [self] connection in
            guard try connection.run("DELETE FROM \(rows)") > 0 else { return false }
            try dependents(self, time, connection)
            return true
        }
    }

    /// Whether the database answers and can be written, for a readiness check.
    /// - Throws: E001 when not.
    public func ping() async throws {
        let time = now()
        try await database.write { connection in
            try connection.run(
                """
                INSERT INTO milestones (name, reached_at) VALUES ('ping', \(time))
                ON CONFLICT (name) DO UPDATE SET reached_at = excluded.reached_at
                """)
        }
    }

    /// Closes the database. Nothing of the store may be used afterwards.
    public func close() async {
        background.cancel()
        await database.close()
    }
}

/// Durations and bounds that the store applies by itself.
public struct StorePolicy: Sendable {
    /// How long a worker's claim holds without a heartbeat.
    public var lease = Duration.seconds(30)
    /// Leases of a job that may be lost before it fails as the suspected cause of crashes (E092).
    public var lostLeases = 2
    /// The wait before the first retry; each further one doubles it.
    public var retryDelay = Duration.seconds(2)
    /// The longest wait before a retry.
    public var longestRetryDelay = Duration.seconds(300)
    /// How long the answer to an Idempotency-Key is replayed.
    public var idempotency = Duration.seconds(24 * 3600)
    /// How long an upload is kept that nothing holds.
    public var uploads = Duration.seconds(24 * 3600)
    /// How long after its record an object stays, so that no worker that still writes it can bring it back.
    public var garbage = Duration.seconds(90)
    /// How long objects may wait for the record that they were stored for.
    public var records = Duration.seconds(3600)
    /// The waits before each further attempt at a webhook's delivery.
    public var webhookDelays: [Duration] = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400].map {
        .seconds($0)
    }
    /// Deliveries of webhooks that run at the same time for one account.
    public var webhooksAtOnce = 4
    /// How long the log of deliveries is kept.
    public var deliveries = Duration.seconds(30 * 24 * 3600)
    /// How long the old secret of a webhook signs beside the new one.
    public var secretRotation = Duration.seconds(24 * 3600)
    /// Crashes of the renderer after which an avatar is quarantined.
    public var crashesToQuarantine = 2
    /// How long a session lasts after its last use.
    public var sessions = Duration.seconds(30 * 60)
    /// How long the answer to a message may take before another may be sent; renewed while it is being made.
    public var answers = Duration.seconds(300)
    /// How long a refresh token can be exchanged.
    public var refreshTokens = Duration.seconds(30 * 24 * 3600)
    /// Rows that one step of the sweeper takes.
    public var sweepBatch = 500

    public init() {}
}

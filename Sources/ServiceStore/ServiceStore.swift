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
    /// The durations and limits that the store applies.
    public let policy: StorePolicy
    let turns = TurnClock()
    let background: BackgroundTasks
    /// Seals the secrets of webhooks; see `sealingSecrets(with:)`.
    var secretKey: MasterKey?

    /// Opens or creates an embedded database in a folder, and migrates its schema to the newest version. Only one
    /// process can use a folder at a time.
    /// - Parameters:
    ///   - folder: Contains `store.sqlite` and `lock`; created if it does not exist.
    ///   - clock: The clock, for tests.
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

    /// Opens a PostgreSQL database that any number of processes may share, and migrates its schema to the newest
    /// version. Times are those of the database server, so the hosts' clocks do not have to agree.
    /// - Parameters:
    ///   - url: `postgres://user@host/database`, or libpq's `key=value` form; pass a password by `PGPASSFILE`
    ///     rather than in the URL.
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

    /// Returns the time that is written and compared: the database's clock if several hosts share it.
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

    /// Checks that the database responds and can be written; for readiness checks.
    /// - Throws: E001 if it cannot.
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

    /// Closes the database. The store must not be used afterwards.
    public func close() async {
        background.cancel()
        await database.close()
    }
}

/// The durations and limits that the store applies.
public struct StorePolicy: Sendable {
    /// The time for which a worker's claim is valid without a heartbeat.
    public var lease = Duration.seconds(30)
    /// The number of lost leases after which a job fails as the suspected cause of crashes (E092).
    public var lostLeases = 2
    /// The delay before the first retry; it doubles with each further one.
    public var retryDelay = Duration.seconds(2)
    /// The longest delay before a retry.
    public var longestRetryDelay = Duration.seconds(300)
    /// The time for which the response of an Idempotency-Key is stored.
    public var idempotency = Duration.seconds(24 * 3600)
    /// The time for which an upload is kept unless it is held longer.
    public var uploads = Duration.seconds(24 * 3600)
    /// The time for which an object is kept after its record was deleted, so that a worker that still writes it
    /// cannot restore it.
    public var garbage = Duration.seconds(90)
    /// The time within which the record of stored objects must be created.
    public var records = Duration.seconds(3600)
    /// The delays before further attempts of a webhook delivery.
    public var webhookDelays: [Duration] = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400].map {
        .seconds($0)
    }
    /// The maximum number of concurrent webhook deliveries per account.
    public var webhooksAtOnce = 4
    /// The time for which the log of deliveries is kept.
    public var deliveries = Duration.seconds(30 * 24 * 3600)
    /// The time for which the old secret of a webhook also signs.
    public var secretRotation = Duration.seconds(24 * 3600)
    /// The number of renderer crashes after which an avatar is quarantined.
    public var crashesToQuarantine = 2
    /// The time after its last use at which a session expires.
    public var sessions = Duration.seconds(30 * 60)
    /// The time that the reply to a message may take before another message is accepted; extended while the reply
    /// is being produced.
    public var answers = Duration.seconds(300)
    /// The time for which a refresh token is valid.
    public var refreshTokens = Duration.seconds(30 * 24 * 3600)
    /// The maximum number of rows that one step of the sweeper processes.
    public var sweepBatch = 500

    public init() {}
}

/// A database as the store uses it. Two drivers implement it: SQLite and PostgreSQL.
///
/// Statements run synchronously on a connection, on a thread that may block, never on one of Swift's pool.
package protocol SQLDatabase: Sendable {
    var dialect: SQLDialect { get }

    /// Runs statements that only read. In PostgreSQL each sees the database as it is at its own start.
    /// - Throws: `AvatariumError`, or what the body throws.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value

    /// Runs statements in one transaction: all of it counts, or nothing when the body throws. The body may run
    /// more than once, when the database asks for a transaction to be repeated.
    /// - Throws: `AvatariumError`, or what the body throws.
    @discardableResult
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value

    /// Milliseconds by which the database's clock is ahead of the host's: what several hosts share is the
    /// database's clock.
    var clockOffset: Int64 { get }

    /// Whether other processes may write to the database.
    var isShared: Bool { get }

    func close() async
}

/// One connection inside a transaction or a reading.
package protocol SQLConnection {
    var dialect: SQLDialect { get }

    /// Runs a statement that gives no rows.
    /// - Returns: the number of rows that it changed.
    @discardableResult
    func run(_ sql: SQL) throws -> Int

    /// Runs a statement and reads all rows that it gives, also from `RETURNING`.
    func rows(_ sql: SQL) throws -> [SQLRow]

    /// Wakes those who wait for a topic, once the transaction is committed.
    /// - Parameter everywhere: in other processes too, at once; otherwise these notice when they next poll.
    func wake(_ topic: Topic, everywhere: Bool)
}

extension SQLConnection {
    /// The first row of an answer.
    package func row(_ sql: SQL) throws -> SQLRow? { try rows(sql).first }

    /// The integer in the column `n` of the first row; 0 when there is none.
    package func count(_ sql: SQL) throws -> Int { Int(try row(sql)?.integerOrNil("n") ?? 0) }

    /// Waits until no other transaction works on the same key; the lock ends with the transaction.
    package func lock(_ key: String) throws {
        if let sql = dialect.lock(key) { _ = try rows(sql) }
    }
}

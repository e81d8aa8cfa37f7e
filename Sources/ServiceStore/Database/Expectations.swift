import AvatariumCore

extension ServiceStore {
    /// Returns the store with a precondition on its changes: each checks a record first, in its own transaction, so that a
    /// client changes only what it has seen (optimistic concurrency control).
    /// - Parameter check: Throws where the record is not as expected, and nothing is changed then. Not called where the
    ///   account has no such record.
    package func expecting<Record: OwnedRecord>(
        _ id: Identifier<Record>, account: AccountID, _ check: @escaping @Sendable (Record) throws -> Void
    ) -> ServiceStore {
        var store = self
        store.database = GuardedDatabase(inner: database) { connection in
            let row = try connection.row(
                """
                SELECT * FROM \(raw: Record.table)
                WHERE id = \(id) AND \(raw: Record.ownerColumn) = \(account)\(connection.dialect.forUpdate)
                """)
            if let row { try check(Record(row)) }
        }
        return store
    }
}

/// A database each of whose changes begins with a check.
private struct GuardedDatabase: SQLDatabase {
    let inner: any SQLDatabase
    let check: @Sendable (any SQLConnection) throws -> Void

    var dialect: SQLDialect { inner.dialect }
    var clockOffset: Int64 { inner.clockOffset }
    var isShared: Bool { inner.isShared }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value { try await inner.read(body) }

    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await inner.write { [check] connection in
            try check(connection)
            return try body(connection)
        }
    }

    func close() async { await inner.close() }
}

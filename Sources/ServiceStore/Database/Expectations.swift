import AvatariumCore

extension ServiceStore {
    /// The same store, whose changes look at a record first, in their own transaction: the way to change only what is still
    /// as a client has seen it, even where others change it at the same time.
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

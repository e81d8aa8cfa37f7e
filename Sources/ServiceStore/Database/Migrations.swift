import AvatariumCore

/// One step from one version of the schema to the next. Steps are never changed once they were released; a new
/// need is a new step at the end.
package struct Migration: Sendable {
    package let version: Int
    let statements: @Sendable (SQLDialect) -> [String]
}

extension SQLDatabase {
    /// Brings the schema to the newest version, in one transaction. Processes that start together wait for one
    /// another.
    /// - Throws: E071 when the database was written by a newer program.
    func migrate(_ migrations: [Migration], at time: Timestamp) async throws {
        try await write { connection in
            // Others may be at it, and an index of a large table takes its time.
            if connection.dialect == .postgres { try connection.run("SET LOCAL statement_timeout = 0") }
            try connection.lock("avatarium.schema")
            try connection.run(
                """
                CREATE TABLE IF NOT EXISTS schema_version
                (version integer PRIMARY KEY, applied_at bigint NOT NULL)
                """)
            let present = try connection.count("SELECT max(version) AS n FROM schema_version")
            let newest = migrations.map(\.version).max() ?? 0
            guard present <= newest else {
                throw AvatariumError(
                    .invalidConfig,
                    "the database has version \(present) of the schema and this program knows \(newest); "
                        + "start a newer program",
                    context: ["stage": "database"])
            }
            for migration in migrations where migration.version > present {
                for statement in migration.statements(connection.dialect) {
                    try connection.run(SQL(raw: statement))
                }
                try connection.run(
                    "INSERT INTO schema_version (version, applied_at) VALUES (\(migration.version), \(time))")
            }
        }
    }
}

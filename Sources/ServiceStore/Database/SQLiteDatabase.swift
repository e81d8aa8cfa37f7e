import AvatariumCore
import Foundation
import GRDB

/// SQLite in a file of a folder that this process owns while it runs.
///
/// Debian's SQLite has the WAL-reset bug (https://sqlite.org/wal.html#walresetbug): two connections that write or
/// checkpoint at the same moment can damage the file. So one process holds a lock on the folder, GRDB's
/// `DatabasePool` gives it a single writing connection, and the file is never mapped into memory.
package final class SQLiteDatabase: SQLDatabase {
    package let dialect = SQLDialect.sqlite
    package let clockOffset: Int64 = 0
    package let isShared = false
    private let pool: DatabasePool
    private let writer: GroupCommit
    private let lock: FolderLock
    private let wakeUps: WakeUps

    /// Opens `store.sqlite` in the folder, both made when they are missing.
    /// - Throws: E071 when another process has the folder; E001 when the file cannot be opened.
    package init(folder: String, wakeUps: WakeUps) throws {
        self.wakeUps = wakeUps
        lock = try FolderLock(folder: folder)
        var configuration = Configuration()
        configuration.label = "avatarium"
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 4
        // Queries carry users' texts: errors must not repeat them.
        configuration.publicStatementArguments = false
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA cache_size = -16384")
            try db.execute(sql: "PRAGMA temp_store = MEMORY")
            try db.execute(sql: "PRAGMA journal_size_limit = 67108864")
        }
        do {
            pool = try DatabasePool(path: "\(folder)/store.sqlite", configuration: configuration)
            // GRDB sets NORMAL, which may lose the last transactions when power fails. A job that was accepted
            // with 202 must not be lost.
            try pool.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA synchronous = FULL")
                // A checkpoint writes into the file what many commits changed, while the next one waits: seldom, then.
                try db.execute(sql: "PRAGMA wal_autocheckpoint = 8000")
            }
            writer = GroupCommit(pool)
        } catch {
            throw Self.translated(error, path: "\(folder)/store.sqlite")
        }
    }

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        do {
            return try await pool.read { try body(SQLiteConnection(db: $0)) }
        } catch {
            throw Self.translated(error)
        }
    }

    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        do {
            let (value, topics) = try await writer.write { db in
                let connection = SQLiteConnection(db: db)
                return (try body(connection), connection.topics)
            }
            wakeUps.wake(topics)
            return value
        } catch {
            throw Self.translated(error)
        }
    }

    package func close() async {
        try? pool.close()
        lock.release()
    }

    private static func translated(_ error: any Error, path: String? = nil) -> any Error {
        guard let error = error as? DatabaseError else {
            return (error as? DatabaseFailure)?.error ?? error
        }
        let kind: DatabaseFailure.Kind =
            switch error.resultCode {
            case .SQLITE_FULL: .full
            case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM: .unreachable
            case .SQLITE_IOERR: .unreachable
            case .SQLITE_INTERRUPT: .timeout
            case .SQLITE_CONSTRAINT: .duplicate
            default: .other
            }
        let message = error.message ?? "no message"
        let failure = DatabaseFailure(
            kind: kind, message: message, state: "SQLite \(error.extendedResultCode.rawValue)")
        return failure.error.adding(context: path.map { ["path": $0] } ?? [:])
    }
}

/// GRDB's connection inside one of its closures.
private final class SQLiteConnection: SQLConnection {
    let dialect = SQLDialect.sqlite
    private let db: Database
    private(set) var topics: Set<Topic> = []

    init(db: Database) { self.db = db }

    private func prepared(_ sql: SQL) throws -> Statement {
        let statement = try db.cachedStatement(sql: dialect.text(of: sql))
        statement.setUncheckedArguments(
            StatementArguments(
                try sql.parameters.map { parameter -> (any DatabaseValueConvertible)? in
                    switch parameter {
                    case .integer(let value): return value
                    case .text(let value):
                        try value?.checkStorable()
                        return value
                    }
                }))
        return statement
    }

    func run(_ sql: SQL) throws -> Int {
        try prepared(sql).execute()
        return db.changesCount
    }

    func rows(_ sql: SQL) throws -> [SQLRow] {
        let statement = try prepared(sql)
        let columns = Dictionary(
            statement.columnNames.enumerated().map { ($0.element, $0.offset) },
            uniquingKeysWith: { a, _ in a })
        let cursor = try Row.fetchCursor(statement)
        var rows: [SQLRow] = []
        while let row = try cursor.next() {
            rows.append(
                SQLRow(
                    columns: columns,
                    values: row.databaseValues.map { value in
                        switch value.storage {
                        case .null: .null
                        case .int64(let integer): .integer(integer)
                        case .string(let text): .text(text)
                        case .double(let double): .text(String(double))
                        case .blob(let data): .text(String(decoding: data, as: UTF8.self))
                        }
                    }))
        }
        return rows
    }

    func wake(_ topic: Topic, everywhere: Bool) { topics.insert(topic) }
}

extension String {
    /// Refuses U+0000, at which PostgreSQL's text ends.
    func checkStorable() throws {
        if utf8.contains(0) {
            throw DatabaseFailure(kind: .unstorable, message: "U+0000 in a text", state: "22021")
        }
    }
}

/// The lock by which one process owns a folder: `flock` on a file `lock`, gone when the process ends.
private final class FolderLock: Sendable {
    private let descriptor: Int32

    init(folder: String) throws {
        let path = "\(folder)/lock"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw Self.unusable(path, "\(error.localizedDescription)")
        }
        descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.unusable(path, String(cString: strerror(errno))) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            Foundation.close(descriptor)
            throw AvatariumError(
                .invalidConfig,
                "another process uses the data folder '\(folder)'; stop it, or choose another folder",
                context: ["path": path])
        }
    }

    private static func unusable(_ path: String, _ why: String) -> AvatariumError {
        AvatariumError(
            .connectionFailed, "'\(path)' cannot be opened: \(why); check the folder's permissions",
            context: ["path": path, "stage": "database", "reason": "unreachable"])
    }

    func release() { flock(descriptor, LOCK_UN) }

    deinit { Foundation.close(descriptor) }
}

import GRDB
import Synchronization

/// Commits the writes that wait for the one writing connection together, each in a savepoint of its own.
///
/// A commit waits for the disk once, however many small transactions are in it: 7.6 ms in the median beside other work
/// (`fdatasync` of 8 KiB, docs/SERVICE.md's machine), so that at a hundred requests a second, commits one by one leave
/// hardly a moment between them.
final class GroupCommit: Sendable {
    private let pool: DatabasePool
    private let waiting = Mutex<[any PendingWrite]>([])

    init(_ pool: DatabasePool) { self.pool = pool }

    /// Runs `body` on the writing connection, in the order of calls.
    /// - Returns: its value, once that is on the disk.
    /// - Throws: what `body` throws, after what it wrote was undone; GRDB's `DatabaseError` where the commit fails, which then
    ///   fails for all that were to be committed together.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        try Task.checkCancellation()
        return try await withCheckedThrowingContinuation { continuation in
            let isFirst = waiting.withLock { writes in
                writes.append(Pending(body: body, continuation: continuation))
                return writes.count == 1
            }
            // While a commit waits for the disk, later ones gather behind it.
            guard isFirst else { return }
            pool.asyncWriteWithoutTransaction { [self] db in
                let writes = waiting.withLock { writes in
                    defer { writes = [] }
                    return writes
                }
                Self.commit(writes, db)
            }
        }
    }

    private static func commit(_ writes: [any PendingWrite], _ db: Database) {
        do {
            try db.inTransaction(.immediate) {
                for write in writes {
                    do {
                        try db.inSavepoint {
                            try write.run(db)
                            return .commit
                        }
                    } catch {
                        // A full or broken disk can end the whole transaction.
                        guard db.isInsideTransaction else { throw error }
                        write.fail(error)
                    }
                }
                return .commit
            }
            for write in writes { write.finish() }
        } catch {
            for write in writes {
                write.fail(error)
                write.finish()
            }
        }
    }
}

/// A write that waits for its turn, and then for its commit.
private protocol PendingWrite: Sendable {
    func run(_ db: Database) throws
    /// Replaces the outcome by an error.
    func fail(_ error: any Error)
    /// Gives the outcome to who waits for it.
    func finish()
}

private final class Pending<Value: Sendable>: PendingWrite {
    private let body: @Sendable (Database) throws -> Value
    private let continuation: CheckedContinuation<Value, any Error>
    private let outcome = Mutex<Result<Value, any Error>>(.failure(CancellationError()))

    init(
        body: @escaping @Sendable (Database) throws -> Value,
        continuation: CheckedContinuation<Value, any Error>
    ) {
        self.body = body
        self.continuation = continuation
    }

    func run(_ db: Database) throws {
        let value = try body(db)
        outcome.withLock { $0 = .success(value) }
    }

    func fail(_ error: any Error) { outcome.withLock { $0 = .failure(error) } }

    func finish() { continuation.resume(with: outcome.withLock { $0 }) }
}

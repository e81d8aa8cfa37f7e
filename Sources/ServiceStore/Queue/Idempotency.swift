import AvatariumCore

/// The idempotency key of a request: requests with the same key are executed once.
public struct Idempotency<Created: Sendable>: Sendable {
    /// The header's value, at most 255 characters.
    public var key: String
    /// A hash of method, path and body; the same key with a different fingerprint is an error.
    public var fingerprint: String
    /// Returns the response to store, from the created record.
    public var answer: @Sendable (Created) throws -> StoredAnswer

    public init(
        key: String, fingerprint: String, answer: @escaping @Sendable (Created) throws -> StoredAnswer
    ) {
        self.key = key
        self.fingerprint = fingerprint
        self.answer = answer
    }
}

/// The stored part of a response, from which it can be repeated: the identifier of the created record.
public struct StoredAnswer: Sendable, Hashable {
    public var body: String

    public init(_ body: String) { self.body = body }
}

/// The outcome of a request that may have been made before.
public enum Once<Value: Sendable>: Sendable {
    case fresh(Value)
    /// The request was made before; this is its stored response.
    case replayed(StoredAnswer)
    /// The key was used for another request.
    case mismatch
}

/// The outcome of a request to create something, which may be refused.
protocol CreationOutcome: Sendable {
    associatedtype Created: Sendable
    static func created(_ created: Created) -> Self
    static func replayed(_ answer: StoredAnswer) -> Self
    static var mismatch: Self { get }
}

/// A refusal to create something, as the outcome of the request.
struct Refusal<Outcome: Sendable>: Error {
    var outcome: Outcome
}

extension Once {
    /// Returns what became of a request to create something: what `made` says of what was created, or the refusal.
    func outcome<Created, Outcome>(_ made: (Created) throws -> Outcome) rethrows -> Once<Outcome>
    where Value == Result<Created, Refusal<Outcome>> {
        switch self {
        case .fresh(.success(let created)): .fresh(try made(created))
        case .fresh(.failure(let refusal)): .fresh(refusal.outcome)
        case .replayed(let answer): .replayed(answer)
        case .mismatch: .mismatch
        }
    }
}

extension ServiceStore {
    /// Returns the stored response of a request that was made before, to avoid repeating expensive work; the
    /// creating method checks again.
    /// - Returns: `nil` if the key is new.
    public func earlierAnswer(
        key: String, fingerprint: String, account: AccountID
    ) async throws -> Once<Never>? {
        let time = now()
        return try await database.read { connection in
            try Self.earlier(key: key, fingerprint: fingerprint, account: account, at: time, connection)
        }
    }

    private static func earlier<Value>(
        key: String, fingerprint: String, account: AccountID, at time: Timestamp,
        _ connection: any SQLConnection
    ) throws -> Once<Value>? {
        let row = try connection.row(
            """
            SELECT fingerprint, body FROM idempotency
            WHERE account_id = \(account) AND key = \(key) AND expires_at > \(time)
            """)
        guard let row else { return nil }
        guard try row.text("fingerprint") == fingerprint else { return .mismatch }
        return .replayed(StoredAnswer(try row.text("body")))
    }

    /// Deletes the stored response of a key, if it is still this one, so that the request can be repeated after a
    /// failure.
    public func forgetAnswer(_ answer: StoredAnswer, key: String, account: AccountID) async throws {
        try await database.write { connection in
            try connection.run(
                """
                DELETE FROM idempotency WHERE account_id = \(account) AND key = \(key)
                  AND body = \(answer.body)
                """)
        }
    }

    /// Creates something that is never refused once for a key, in a transaction of its own.
    func createOnce<Created: Sendable>(
        _ idempotency: Idempotency<Created>?, account: AccountID, at time: Timestamp,
        create: @escaping @Sendable (any SQLConnection) throws -> Created
    ) async throws -> Once<Created> {
        try await database.write { [self] connection in
            let outcome: Once<Result<Created, Never>> = try once(
                idempotency, account: account, at: time, connection
            ) { .success(try create(connection)) }
            switch outcome {
            case .fresh(let created): return .fresh(created.get())
            case .replayed(let answer): return .replayed(answer)
            case .mismatch: return .mismatch
            }
        }
    }

    /// Creates something once for a key, or refuses it, in a transaction of its own.
    func createOrRefuse<Outcome: CreationOutcome>(
        _ idempotency: Idempotency<Outcome.Created>?, account: AccountID, at time: Timestamp,
        create: @escaping @Sendable (any SQLConnection) throws -> Result<Outcome.Created, Refusal<Outcome>>
    ) async throws -> Outcome {
        try await database.write { [self] connection in
            let outcome = try once(
                idempotency, account: account, at: time, connection, create: { try create(connection) }
            ).outcome(Outcome.created)
            switch outcome {
            case .fresh(let outcome): return outcome
            case .replayed(let answer): return .replayed(answer)
            case .mismatch: return .mismatch
            }
        }
    }

    /// Creates something once for a key. The row is inserted first: a twin of the request in another transaction
    /// waits for this one to end, and is then answered by replay.
    func once<Created: Sendable, Refusal: Error>(
        _ idempotency: Idempotency<Created>?, account: AccountID, at time: Timestamp,
        _ connection: any SQLConnection, create: () throws -> Result<Created, Refusal>
    ) throws -> Once<Result<Created, Refusal>> {
        guard let idempotency else { return .fresh(try create()) }
        let (key, fingerprint) = (idempotency.key, idempotency.fingerprint)
        try connection.run(
            """
            DELETE FROM idempotency WHERE account_id = \(account) AND key = \(key) AND expires_at <= \(time)
            """)
        let inserted = try connection.run(
            """
            INSERT INTO idempotency (account_id, key, fingerprint, status, body, expires_at)
            VALUES (\(account), \(key), \(fingerprint), 201, '', \(time + policy.idempotency))
            ON CONFLICT (account_id, key) DO NOTHING
            """)
        if inserted == 0 {
            let earlier: Once<Result<Created, Refusal>>? = try Self.earlier(
                key: key, fingerprint: fingerprint, account: account, at: time, connection)
            return try earlier.unwrapped()
        }
        let created = try create()
        switch created {
        case .success(let value):
            let answer = try idempotency.answer(value)
            try connection.run(
                """
                UPDATE idempotency SET body = \(answer.body)
                WHERE account_id = \(account) AND key = \(key)
                """)
        case .failure:
            // A refusal is not an answer to keep: the next request may be accepted.
            try connection.run("DELETE FROM idempotency WHERE account_id = \(account) AND key = \(key)")
        }
        return .fresh(created)
    }
}

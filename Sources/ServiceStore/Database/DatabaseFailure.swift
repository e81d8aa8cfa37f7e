import AvatariumCore

/// What went wrong in a database, in the terms on which the store acts.
struct DatabaseFailure: Error, CustomStringConvertible {
    enum Kind: Sendable {
        /// The database cannot be reached, or refuses work for the moment.
        case unreachable
        /// There is no space left for what should be written.
        case full
        /// A statement took longer than it may.
        case timeout
        /// The transaction met another one; running it again may succeed.
        case repeatable
        /// A unique value is already there.
        case duplicate
        /// The text has a character that the database cannot hold.
        case unstorable
        /// Anything else: a mistake of ours, or a damaged file.
        case other
    }

    var kind: Kind
    var message: String
    /// SQLSTATE in PostgreSQL, the extended result code in SQLite.
    var state: String
    /// Whether the connection broke during a commit: the transaction counts, or not, and nobody knows.
    var commitIsUnknown = false

    var description: String { "\(message) (\(state))" }

    /// The error that callers see. Everything that may pass by itself is E001, which is recoverable: the service
    /// answers 503 and tries anew. A full disk is among these because the same call succeeds, unchanged, once
    /// there is space: E081 (the host lacks something) and E092 (a bug of ours) would both say that it never can.
    var error: AvatariumError {
        // libpq writes over several lines, with tabs.
        let message = message.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return switch kind {
        case .unreachable, .repeatable:
            AvatariumError(
                .connectionFailed, "the database cannot be reached: \(message); try again",
                context: ["stage": "database", "reason": "unreachable", "state": state], retryAfter: 1000,
                cause: self)
        case .full:
            AvatariumError(
                .connectionFailed, "the database has no space left to write; free some on its disk",
                context: ["stage": "database", "reason": "disk_full", "state": state], retryAfter: 10_000,
                cause: self)
        case .timeout:
            AvatariumError(
                .timeout, "the database took too long; try again",
                context: ["stage": "database", "reason": "timeout", "state": state], retryAfter: 1000,
                cause: self)
        case .unstorable:
            AvatariumError(
                .validationError, "a text contains a character that cannot be stored; remove U+0000",
                context: ["stage": "database", "state": state], cause: self)
        case .duplicate, .other:
            AvatariumError(
                .internalError, "the database refused a statement: \(message)",
                context: ["stage": "database", "state": state], cause: self)
        }
    }
}

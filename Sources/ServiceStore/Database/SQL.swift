/// A statement of SQL whose values stand apart from its text.
///
/// Written as a string literal, every interpolated value becomes a parameter, so no value can be read as SQL:
/// `"SELECT * FROM jobs WHERE id = \(id)"`. `\(raw: text)` inserts text of ours, `\(fragment)` another `SQL`.
struct SQL: ExpressibleByStringInterpolation, Sendable {
    enum Parameter: Sendable, Equatable {
        case integer(Int64?)
        case text(String?)
    }

    /// The text around the parameters: one more than there are parameters.
    private(set) var fragments: [String]
    private(set) var parameters: [Parameter]

    init(stringLiteral text: String) {
        fragments = [text]
        parameters = []
    }

    init(stringInterpolation: StringInterpolation) {
        fragments = stringInterpolation.fragments
        parameters = stringInterpolation.parameters
    }

    /// Text of ours, without parameters.
    init(raw text: String) {
        fragments = [text]
        parameters = []
    }

    static func + (a: SQL, b: SQL) -> SQL { "\(a)\(b)" }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var fragments = [""]
        fileprivate var parameters: [Parameter] = []

        init(literalCapacity: Int, interpolationCount: Int) {
            fragments.reserveCapacity(interpolationCount + 1)
            parameters.reserveCapacity(interpolationCount)
        }

        mutating func appendLiteral(_ literal: String) { fragments[fragments.count - 1] += literal }

        private mutating func append(_ parameter: Parameter) {
            parameters.append(parameter)
            fragments.append("")
        }

        mutating func appendInterpolation(_ value: String?) { append(.text(value)) }
        mutating func appendInterpolation(_ value: Int64?) { append(.integer(value)) }
        mutating func appendInterpolation(_ value: Int?) { append(.integer(value.map(Int64.init))) }
        mutating func appendInterpolation(_ value: Bool) { append(.integer(value ? 1 : 0)) }
        mutating func appendInterpolation(_ value: Timestamp?) { append(.integer(value?.milliseconds)) }
        mutating func appendInterpolation(_ value: JSONText?) { append(.text(value?.text)) }
        mutating func appendInterpolation<Value: RawRepresentable<String>>(_ value: Value?) {
            append(.text(value?.rawValue))
        }

        /// `(a, b, c)` for `IN`; there must be at least one.
        mutating func appendInterpolation(list values: [String]) {
            appendLiteral("(")
            for (i, value) in values.enumerated() {
                if i > 0 { appendLiteral(", ") }
                append(.text(value))
            }
            appendLiteral(")")
        }

        mutating func appendInterpolation(raw text: String) { appendLiteral(text) }

        mutating func appendInterpolation(_ sql: SQL) {
            for (i, fragment) in sql.fragments.enumerated() {
                appendLiteral(fragment)
                if i < sql.parameters.count { append(sql.parameters[i]) }
            }
        }
    }
}

/// Where the two engines differ in what is written.
enum SQLDialect: Sendable {
    case sqlite, postgres

    /// A statement's text with the engine's placeholders.
    func text(of sql: SQL) -> String {
        var text = sql.fragments[0]
        for (i, fragment) in sql.fragments.dropFirst().enumerated() {
            switch self {
            case .sqlite: text += "?"
            case .postgres: text += "$\(i + 1)"
            }
            text += fragment
        }
        return text
    }

    /// Locks the rows that a SELECT finds, until the transaction ends. SQLite's only writer needs no locks.
    var forUpdate: SQL { self == .postgres ? " FOR UPDATE" : "" }

    /// The same, leaving out rows that another transaction holds.
    var forUpdateSkippingLocked: SQL { self == .postgres ? " FOR UPDATE SKIP LOCKED" : "" }

    /// A statement that waits until no other transaction works on the same key, in PostgreSQL.
    func lock(_ key: String) -> SQL? {
        self == .postgres ? "SELECT pg_advisory_xact_lock(hashtextextended(\(key), 0))" : nil
    }
}

/// A statement of SQL whose values stand apart from its text.
///
/// Written as a string literal, every interpolated value becomes a parameter, so no value can be read as SQL:
/// `"SELECT * FROM jobs WHERE id = \(id)"`. `\(raw: text)` inserts text of ours, `\(fragment)` another `SQL`.
package struct SQL: ExpressibleByStringInterpolation, Sendable {
    package enum Parameter: Sendable, Equatable {
        case integer(Int64?)
        case text(String?)
    }

    /// The text around the parameters: one more than there are parameters.
    package private(set) var fragments: [String]
    package private(set) var parameters: [Parameter]

    package init(stringLiteral text: String) {
        fragments = [text]
        parameters = []
    }

    package init(stringInterpolation: StringInterpolation) {
        fragments = stringInterpolation.fragments
        parameters = stringInterpolation.parameters
    }

    /// Text of ours, without parameters.
    package init(raw text: String) {
        fragments = [text]
        parameters = []
    }

    package static func + (a: SQL, b: SQL) -> SQL { "\(a)\(b)" }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var fragments = [""]
        fileprivate var parameters: [Parameter] = []

        package init(literalCapacity: Int, interpolationCount: Int) {
            fragments.reserveCapacity(interpolationCount + 1)
            parameters.reserveCapacity(interpolationCount)
        }

        package mutating func appendLiteral(_ literal: String) { fragments[fragments.count - 1] += literal }

        private mutating func append(_ parameter: Parameter) {
            parameters.append(parameter)
            fragments.append("")
        }

        package mutating func appendInterpolation(_ value: String?) { append(.text(value)) }
        package mutating func appendInterpolation(_ value: Int64?) { append(.integer(value)) }
        package mutating func appendInterpolation(_ value: Int?) { append(.integer(value.map(Int64.init))) }
        package mutating func appendInterpolation(_ value: Bool) { append(.integer(value ? 1 : 0)) }
        package mutating func appendInterpolation(_ value: Timestamp?) {
            append(.integer(value?.milliseconds))
        }
        package mutating func appendInterpolation(_ value: JSONText?) { append(.text(value?.text)) }
        package mutating func appendInterpolation<Value: RawRepresentable<String>>(_ value: Value?) {
            append(.text(value?.rawValue))
        }

        /// `(a, b, c)` for `IN`; there must be at least one.
        package mutating func appendInterpolation(list values: [String]) {
            appendLiteral("(")
            for (i, value) in values.enumerated() {
                if i > 0 { appendLiteral(", ") }
                append(.text(value))
            }
            appendLiteral(")")
        }

        package mutating func appendInterpolation(raw text: String) { appendLiteral(text) }

        package mutating func appendInterpolation(_ sql: SQL) {
            for (i, fragment) in sql.fragments.enumerated() {
                appendLiteral(fragment)
                if i < sql.parameters.count { append(sql.parameters[i]) }
            }
        }
    }
}

/// Where the two engines differ in what is written.
package enum SQLDialect: Sendable {
    case sqlite, postgres

    /// A statement's text with the engine's placeholders.
    package func text(of sql: SQL) -> String {
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
    package var forUpdate: SQL { self == .postgres ? " FOR UPDATE" : "" }

    /// Locks the rows that a SELECT finds, and leaves out those that another transaction holds.
    package var forUpdateSkippingLocked: SQL { self == .postgres ? " FOR UPDATE SKIP LOCKED" : "" }

    /// A column in a condition for which no index is to be taken. Where SQLite has gathered no statistics it takes an index
    /// that finds everything of an account, in place of the one that finds the few rows that are meant; PostgreSQL gathers
    /// them by itself.
    package func withoutIndex(_ column: String) -> SQL { SQL(raw: self == .sqlite ? "+\(column)" : column) }

    /// A statement that waits until no other transaction works on the same key, in PostgreSQL.
    package func lock(_ key: String) -> SQL? {
        self == .postgres ? "SELECT pg_advisory_xact_lock(hashtextextended(\(key), 0))" : nil
    }
}

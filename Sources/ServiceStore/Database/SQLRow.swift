import AvatariumCore

/// One row of an answer; columns are asked for by name.
package struct SQLRow: Sendable {
    package enum Value: Sendable, Equatable {
        case null
        case integer(Int64)
        case text(String)
    }

    /// The place of each column by its name; all rows of an answer share it.
    package let columns: [String: Int]
    package let values: [Value]

    private func value(_ name: String) throws -> Value {
        guard let index = columns[name] else {
            throw AvatariumError(
                .internalError, "the database's response has no column '\(name)'", context: ["column": name])
        }
        return values[index]
    }

    package func isNull(_ name: String) throws -> Bool { try value(name) == .null }

    package func textOrNil(_ name: String) throws -> String? {
        switch try value(name) {
        case .null: nil
        case .text(let text): text
        case .integer(let integer): String(integer)
        }
    }

    package func integerOrNil(_ name: String) throws -> Int64? {
        switch try value(name) {
        case .null: return nil
        case .integer(let integer): return integer
        case .text(let text):
            guard let integer = Int64(text) else { throw wrong(name, "an integer") }
            return integer
        }
    }

    package func text(_ name: String) throws -> String { try present(textOrNil(name), name) }
    package func integer(_ name: String) throws -> Int64 { try present(integerOrNil(name), name) }
    package func int(_ name: String) throws -> Int { Int(try integer(name)) }
    package func bool(_ name: String) throws -> Bool { try integer(name) != 0 }
    package func time(_ name: String) throws -> Timestamp { Timestamp(milliseconds: try integer(name)) }
    package func timeOrNil(_ name: String) throws -> Timestamp? {
        try integerOrNil(name).map(Timestamp.init(milliseconds:))
    }
    package func json(_ name: String) throws -> JSONText { JSONText(text: try text(name)) }
    package func jsonOrNil(_ name: String) throws -> JSONText? {
        try textOrNil(name).map(JSONText.init(text:))
    }
    package func id<Entity>(_ name: String) throws -> Identifier<Entity> { Identifier(try text(name)) }

    /// One of an enumeration's cases.
    package func choice<Choice: RawRepresentable<String>>(_ name: String, of type: Choice.Type = Choice.self)
        throws
        -> Choice
    {
        guard let choice = Choice(rawValue: try text(name)) else { throw wrong(name, "a \(Choice.self)") }
        return choice
    }

    private func present<Wrapped>(_ value: Wrapped?, _ name: String) throws -> Wrapped {
        guard let value else { throw wrong(name, "a value") }
        return value
    }

    private func wrong(_ name: String, _ wanted: String) -> AvatariumError {
        AvatariumError(
            .internalError, "the database's column '\(name)' does not hold \(wanted)",
            context: ["column": name])
    }
}

import AvatariumCore

/// One row of an answer; columns are asked for by name.
struct SQLRow: Sendable {
    enum Value: Sendable, Equatable {
        case null
        case integer(Int64)
        case text(String)
    }

    /// The place of each column by its name; all rows of an answer share it.
    let columns: [String: Int]
    let values: [Value]

    private func value(_ name: String) throws -> Value {
        guard let index = columns[name] else {
            throw AvatariumError(
                .internalError, "the database's answer has no column '\(name)'", context: ["column": name])
        }
        return values[index]
    }

    func textOrNil(_ name: String) throws -> String? {
        switch try value(name) {
        case .null: nil
        case .text(let text): text
        case .integer(let integer): String(integer)
        }
    }

    func integerOrNil(_ name: String) throws -> Int64? {
        switch try value(name) {
        case .null: return nil
        case .integer(let integer): return integer
        case .text(let text):
            guard let integer = Int64(text) else { throw wrong(name, "an integer") }
            return integer
        }
    }

    func text(_ name: String) throws -> String { try present(textOrNil(name), name) }
    func integer(_ name: String) throws -> Int64 { try present(integerOrNil(name), name) }
    func int(_ name: String) throws -> Int { Int(try integer(name)) }
    func bool(_ name: String) throws -> Bool { try integer(name) != 0 }
    func time(_ name: String) throws -> Timestamp { Timestamp(milliseconds: try integer(name)) }
    func timeOrNil(_ name: String) throws -> Timestamp? {
        try integerOrNil(name).map(Timestamp.init(milliseconds:))
    }
    func json(_ name: String) throws -> JSONText { JSONText(text: try text(name)) }
    func jsonOrNil(_ name: String) throws -> JSONText? { try textOrNil(name).map(JSONText.init(text:)) }
    func id<Entity>(_ name: String) throws -> Identifier<Entity> { Identifier(try text(name)) }
    func idOrNil<Entity>(_ name: String) throws -> Identifier<Entity>? {
        try textOrNil(name).map(Identifier.init(_:))
    }

    /// One of an enumeration's cases.
    func choice<Choice: RawRepresentable<String>>(_ name: String, of type: Choice.Type = Choice.self) throws
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

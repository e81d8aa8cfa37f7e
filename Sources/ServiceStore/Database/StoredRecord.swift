import AvatariumCore
import Synchronization

/// A record that is decoded from a row of its table.
///
/// A property is read from the column of its name in snake case, `createdAt` from `created_at`; one that refers to
/// another record from the column that adds `_id`, `account` from `account_id`.
package protocol StoredRecord: Decodable, Sendable {
    /// Columns whose names differ from that rule, by property.
    static var columns: [String: String] { get }
}

extension StoredRecord {
    package static var columns: [String: String] { [:] }

    /// Decodes a row.
    /// - Throws: E092 for a column that is absent, or that holds something else than the property's type.
    package init(_ row: SQLRow) throws { try self.init(from: RowDecoder(row: row, names: Self.columns)) }
}

/// A record that belongs to an account.
package protocol OwnedRecord: Identified, Sendable {
    static var table: String { get }
    /// The column that says whose it is.
    static var ownerColumn: String { get }

    init(_ row: SQLRow) throws
}

extension OwnedRecord {
    /// The type's name in snake case, in the plural: `webhook_endpoints` of `WebhookEndpoint`.
    package static var table: String { WireName.snake("\(Self.self)").dropFirst() + "s" }
    package static var ownerColumn: String { "account_id" }
}

/// A record that pages list, the newest first.
package protocol ListedRecord: OwnedRecord {
    var id: Identifier<Self> { get }
    var createdAt: Timestamp { get }
}

/// A value of ours that one column holds, besides texts, numbers, truth values, times and JSON.
package protocol ColumnValue {
    /// Reads a column that is not NULL.
    static func read(_ column: String, of row: SQLRow) throws -> Self
}

extension ColumnValue where Self: RawRepresentable<String> {
    package static func read(_ column: String, of row: SQLRow) throws -> Self { try row.choice(column) }
}

extension Identifier: ColumnValue {}

/// The words of a text, separated by spaces.
extension Array: ColumnValue where Element == String {
    package static func read(_ column: String, of row: SQLRow) throws -> [String] {
        try row.text(column).split(separator: " ").map(String.init)
    }
}

/// The columns of properties, each worked out once.
private enum ColumnNames {
    typealias Names = (value: String, reference: String)
    private static let known = Mutex<[String: Names]>([:])

    /// Returns the column that holds a property, and the one that holds the identifier of what it refers to.
    static func of(_ property: String) -> Names {
        known.withLock { known in
            if let names = known[property] { return names }
            let value = WireName.snake(property)
            let names = Names(value: value, reference: value + "_id")
            known[property] = names
            return names
        }
    }
}

/// Gives a record's properties their columns.
private struct RowDecoder: Decoder {
    let row: SQLRow
    let names: [String: String]
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(Columns(decoder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw Self.notAColumn }
    func singleValueContainer() throws -> any SingleValueDecodingContainer { throw Self.notAColumn }

    fileprivate static var notAColumn: AvatariumError {
        AvatariumError(.internalError, "a record's property is not the value of a column")
    }

    private struct Columns<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let decoder: RowDecoder
        var codingPath: [any CodingKey] { [] }
        var allKeys: [Key] { [] }

        private func column(_ key: Key) -> String {
            if let name = decoder.names[key.stringValue] { return name }
            let name = ColumnNames.of(key.stringValue)
            if decoder.row.columns[name.value] != nil { return name.value }
            return decoder.row.columns[name.reference] != nil ? name.reference : name.value
        }

        func contains(_ key: Key) -> Bool { true }
        func decodeNil(forKey key: Key) throws -> Bool { try decoder.row.isNull(column(key)) }

        func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
            guard let value = try read(type, column(key)) as? Value else { throw RowDecoder.notAColumn }
            return value
        }

        private func read(_ type: any Decodable.Type, _ column: String) throws -> Any {
            let row = decoder.row
            return switch type {
            case is String.Type: try row.text(column)
            case is Int.Type: try row.int(column)
            case is Int64.Type: try row.integer(column)
            case is Bool.Type: try row.bool(column)
            case is Timestamp.Type: try row.time(column)
            case is JSONText.Type: try row.json(column)
            case let type as any ColumnValue.Type: try type.read(column, of: row)
            default: throw RowDecoder.notAColumn
            }
        }

        func nestedContainer<Nested>(keyedBy type: Nested.Type, forKey key: Key) throws
            -> KeyedDecodingContainer<Nested>
        { throw RowDecoder.notAColumn }
        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
            throw RowDecoder.notAColumn
        }
        func superDecoder() throws -> any Decoder { throw RowDecoder.notAColumn }
        func superDecoder(forKey key: Key) throws -> any Decoder { throw RowDecoder.notAColumn }
    }
}

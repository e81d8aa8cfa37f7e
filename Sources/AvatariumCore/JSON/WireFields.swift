/// The fields of a JSON object as users write them: each name in camel case (`toneMap`) or in snake case
/// (`tone_map`), and no name that nobody reads.
///
/// ```swift
/// let fields = try WireFields(decoder, CodingKeys.self)
/// size = try fields(.size)
/// ```
package struct WireFields<Field: CodingKey & CaseIterable & Hashable> {
    private let container: KeyedDecodingContainer<WireKey>
    /// Every name of the object, in order.
    private let keys: [WireKey]
    private let names: [Field: WireKey]

    /// Reads the names of an object's fields.
    /// - Parameters:
    ///   - aliases: Other names of fields.
    ///   - others: Names that are read by somebody else; nil accepts every other name.
    /// - Throws: `DecodingError` at a field that does not exist, with the nearest name, or that is given twice.
    package init(
        _ decoder: any Decoder, _ type: Field.Type, aliases: [String: Field] = [:],
        besides others: Set<String>? = []
    ) throws {
        let container = try decoder.container(keyedBy: WireKey.self)
        try self.init(
            container, container.allKeys.sorted { $0.stringValue < $1.stringValue }, aliases, besides: others)
    }

    /// Reads those of an object's fields that belong to another type; every other name is accepted.
    /// - Throws: `DecodingError` at a field that is given twice.
    package init<Other>(among others: WireFields<Other>) throws {
        try self.init(others.container, others.keys, [:], besides: nil)
    }

    private init(
        _ container: KeyedDecodingContainer<WireKey>, _ keys: [WireKey], _ aliases: [String: Field],
        besides others: Set<String>?
    ) throws {
        self.container = container
        self.keys = keys
        var names: [Field: WireKey] = [:]
        for key in keys {
            let name = key.stringValue
            func refuse(_ reason: String) -> DecodingError {
                .dataCorrupted(
                    DecodingError.Context(codingPath: container.codingPath + [key], debugDescription: reason))
            }
            guard let field = Self.field(name) ?? aliases[name] else {
                guard let others, !others.contains(name) else { continue }
                let all = Set(Field.allCases.map(\.stringValue)).union(others.filter { !$0.contains("_") })
                let known = WireName.all(of: Field.self).union(aliases.keys)
                let near = NearMatches.of(name.lowercased(), in: Array(all.union(known).union(others)))
                let hint = near.first.map { "did you mean '\($0)'? " } ?? ""
                throw refuse(
                    "there is no such field; \(hint)the fields are \(all.sorted().joined(separator: ", "))")
            }
            if let other = names.updateValue(key, forKey: field) {
                throw refuse("is the same field as '\(other.stringValue)', which is given too; remove one")
            }
        }
        self.names = names
    }

    /// The field of a name in either spelling.
    private static func field(_ name: String) -> Field? {
        if let field = Field(stringValue: name) { return field }
        guard name.utf8.contains(UInt8(ascii: "_")) else { return nil }
        let camel = WireName.camel(name)
        return WireName.snake(camel) == name ? Field(stringValue: camel) : nil
    }

    /// Reads a text alone, or an object in which one field is a text and must be there.
    /// - Parameters:
    ///   - field: The field of the text.
    ///   - absence: The reason of the error where it is absent or empty: `names the music, and is missing`.
    /// - Returns: The text, and the object's fields; nil for a text alone.
    /// - Throws: `DecodingError`.
    package static func textOrObject(
        _ decoder: any Decoder, text field: Field, absence: String
    ) throws -> (text: String, fields: WireFields?) {
        if let text = try? decoder.singleValueContainer().decode(String.self) {
            // "logo.png size=0.2" is how the command line writes it.
            if let setting = setting(in: text) {
                throw DecodingError.dataCorrupted(
                    DecodingError.Context(
                        codingPath: decoder.codingPath,
                        debugDescription:
                            "is text in which '\(setting)' would be part of the \(field.stringValue)'s name; "
                            + "give an object: {\"\(field.stringValue)\": ..., \"\(setting)\": ...}"))
            }
            return (text, nil)
        }
        let fields = try WireFields(decoder, Field.self)
        guard let text = try fields(field, as: String.self), !text.isEmpty else {
            throw fields.refusal(field, absence)
        }
        return (text, fields)
    }

    /// The name of the field that a text's last word sets, as in `logo.png size=0.2`; nil where it sets none.
    private static func setting(in text: String) -> String? {
        guard let word = text.split(separator: " ").last, word.count < text.count,
            let equals = word.firstIndex(of: "="), let field = Self.field(String(word[..<equals]))
        else { return nil }
        return field.stringValue
    }

    /// Decodes a field; nil where it is absent or null.
    package func callAsFunction<Value: Decodable>(_ field: Field, as type: Value.Type = Value.self) throws
        -> Value?
    {
        guard let name = names[field] else { return nil }
        return try container.decodeIfPresent(Value.self, forKey: name)
    }

    /// Returns the error of a field's value.
    package func refusal(_ field: Field, _ reason: String) -> DecodingError {
        let key = names[field] ?? WireKey(stringValue: field.stringValue)
        return .dataCorruptedError(forKey: key, in: container, debugDescription: reason)
    }
}

/// Any name of a JSON object.
private struct WireKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { return nil }
}

/// Reads fields into properties, or writes them from properties, so that a type lists its fields once for both.
///
/// ```swift
/// mutating func visit(_ field: some WireVisitor<CodingKeys>) throws {
///     try field(.size, &size)
/// }
/// ```
package protocol WireVisitor<Field> {
    associatedtype Field: CodingKey
    func callAsFunction<Value: Codable>(_ field: Field, _ value: inout Value?) throws
}

extension WireFields: WireVisitor {
    package func callAsFunction<Value: Codable>(_ field: Field, _ value: inout Value?) throws {
        value = try self(field)
    }
}

/// Writes the fields that have a value, beside those that the object has already.
package final class WireWriter<Field: CodingKey>: WireVisitor {
    private var container: KeyedEncodingContainer<Field>

    package init(_ encoder: any Encoder, _ type: Field.Type) {
        container = encoder.container(keyedBy: type)
    }

    package func callAsFunction<Value: Codable>(_ field: Field, _ value: inout Value?) throws {
        try container.encodeIfPresent(value, forKey: field)
    }
}

/// A type whose fields may stand among those of another JSON object.
package protocol FieldGroup: Decodable {
    associatedtype Field: CodingKey & CaseIterable & Hashable

    /// - Throws: `DecodingError` for a value that a field cannot have.
    init(_ field: WireFields<Field>) throws
}

extension FieldGroup {
    /// Reads these fields among others of the same object.
    /// - Throws: `DecodingError` for a value that a field cannot have.
    package init<Other>(among fields: WireFields<Other>) throws {
        try self.init(WireFields(among: fields))
    }
}

/// The two spellings of a field's name.
package enum WireName {
    /// Returns the name in camel case and in snake case: `toneMap` and `tone_map`.
    package static func both(_ name: String) -> [String] { [name, snake(name)] }

    /// Returns a name of camel case in snake case.
    package static func snake(_ name: String) -> String {
        name.reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
    }

    /// Returns a name of snake case in camel case.
    static func camel(_ name: String) -> String {
        let words = name.split(separator: "_", omittingEmptySubsequences: false)
        return words.dropFirst().reduce(into: String(words.first ?? "")) {
            $0 += $1.prefix(1).uppercased() + $1.dropFirst()
        }
    }

    /// Returns both spellings of every key of a type.
    package static func all<Key: CodingKey & CaseIterable>(of type: Key.Type) -> Set<String> {
        Set(Key.allCases.flatMap { both($0.stringValue) })
    }
}

import AvatariumCore

/// The fields of a JSON object as users write them: each name in camel case (`toneMap`) or in snake case
/// (`tone_map`), and no name that nobody reads.
package struct WireFields<Field: CodingKey & CaseIterable & Hashable> {
    private let container: KeyedDecodingContainer<AnyKey>
    private let names: [Field: AnyKey]

    /// - Parameters:
    ///   - aliases: Other names of fields.
    ///   - ignored: Names that somebody else reads.
    /// - Throws: `DecodingError` at a field that does not exist, with the nearest name, or that is given twice.
    package init(
        _ decoder: any Decoder, _ type: Field.Type, aliases: [String: Field] = [:], ignored: Set<String> = []
    ) throws {
        container = try decoder.container(keyedBy: AnyKey.self)
        var known = aliases
        for field in Field.allCases {
            known[field.stringValue] = field
            known[field.stringValue.snakeCased] = field
        }
        var names: [Field: AnyKey] = [:]
        for key in container.allKeys.sorted(by: { $0.stringValue < $1.stringValue })
        where !ignored.contains(key.stringValue) {
            func refuse(_ reason: String) -> DecodingError {
                .dataCorrupted(
                    DecodingError.Context(codingPath: decoder.codingPath + [key], debugDescription: reason))
            }
            guard let field = known[key.stringValue] else {
                let near = NearMatches.of(key.stringValue.lowercased(), in: Array(known.keys))
                let hint = near.first.map { "did you mean '\($0)'? " } ?? ""
                let all = Set(Field.allCases.map(\.stringValue)).union(ignored).sorted().joined(separator: ", ")
                throw refuse("there is no such field; \(hint)the fields are \(all)")
            }
            if let other = names.updateValue(key, forKey: field) {
                throw refuse("is the same as '\(other.stringValue)', which is given too; leave one out")
            }
        }
        self.names = names
    }

    /// Decodes a field; nil where it is absent or null.
    package func callAsFunction<Value: Decodable>(_ field: Field, as type: Value.Type = Value.self) throws -> Value? {
        guard let name = names[field] else { return nil }
        return try container.decodeIfPresent(Value.self, forKey: name)
    }

    /// Returns the error of a field's value.
    package func refusal(_ field: Field, _ reason: String) -> DecodingError {
        let key = names[field] ?? AnyKey(stringValue: field.stringValue)
        return .dataCorruptedError(forKey: key, in: container, debugDescription: reason)
    }

    private struct AnyKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { return nil }
    }
}

extension String {
    /// The name in snake case: `toneMap` becomes `tone_map`.
    fileprivate var snakeCased: String {
        reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
    }
}

extension Decoder {
    /// Returns the object's fields and refuses names that nobody reads: a misspelt `tolerence` must not be ignored.
    /// - Parameter others: The names of fields that other types read from the same object.
    /// - Throws: `DecodingError` at the unknown field.
    package func knownKeys<Key: CodingKey & CaseIterable>(
        _ type: Key.Type, and others: [String] = []
    ) throws -> KeyedDecodingContainer<Key> {
        let known = Set(Key.allCases.map(\.stringValue) + others)
        for key in try container(keyedBy: AnyKey.self).allKeys.sorted(by: { $0.stringValue < $1.stringValue })
        where !known.contains(key.stringValue) {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: codingPath + [key],
                    debugDescription:
                        "there is no such field; there are \(known.sorted().joined(separator: ", "))"
                ))
        }
        return try container(keyedBy: type)
    }
}

private struct AnyKey: CodingKey {
    var stringValue: String
    var intValue: Int?

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { return nil }
}

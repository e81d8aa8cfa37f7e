extension Decoder {
    /// The object's fields, refusing names that nobody reads: a misspelt `tolerence` must not pass in silence.
    /// - Throws: `DecodingError` at the unknown field.
    package func knownKeys<Key: CodingKey & CaseIterable>(_ type: Key.Type) throws -> KeyedDecodingContainer<
        Key
    > {
        let known = Set(Key.allCases.map(\.stringValue))
        for key in try container(keyedBy: AnyKey.self).allKeys.sorted(by: { $0.stringValue < $1.stringValue })
        where !known.contains(key.stringValue) {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: codingPath + [key],
                    debugDescription:
                        "there is no such field; the fields are \(known.sorted().joined(separator: ", "))"
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

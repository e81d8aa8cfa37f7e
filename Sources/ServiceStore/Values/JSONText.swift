import AvatariumCore
import Foundation

/// JSON as the text in which it is stored: a request, a progress report, a result, an error.
///
/// It is kept as text because the store only passes it on; callers that need a member parse it.
public struct JSONText: Hashable, Sendable, Decodable, CustomStringConvertible, ExpressibleByStringLiteral {
    public let text: String

    /// Creates a value from text that is known to be JSON.
    public init(text: String) { self.text = text }

    public init(_ json: JSON) { text = String(decoding: json.encoded(), as: UTF8.self) }

    /// Encodes a value with sorted keys.
    public init(encoding value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        text = String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    public init(stringLiteral text: String) { self.text = text }

    public var description: String { text }

    /// Returns the parsed value.
    /// - Throws: `JSONSyntaxError`.
    public func parsed() throws -> JSON { try JSONParser.parse(text) }

    public func decoded<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }
}

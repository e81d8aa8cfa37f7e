/// A type with a fixed list of names, which its decoding error lists.
///
/// Adopt it instead of plain `Codable` on a string enumeration that users write by hand.
public protocol ChoiceDecodable: Decodable, CaseIterable, RawRepresentable where RawValue == String {}

extension ChoiceDecodable {
    /// - Throws: `DecodingError.dataCorrupted` that names the choices and the nearest one.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let name = try container.decode(String.self)
        guard let value = Self(rawValue: name) else {
            let choices = Self.allCases.map(\.rawValue)
            let near = NearMatches.of(name, in: choices).first.map { "did you mean '\($0)'? " } ?? ""
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription:
                    "'\(name.prefix(80))' is not known; \(near)choose \(choices.joined(separator: ", "))")
        }
        self = value
    }
}

/// A type that JSON holds as the text that its initializer reads: a size as `"1280x720"`.
public protocol TextCodable: Codable, CustomStringConvertible {
    /// What the texts are, which the decoding error says: `a size is written "1280x720"`.
    static var syntax: String { get }

    /// Reads a text; nil for one that does not have the syntax.
    init?(_ text: String)
}

extension TextCodable {
    /// - Throws: `DecodingError.dataCorrupted` that names the syntax.
    public init(from decoder: any Decoder) throws {
        self = try Self.read(try decoder.singleValueContainer().decode(String.self), from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// Returns the value of a text at a decoder's place.
    /// - Parameter text: Nil where there is none.
    /// - Throws: `DecodingError.dataCorrupted` that names the syntax.
    package static func read(_ text: String?, from decoder: any Decoder) throws -> Self {
        guard let value = text.flatMap(Self.init(_:)) else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: decoder.codingPath, debugDescription: syntax))
        }
        return value
    }

    /// Returns the value of a number or a text at a decoder's place.
    /// - Throws: `DecodingError.dataCorrupted` that names the syntax.
    package static func readNumberOrText(from decoder: any Decoder) throws -> Self {
        let container = try decoder.singleValueContainer()
        let text =
            (try? container.decode(String.self)) ?? (try? container.decode(Double.self)).map { "\($0)" }
        return try read(text.map { $0.hasSuffix(".0") ? String($0.dropLast(2)) : $0 }, from: decoder)
    }
}

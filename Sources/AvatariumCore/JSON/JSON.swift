/// A JSON value that keeps what readers of hostile files need: member order, and whether a number was written
/// as an integer.
public indirect enum JSON: Sendable, Equatable {
    case null
    case bool(Bool)
    /// A number; `isInteger` when written without fraction or exponent.
    case number(Double, isInteger: Bool)
    case string(String)
    case array([JSON])
    case object(JSONObject)

    public subscript(key: String) -> JSON? {
        if case .object(let object) = self { return object[key] }
        return nil
    }

    public subscript(index: Int) -> JSON? {
        if case .array(let array) = self, array.indices.contains(index) { return array[index] }
        return nil
    }

    public var object: JSONObject? {
        if case .object(let object) = self { return object }
        return nil
    }

    public var array: [JSON]? {
        if case .array(let array) = self { return array }
        return nil
    }

    public var string: String? {
        if case .string(let string) = self { return string }
        return nil
    }

    public var bool: Bool? {
        if case .bool(let bool) = self { return bool }
        return nil
    }

    public var double: Double? {
        if case .number(let value, _) = self { return value }
        return nil
    }

    public var float: Float? { double.map { Float($0) } }

    /// The number as an integer, when it is one (`3` and `3.0`) and fits exactly in 53 bits.
    public var int: Int? {
        guard case .number(let value, _) = self, value.rounded() == value, abs(value) <= 0x1p53 else {
            return nil
        }
        return Int(value)
    }
}

/// A JSON object: members in file order; of duplicate keys the last one wins, as in most readers.
public struct JSONObject: Sendable, Equatable {
    public private(set) var keys: [String] = []
    private var values: [String: JSON] = [:]
    /// Keys that occur more than once, in file order.
    public internal(set) var duplicateKeys: [String] = []

    public init() {}

    public subscript(key: String) -> JSON? { values[key] }

    public mutating func set(_ key: String, _ value: JSON) {
        if values.updateValue(value, forKey: key) == nil {
            keys.append(key)
        } else {
            duplicateKeys.append(key)
        }
    }

    public var isEmpty: Bool { keys.isEmpty }
}

extension JSON {
    /// A JSON pointer's token, escaped (RFC 6901).
    public static func pointerToken(_ key: String) -> String {
        guard key.contains("~") || key.contains("/") else { return key }
        var out = ""
        for c in key { out += c == "~" ? "~0" : c == "/" ? "~1" : String(c) }
        return out
    }
}

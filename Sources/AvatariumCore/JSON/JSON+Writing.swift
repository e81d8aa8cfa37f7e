extension JSON {
    /// Compact RFC 8259 text in UTF-8, members in order; numbers read back as the same numbers.
    public func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return bytes
    }

    private func write(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += Array("null".utf8)
        case .bool(let value): bytes += Array((value ? "true" : "false").utf8)
        case .number(let value, let isInteger):
            if isInteger, abs(value) <= 0x1p53 {
                bytes += Array("\(Int64(value))".utf8)
            } else {
                // JSON has no infinities; what cannot be written is null.
                bytes += Array((value.isFinite ? "\(value)" : "null").utf8)
            }
        case .string(let text): JSON.write(text, to: &bytes)
        case .array(let items):
            bytes.append(UInt8(ascii: "["))
            for (i, item) in items.enumerated() {
                if i > 0 { bytes.append(UInt8(ascii: ",")) }
                item.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            bytes.append(UInt8(ascii: "{"))
            var isFirst = true
            for key in object.keys {
                guard let value = object[key] else { continue }
                if !isFirst { bytes.append(UInt8(ascii: ",")) }
                isFirst = false
                JSON.write(key, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                value.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func write(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                bytes += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// An integer.
    public static func integer(_ value: Int) -> JSON { .number(Double(value), isInteger: true) }

    /// An array of numbers.
    public static func numbers(_ values: [Float]) -> JSON {
        .array(values.map { .number(Double($0), isInteger: false) })
    }

    /// An object of the members given, in order.
    public static func members(_ members: KeyValuePairs<String, JSON>) -> JSON {
        var object = JSONObject()
        for (key, value) in members { object.set(key, value) }
        return .object(object)
    }
}

extension JSONObject {
    /// A copy without some members, and with others set: those that exist keep their place.
    public func replacing(
        _ changes: [String: JSON] = [:], removing removed: Set<String> = []
    ) -> JSONObject {
        var copy = JSONObject()
        for key in keys where !removed.contains(key) {
            if let value = changes[key] ?? self[key] { copy.set(key, value) }
        }
        for (key, value) in changes.sorted(by: { $0.key < $1.key }) where copy[key] == nil {
            copy.set(key, value)
        }
        return copy
    }
}

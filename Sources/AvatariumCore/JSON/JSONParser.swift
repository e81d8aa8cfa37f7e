/// The reason why a text is not JSON, and its position.
public struct JSONSyntaxError: Error, Sendable, Equatable, CustomStringConvertible {
    public var message: String
    /// Byte offset into the text.
    public var offset: Int
    /// One-based line and column (in bytes).
    public var line: Int
    public var column: Int

    public var description: String { "\(message) at line \(line), column \(column) (byte \(offset))" }
}

/// An RFC 8259 parser for hostile input: bounded nesting, exact error places, no recursion past the bound.
public struct JSONParser {
    private let bytes: [UInt8]
    private var at = 0
    private var depth = 0
    private let maximumDepth: Int
    private let allowsOverflow: Bool
    /// Values that may still be read: each takes far more memory than its text.
    private var remainingValues: Int

    private init(_ bytes: [UInt8], maximumDepth: Int, maximumValues: Int, allowsOverflow: Bool) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
        self.allowsOverflow = allowsOverflow
        remainingValues = maximumValues
    }

    /// Parses one JSON text; a UTF-8 byte order mark is skipped.
    /// - Parameter allowsOverflow: Whether a number like `1e309`, which is valid JSON but fits no `Double`, is read as
    ///   an infinity, for readers that check ranges themselves and can name the value's place.
    /// - Throws: `JSONSyntaxError`.
    public static func parse(
        _ bytes: [UInt8], maximumDepth: Int = 128, maximumValues: Int = 4_000_000,
        allowsOverflow: Bool = false
    ) throws(JSONSyntaxError) -> JSON {
        var parser = JSONParser(
            bytes, maximumDepth: maximumDepth, maximumValues: maximumValues, allowsOverflow: allowsOverflow)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { parser.at = 3 }
        parser.skipSpace()
        let value = try parser.value()
        parser.skipSpace()
        guard parser.at == bytes.count else { throw parser.error("text after the end of the JSON value") }
        return value
    }

    public static func parse(_ text: String) throws(JSONSyntaxError) -> JSON { try parse(Array(text.utf8)) }

    private func error(_ message: String) -> JSONSyntaxError {
        let end = min(at, bytes.count)
        var line = 1
        var lineStart = 0
        for i in 0..<end where bytes[i] == 0x0A {
            line += 1
            lineStart = i + 1
        }
        return JSONSyntaxError(message: message, offset: end, line: line, column: end - lineStart + 1)
    }

    private mutating func skipSpace() {
        while at < bytes.count {
            let c = bytes[at]
            guard c == 0x20 || c == 0x0A || c == 0x0D || c == 0x09 else { return }
            at += 1
        }
    }

    private mutating func value() throws(JSONSyntaxError) -> JSON {
        guard at < bytes.count else { throw error("the text ends where a value is expected") }
        remainingValues -= 1
        guard remainingValues >= 0 else { throw error("the text contains more values than allowed") }
        switch bytes[at] {
        case UInt8(ascii: "{"): return try objectValue()
        case UInt8(ascii: "["): return try arrayValue()
        case UInt8(ascii: "\""): return .string(try stringValue())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try numberValue()
        case 0xFE, 0xFF:
            // The byte order mark of UTF-16, which PowerShell's > writes; in UTF-8 neither byte can stand.
            throw error("apparently UTF-16, not UTF-8 (iconv -f utf-16 -t utf-8 converts it)")
        default: throw error("unexpected character where a value is expected")
        }
    }

    private mutating func word(_ text: String, _ value: JSON) throws(JSONSyntaxError) -> JSON {
        guard bytes[at...].starts(with: text.utf8) else {
            throw error("unexpected word; did you mean \(text)?")
        }
        at += text.utf8.count
        return value
    }

    private mutating func enter() throws(JSONSyntaxError) {
        depth += 1
        if depth > maximumDepth { throw error("nested more than \(maximumDepth) levels deep") }
        at += 1
        skipSpace()
    }

    private mutating func objectValue() throws(JSONSyntaxError) -> JSON {
        try enter()
        var object = JSONObject()
        if take("}") {
            depth -= 1
            return .object(object)
        }
        while true {
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else {
                throw error("expected a member name in quotes")
            }
            let key = try stringValue()
            skipSpace()
            guard take(":") else { throw error("expected ':' after a member name") }
            skipSpace()
            object.set(key, try value())
            if try takeEnd("}", of: "an object") { return .object(object) }
        }
    }

    private mutating func arrayValue() throws(JSONSyntaxError) -> JSON {
        try enter()
        var items: [JSON] = []
        if take("]") {
            depth -= 1
            return .array(items)
        }
        while true {
            items.append(try value())
            if try takeEnd("]", of: "an array") { return .array(items) }
        }
    }

    /// Takes the comma or the bracket behind a value.
    /// - Returns: Whether it was the bracket.
    private mutating func takeEnd(_ bracket: Unicode.Scalar, of what: String) throws(JSONSyntaxError) -> Bool
    {
        skipSpace()
        if take(",") {
            skipSpace()
            return false
        }
        guard take(bracket) else { throw error("expected ',' or '\(bracket)' in \(what)") }
        depth -= 1
        return true
    }

    private mutating func take(_ c: Unicode.Scalar) -> Bool {
        guard at < bytes.count, bytes[at] == UInt8(ascii: c) else { return false }
        at += 1
        return true
    }

    private mutating func numberValue() throws(JSONSyntaxError) -> JSON {
        let start = at
        func digits(_ parser: inout JSONParser) -> Int {
            let from = parser.at
            while parser.at < parser.bytes.count, (0x30...0x39).contains(parser.bytes[parser.at]) {
                parser.at += 1
            }
            return parser.at - from
        }
        var isInteger = true
        _ = take("-")
        let leading = at
        let whole = digits(&self)
        guard whole > 0 else { throw error("a number needs digits") }
        if whole > 1, bytes[leading] == 0x30 { throw error("a number must not start with 0") }
        if take(".") {
            isInteger = false
            guard digits(&self) > 0 else { throw error("a number needs digits after '.'") }
        }
        if take("e") || take("E") {
            isInteger = false
            if !take("+") { _ = take("-") }
            guard digits(&self) > 0 else { throw error("a number needs digits in its exponent") }
        }
        if isInteger, at - start < 18 {
            var n = 0
            for c in bytes[leading..<at] { n = n * 10 + Int(c - 0x30) }
            return .number(Double(leading > start ? -n : n), isInteger: true)
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        guard let number = Double(text), number.isFinite || allowsOverflow else {
            throw error("a number out of range")
        }
        return .number(number, isInteger: isInteger)
    }

    private mutating func stringValue() throws(JSONSyntaxError) -> String {
        at += 1
        var start = at
        var scratch: [UInt8] = []
        while true {
            guard at < bytes.count else { throw error("a string is not closed") }
            let c = bytes[at]
            if c == UInt8(ascii: "\"") { break }
            if c < 0x20 { throw error("a control character inside a string") }
            if c == UInt8(ascii: "\\") {
                scratch.append(contentsOf: bytes[start..<at])
                scratch.append(contentsOf: try escape())
                start = at
            } else {
                at += 1
            }
        }
        scratch.append(contentsOf: bytes[start..<at])
        guard let text = String(validating: scratch, as: UTF8.self) else {
            throw error("a string is not valid UTF-8")
        }
        at += 1
        return text
    }

    private mutating func escape() throws(JSONSyntaxError) -> [UInt8] {
        at += 1
        guard at < bytes.count else { throw error("a string is not closed") }
        let c = bytes[at]
        at += 1
        switch c {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [c]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"):
            var unit = try hex4()
            if (0xD800..<0xDC00).contains(unit), at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"),
                bytes[at + 1] == UInt8(ascii: "u")
            {
                at += 2
                let low = try hex4()
                guard (0xDC00..<0xE000).contains(low) else { throw error("an unpaired surrogate") }
                unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(unit) else { throw error("an unpaired surrogate") }
            return Array(String(Character(scalar)).utf8)
        default: throw error("an unknown escape in a string")
        }
    }

    private mutating func hex4() throws(JSONSyntaxError) -> UInt32 {
        guard at + 4 <= bytes.count else { throw error("\\u needs four hex digits") }
        var unit: UInt32 = 0
        for c in bytes[at..<at + 4] {
            guard let digit = Character(Unicode.Scalar(c)).hexDigitValue else {
                throw error("\\u needs four hex digits")
            }
            unit = unit << 4 | UInt32(digit)
        }
        at += 4
        return unit
    }
}

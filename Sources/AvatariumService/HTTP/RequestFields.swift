import Avatarium
import AvatariumCore
import Hummingbird
import Foundation

/// The members of a JSON object that a client sent, each read at most once by its name, in snake_case.
///
/// Call `finish` after the last: a member that nobody read is a misspelling, and is refused with the nearest name.
struct RequestFields {
    /// The object and its place in the request.
    let cursor: JSONCursor
    private var known: [String] = []
    /// Members that are looked at as misspellings of one that is missing.
    private static let mostCompared = 100

    static let empty = RequestFields(cursor: JSONCursor(.object(JSONObject())))

    private init(cursor: JSONCursor) { self.cursor = cursor }

    /// - Throws: INVALID_REQUEST for what is not a JSON object, INVALID_PARAMETER for a member given twice.
    init(_ bytes: [UInt8]) throws { try self.init(Self.document(bytes), pointer: "") }

    /// A body's JSON, whatever it is.
    /// - Throws: INVALID_REQUEST with the place where the text is not JSON.
    static func document(_ bytes: [UInt8]) throws -> JSON {
        do {
            return try JSONParser.parse(bytes, maximumDepth: 32, maximumValues: 200_000)
        } catch {
            throw APIError(
                .invalidRequest,
                "the body is not JSON: \(error.message) at line \(error.line), column \(error.column)")
        }
    }

    init(_ value: JSON, pointer: String) throws {
        guard let object = value.object else {
            throw pointer.isEmpty
                ? APIError(.invalidRequest, "the body is not a JSON object; write {\"field\": value}")
                : APIError.invalid(pointer, "\(pointer) must be an object")
        }
        if let twice = object.duplicateKeys.first {
            throw APIError.invalid(
                pointer + "/" + JSON.pointerToken(twice),
                "'\(twice.quotedForMessage())' is given twice; remove one")
        }
        cursor = JSONCursor(value, pointer: pointer)
    }

    var isEmpty: Bool { cursor.members.isEmpty }

    func pointer(_ name: String) -> String { cursor.pointer(to: name) }

    /// The member's value; null counts as absent.
    mutating func json(_ name: String) -> JSON? {
        known.append(name)
        guard let value = cursor[name]?.value, value != .null else { return nil }
        return value
    }

    private mutating func value<Value>(
        _ name: String, _ wanted: String, _ read: (JSON) -> Value?
    ) throws -> Value? {
        guard let json = json(name) else { return nil }
        guard let value = read(json) else {
            throw APIError.invalid(pointer(name), "\(name) must be \(wanted)")
        }
        return value
    }

    /// A text within a length in UTF-8 bytes; without control characters but tab and line ends.
    mutating func string(_ name: String, limit: Int) throws -> String? {
        guard let text = try value(name, "a string", \.string) else { return nil }
        try Self.check(text, pointer(name), limit: limit)
        return text
    }

    /// - Throws: INVALID_PARAMETER for a text that is longer than its limit in bytes, or has control characters besides tabs
    ///   and line ends.
    static func check(_ text: String, _ pointer: String, limit: Int) throws {
        let name = pointer.drop { $0 == "/" }
        guard text.utf8.count <= limit else {
            throw APIError.invalid(pointer, "\(name) is longer than \(limit) bytes; shorten it")
        }
        guard
            !text.unicodeScalars.contains(where: { $0.value < 0x20 && ![0x9, 0xA, 0xD].contains($0.value) })
        else {
            throw APIError.invalid(pointer, "\(name) contains a control character; remove it")
        }
    }

    /// Bytes of the longest name that people give to things.
    static let longestName = 200

    /// A name that people read: one line, and not blank; nil where it is absent.
    mutating func name() throws -> String? {
        guard let text = try string("name", limit: Self.longestName) else { return nil }
        try Self.checkName(text, pointer("name"))
        return text
    }

    /// - Parameter place: The pointer of the name, or its parameter's name.
    /// - Throws: INVALID_PARAMETER for a name that is blank or too long, or that has line ends or other control characters.
    static func checkName(_ text: String, _ place: String) throws {
        guard text.utf8.count <= longestName else {
            throw APIError.invalid(place, "name is longer than \(longestName) bytes; shorten it")
        }
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw APIError.invalid(place, "name is blank; omit it, or give one")
        }
        let breaks: Set<Unicode.GeneralCategory> = [.control, .lineSeparator, .paragraphSeparator]
        guard !text.unicodeScalars.contains(where: { breaks.contains($0.properties.generalCategory) }) else {
            throw APIError.invalid(place, "name contains a line end or another control character; remove it")
        }
    }

    mutating func required(_ name: String, limit: Int) throws -> String {
        guard let text = try string(name, limit: limit), text.contains(where: { !$0.isWhitespace }) else {
            throw APIError.missing(pointer(name))
        }
        return text
    }

    /// MISSING_PARAMETER for a member, which names a member that nobody has read and that is probably meant for it.
    /// - Parameter remedy: what may be given instead.
    func missing(_ name: String, orElse remedy: String? = nil) -> APIError {
        var error = APIError.missing(pointer(name))
        if let remedy { error.message += "; \(remedy)" }
        // Each is compared with every field, so not all of a body that has tens of thousands.
        let stray = cursor.members.prefix(Self.mostCompared).map(\.key).first {
            !known.contains($0) && NearMatches.of($0.lowercased(), in: known).first == name
        }
        if let stray { error.message += "; there is no field '\(stray.quotedForMessage())'" }
        return error
    }

    mutating func bool(_ name: String) throws -> Bool? { try value(name, "true or false", \.bool) }

    mutating func number(_ name: String, in range: ClosedRange<Double>) throws -> Double? {
        guard let number = try value(name, "a number", \.double) else { return nil }
        guard range.contains(number) else {
            throw APIError.invalid(
                pointer(name),
                "\(name) must be \(Self.plain(range.lowerBound)) to \(Self.plain(range.upperBound))")
        }
        return number
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let number = try value(name, "a whole number", \.int) else { return nil }
        guard range.contains(number) else {
            throw APIError.invalid(
                pointer(name), "\(name) must be \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    mutating func choice<Value: RawRepresentable<String> & CaseIterable>(
        _ name: String, of type: Value.Type = Value.self
    ) throws -> Value? {
        guard let text = try string(name, limit: 200) else { return nil }
        if let value = Value(rawValue: text) { return value }
        let choices = Value.allCases.map(\.rawValue)
        let near = NearMatches.of(text.lowercased(), in: choices).first.map { "did you mean '\($0)'? " } ?? ""
        throw APIError.invalid(
            pointer(name),
            "\(name) '\(text.quotedForMessage())' is not known; \(near)choose \(choices.joined(separator: ", "))"
        )
    }

    /// A value with a decoder of its own, such as `fps` or `emotions`.
    mutating func decoded<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value?
    {
        guard let json = json(name) else { return nil }
        do {
            // Wrapped, since not every decoder takes a bare string as a document.
            return try JSONDecoder().decode([Value].self, from: Data(JSON.array([json]).encoded())).first
        } catch let error as DecodingError {
            // The pointer starts with the wrapper's "/0".
            let inner = String(error.fieldPointer.dropFirst(2))
            throw Self.refusal(error, pointer(name) + inner, name + inner)
        }
    }

    /// A decoder's refusal.
    /// - Parameter name: What is wrong, in words.
    static func refusal(_ error: DecodingError, _ pointer: String, _ name: String) -> APIError {
        let plain = error.reason.hasPrefix("must ") || error.reason.hasPrefix("is ")
        return APIError.invalid(pointer, "\(name)\(plain ? " " : ": ")\(error.reason)")
    }

    mutating func strings(_ name: String, count: Int, limit: Int) throws -> [String]? {
        guard let items = try value(name, "an array", \.array) else { return nil }
        guard items.count <= count else {
            throw APIError.invalid(pointer(name), "\(name) has more than \(count) entries; remove some")
        }
        return try items.enumerated().map { index, item in
            guard let text = item.string, text.utf8.count <= limit else {
                throw APIError.invalid(
                    "\(pointer(name))/\(index)",
                    "\(name) must contain only strings of at most \(limit) bytes")
            }
            return text
        }
    }

    /// An object within the object.
    mutating func object(_ name: String) throws -> RequestFields? {
        guard let json = json(name) else { return nil }
        return try RequestFields(json, pointer: pointer(name))
    }

    /// Refuses members that nobody read.
    func finish() throws {
        for (key, member) in cursor.members where !known.contains(key) {
            let near = NearMatches.of(key.lowercased(), in: known).first
            throw APIError.invalid(
                member.pointer,
                "there is no field '\(key.quotedForMessage())'; "
                    + (near.map { "did you mean '\($0)'?" }
                        ?? "the fields are \(known.sorted().joined(separator: ", "))"))
        }
    }

    private static func plain(_ value: Double) -> String {
        value.rounded() == value && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    }
}

/// The query of a request. Which parameters there may be, its route says (`Route.query`).
struct QueryFields {
    private var values: [String: String] = [:]

    init(_ request: Request) throws {
        for (name, value) in request.uri.queryParameters {
            let name = String(name)
            guard values[name] == nil else {
                throw APIError.invalid(
                    name, "the query gives '\(name.quotedForMessage())' twice; remove one")
            }
            guard String(value).utf8.count <= 2048 else {
                throw APIError.invalid(name, "the query parameter '\(name.quotedForMessage())' is too long")
            }
            values[name] = String(value)
        }
    }

    /// Refuses parameters that a path does not have: a misspelling must not be passed over in silence.
    func check(against known: [String]) throws {
        for name in values.keys.sorted() where !known.contains(name) {
            let near = NearMatches.of(name.lowercased(), in: known).first
            throw APIError.invalid(
                name,
                "there is no query parameter '\(name.quotedForMessage())'; "
                    + (near.map { "did you mean '\($0)'?" }
                        ?? (known.isEmpty
                            ? "this path takes none" : "there are \(known.sorted().joined(separator: ", "))"))
            )
        }
    }

    func string(_ name: String) -> String? { values[name] }

    func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = string(name) else { return nil }
        guard text.utf8.count < 19, let value = Int(text), range.contains(value) else {
            throw APIError.invalid(name, "\(name) must be \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func choice<Value: RawRepresentable<String> & CaseIterable>(
        _ name: String, of type: Value.Type = Value.self
    ) throws -> Value? {
        guard let text = string(name) else { return nil }
        guard let value = Value(rawValue: text) else {
            throw APIError.invalid(
                name,
                "\(name) '\(text.quotedForMessage())' is not known; choose "
                    + Value.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return value
    }
}

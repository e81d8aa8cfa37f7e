import AvatariumCore
import Foundation

extension ClipRequest {
    /// Decodes a request from JSON.
    /// - Throws: E093 with a JSON pointer in `context["field"]`; with line and column if the text is not JSON.
    public init(json bytes: [UInt8]) throws { self = try Self.parse(bytes, "the request").request }

    /// Reads a request from a JSON object that may have more fields.
    /// - Parameters:
    ///   - what: What the bytes are, for messages: `the line`.
    ///   - others: Names of fields that the caller reads.
    /// - Returns: The request, and the JSON for the other fields.
    /// - Throws: E093 as `init(json:)` does.
    package static func parse(
        _ bytes: [UInt8], _ what: String, besides others: Set<String> = []
    ) throws -> (request: ClipRequest, json: JSON) {
        let json: JSON
        do {
            json = try JSONParser.parse(bytes)
        } catch {
            throw AvatariumError(
                .validationError, "\(what) is not JSON: \(error.message) at column \(error.column)",
                context: ["field": "", "column": "\(error.column)"])
        }
        guard let object = json.object else {
            throw AvatariumError(
                .validationError, "\(what) is not a JSON object; write {\"text\": \"...\"}",
                context: ["field": ""])
        }
        if let twice = object.duplicateKeys.first {
            throw AvatariumError(
                .validationError, "\(what) gives '\(twice.quotedForMessage())' twice; remove one",
                context: ["field": twice])
        }
        try checkNumbers(object, what)
        let decoder = JSONDecoder()
        decoder.userInfo[otherFields] = others
        do {
            return (try decoder.decode(ClipRequest.self, from: Data(bytes)), json)
        } catch let error as DecodingError {
            throw error.validationError("\(what) is not a clip request")
        }
    }

    /// Refuses numbers of which Foundation says only that the data are not valid JSON.
    private static func checkNumbers(_ object: JSONObject, _ what: String) throws {
        for (field, range, words) in [
            ("seed", 0...0x1p64, "0 to 18446744073709551615"), ("samples", -0x1p62...0x1p62, "1 to 16"),
        ] {
            guard let value = object[field]?.double,
                value.rounded() != value || !range.contains(value) || value == 0x1p64
            else { continue }
            throw AvatariumError(
                .validationError, "\(what): \(field) must be a whole number, \(words)",
                context: ["field": field])
        }
        for field in object.keys {
            guard let value = object[field]?.double, abs(value) > 1e30 else { continue }
            throw AvatariumError(
                .validationError,
                "\(what): \(field.quotedForMessage()) is a number beyond 1e30, which no field takes; give a smaller one",
                context: ["field": field])
        }
    }
}

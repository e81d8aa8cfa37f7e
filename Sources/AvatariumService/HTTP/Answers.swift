import Avatarium
import AvatariumCore
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Makes the answers of the contract: `{"data", "meta"}` and `{"error", "meta"}`.
extension ServiceContext {
    func answer(
        _ data: JSON, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], nextCursor: String?? = nil
    ) -> Response {
        var meta = JSONObject()
        meta.set("requestId", .string(requestID))
        // A list says that it has ended; other answers have no such member.
        if let cursor = nextCursor { meta.set("nextCursor", cursor.map(JSON.string) ?? .null) }
        return .json(.members(["data": data, "meta": .object(meta)]), status: status, headers: headers)
    }

    func answer(_ error: APIError) -> Response {
        var headers = error.headers
        if let seconds = error.retryAfter { headers[.waitSeconds] = "\(seconds)" }
        if error.status == .unauthorized, headers[.wwwAuthenticate] == nil {
            // What was shown and is no good is told from nothing at all (RFC 6750 section 3.1).
            let refused: Set<APIError.Code> = [.invalidAPIKey, .tokenExpired, .tokenInvalid]
            headers[.wwwAuthenticate] =
                "Bearer realm=\"avatarium\""
                + (refused.contains(error.code) ? ", error=\"invalid_token\"" : "")
        }
        return .json(error.body(requestID: requestID), status: error.status, headers: headers)
    }
}

extension Response {
    static func json(_ value: JSON, status: HTTPResponse.Status, headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        if headers[.cacheControl] == nil { headers[.cacheControl] = "no-store" }
        return Response(
            status: status, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: value.encoded())))
    }

    static func text(_ text: String, type: String, headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = type
        return Response(
            status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    static let noContent = Response(status: .noContent)
}

extension JSON {
    static func optional(_ text: String?) -> JSON { text.map(JSON.string) ?? .null }
    static func optional(_ number: Int?) -> JSON { number.map(JSON.integer) ?? .null }
    /// The JSON as one line of text.
    var text: String { String(decoding: encoded(), as: UTF8.self) }

    static func number(_ value: Double) -> JSON { .number(value, isInteger: false) }

    /// A number rounded to so many decimals, which reads better and is as true.
    static func rounded(_ value: Double, _ decimals: Int = 3) -> JSON {
        let scale = pow(10, Double(decimals))
        return .number((value * scale).rounded() / scale, isInteger: false)
    }

    /// What a Codable value encodes as.
    static func encoding(_ value: some Encodable) throws -> JSON {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try JSONParser.parse([UInt8](try encoder.encode(value)))
    }
}

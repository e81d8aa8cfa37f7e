import AvatariumCore
import Crypto
import Foundation

/// The secret of one webhook endpoint (Standard Webhooks 1.0): 24 to 64 bytes, written `whsec_` and base64.
/// Its description shows none of it.
public struct WebhookSecret: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    private static let prefix = "whsec_"
    fileprivate let bytes: [UInt8]

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// Reads `whsec_` and base64; padding may be missing.
    /// - Throws: E093 if the text is something else, or its length in bytes is not 24 to 64.
    public init(_ text: String) throws(AvatariumError) {
        let encoded = String(text.dropFirst(Self.prefix.count))
        let padding = String(repeating: "=", count: (4 - encoded.utf8.count % 4) % 4)
        guard text.hasPrefix(Self.prefix), text.utf8.count <= 128,
            let data = Data(base64Encoded: encoded + padding), (24...64).contains(data.count)
        else {
            throw AvatariumError(
                .validationError, "a webhook secret must be whsec_ and the base64 of 24 to 64 bytes",
                context: ["field": "secret"])
        }
        bytes = Array(data)
    }

    public var description: String { "(webhook secret)" }
    public var customMirror: Mirror { Mirror(self, children: []) }

    public static func == (a: WebhookSecret, b: WebhookSecret) -> Bool {
        ConstantTime.equal(a.bytes, b.bytes)
    }
}

/// One message to a webhook endpoint, signed as Standard Webhooks 1.0 says: HMAC-SHA-256 of
/// `id.timestamp.body`.
public struct WebhookMessage: Sendable, Equatable {
    /// The delivery's identifier, constant over all attempts, so that the receiver can drop repetitions.
    public var id: String
    /// Seconds since 1970 of this attempt.
    public var timestamp: Int
    public var body: [UInt8]

    /// - Throws: E092 for an id that is empty, holds a dot or is not printable ASCII: it would make the
    ///   signed text ambiguous.
    public init(id: String, timestamp: Int, body: [UInt8]) throws(AvatariumError) {
        guard !id.isEmpty, id.utf8.count <= 255,
            id.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ".") })
        else {
            throw AvatariumError(.internalError, "a webhook id must be printable ASCII without dots")
        }
        self.id = id
        self.timestamp = timestamp
        self.body = body
    }

    /// The three header fields of the request.
    /// - Parameter secrets: The endpoint's secret; two while it is being rotated, newest first, which gives
    ///   two signatures.
    public func headers(secrets: [WebhookSecret]) -> [(name: String, value: String)] {
        let signatures = secrets.map { "v1," + Data(code(of: $0)).base64EncodedString() }
        return [
            ("webhook-id", id), ("webhook-timestamp", "\(timestamp)"),
            ("webhook-signature", signatures.joined(separator: " ")),
        ]
    }

    /// Verifies a received message, as a receiver does.
    /// - Parameters:
    ///   - signatures: The value of `webhook-signature`: `v1,base64` entries separated by blanks; other
    ///     versions are skipped.
    ///   - tolerance: How many seconds the timestamp may lie off the present, either way.
    /// - Throws: E093 if no signature matches or the time is off.
    public func verify(
        signatures: String, secrets: [WebhookSecret], now: Date = Date(), tolerance: Int = 300
    ) throws(AvatariumError) {
        guard abs(now.timeIntervalSince1970 - Double(timestamp)) <= Double(tolerance) else {
            throw AvatariumError(
                .validationError, "the webhook's timestamp is too far from the current time; check the clock",
                context: ["field": "webhook-timestamp"])
        }
        let entries =
            signatures.utf8.count <= FieldScanner.maximumLength ? signatures.split(separator: " ") : []
        let matches = entries.prefix(16).contains { entry in
            guard entry.hasPrefix("v1,"), let code = Data(base64Encoded: String(entry.dropFirst(3))) else {
                return false
            }
            return secrets.contains { secret in
                HMAC<SHA256>.isValidAuthenticationCode(
                    Array(code), authenticating: signedBytes, using: SymmetricKey(data: secret.bytes))
            }
        }
        guard matches else {
            throw AvatariumError(
                .validationError, "no signature of the webhook matches; check the secret of the endpoint",
                context: ["field": "webhook-signature"])
        }
    }

    private func code(of secret: WebhookSecret) -> HMAC<SHA256>.MAC {
        HMAC<SHA256>.authenticationCode(for: signedBytes, using: SymmetricKey(data: secret.bytes))
    }

    private var signedBytes: [UInt8] { Array("\(id).\(timestamp).".utf8) + body }
}

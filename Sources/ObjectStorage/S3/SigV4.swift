import Crypto
import Foundation
import ServiceHTTP

/// AWS Signature Version 4 for S3
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html).
///
/// S3 differs from other services: the path is encoded once and never normalised, and `x-amz-content-sha256`
/// is always sent.
package struct SigV4: Sendable {
    package static let unsignedPayload = "UNSIGNED-PAYLOAD"
    /// SHA-256 of nothing.
    package static let emptyPayload = Array(SHA256.hash(data: [UInt8]())).hex
    /// A presigned URL lives at most seven days.
    static let maximumExpiry = 604_800

    var credentials: S3Credentials
    var region: String
    var date: Date

    package init(credentials: S3Credentials, region: String, date: Date) {
        self.credentials = credentials
        self.region = region
        self.date = date
    }

    /// The header fields that are sent with a request, `authorization` among them.
    /// - Parameters:
    ///   - path: Not encoded, beginning with a slash.
    ///   - query: Not encoded.
    ///   - headers: `host` among them. All are signed.
    ///   - payload: The SHA-256 of the body in hexadecimal.
    package func authorized(
        method: String, path: String, query: [(name: String, value: String)],
        headers: [(name: String, value: String)], payload: String
    ) -> [(name: String, value: String)] {
        var headers = headers + [("x-amz-content-sha256", payload), ("x-amz-date", timestamp)]
        if let token = credentials.sessionToken { headers.append(("x-amz-security-token", token)) }
        let canonical = Self.canonicalRequest(
            method: method, path: path, query: query, headers: headers, payload: payload)
        let authorization =
            "AWS4-HMAC-SHA256 Credential=\(credentials.accessKey)/\(scope), "
            + "SignedHeaders=\(Self.signedNames(headers)), Signature=\(signature(canonical))"
        return headers + [("authorization", authorization)]
    }

    /// The encoded query of a URL that needs no header but `Host`.
    /// - Parameter expires: Seconds from `date`; clamped to 1 second and 7 days.
    package func presignedQuery(
        method: String, host: String, path: String, query: [(name: String, value: String)], expires: Int
    ) -> String {
        var query =
            query + [
                ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
                ("X-Amz-Credential", "\(credentials.accessKey)/\(scope)"), ("X-Amz-Date", timestamp),
                ("X-Amz-Expires", "\(min(max(expires, 1), Self.maximumExpiry))"),
                ("X-Amz-SignedHeaders", "host"),
            ]
        if let token = credentials.sessionToken { query.append(("X-Amz-Security-Token", token)) }
        let canonical = Self.canonicalRequest(
            method: method, path: path, query: query, headers: [("host", host)], payload: Self.unsignedPayload
        )
        return Self.encodedQuery(query) + "&X-Amz-Signature=\(signature(canonical))"
    }

    /// Task 1 of the specification: one spelling of the request.
    package static func canonicalRequest(
        method: String, path: String, query: [(name: String, value: String)],
        headers: [(name: String, value: String)], payload: String
    ) -> String {
        let fields = headers.map { ($0.name.lowercased(), trimmed($0.value)) }.sorted { $0.0 < $1.0 }
        let lines = fields.map { "\($0.0):\($0.1)\n" }.joined()
        return [
            method, PercentEncoding.encode(path, keepingSlashes: true), encodedQuery(query), lines,
            signedNames(headers), payload,
        ].joined(separator: "\n")
    }

    /// Names and values encoded, sorted by the encoded names and then values.
    package static func encodedQuery(_ query: [(name: String, value: String)]) -> String {
        query.map { (PercentEncoding.encode($0.name), PercentEncoding.encode($0.value)) }
            .sorted { $0 < $1 }.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
    }

    private static func signedNames(_ headers: [(name: String, value: String)]) -> String {
        headers.map { $0.name.lowercased() }.sorted().joined(separator: ";")
    }

    /// Without white space at the ends, and with one blank for each run of it inside.
    private static func trimmed(_ value: String) -> String {
        value.split { $0 == " " || $0 == "\t" }.joined(separator: " ")
    }

    /// Tasks 2 and 3: the string to sign, and its signature with a key that is good for one day, region and
    /// service.
    func signature(_ canonicalRequest: String) -> String {
        let digest = SHA256.hash(data: Array(canonicalRequest.utf8)).hex
        let text = "AWS4-HMAC-SHA256\n\(timestamp)\n\(scope)\n\(digest)"
        var key = Array("AWS4\(credentials.secretKey)".utf8)
        for part in [String(timestamp.prefix(8)), region, "s3", "aws4_request", text] {
            key = Array(
                HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: SymmetricKey(data: key)))
        }
        return key.hex
    }

    private var scope: String { "\(timestamp.prefix(8))/\(region)/s3/aws4_request" }

    /// `20130524T000000Z`.
    var timestamp: String {
        date.formatted(
            Date.ISO8601FormatStyle(
                dateSeparator: .omitted, dateTimeSeparator: .standard, timeSeparator: .omitted))
    }
}

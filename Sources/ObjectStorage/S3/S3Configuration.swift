import AvatariumCore
import Foundation

/// Where a bucket is and how it is addressed.
public struct S3Configuration: Sendable {
    public var bucket: String
    /// Stands before every key; empty, or with a slash at its end.
    public var prefix: String
    public var endpoint: S3Endpoint
    /// What clients of ours see instead of `endpoint` in download URLs, where that is an inner address.
    public var publicEndpoint: S3Endpoint?
    public var region: String
    public var credentials: S3Credentials
    /// Whether the bucket is the first segment of the path; otherwise it is the first label of the host.
    public var pathStyle: Bool
    /// Files longer than this many bytes are sent in parts of at least a quarter of it; S3 demands parts of 5
    /// MiB.
    public var multipartThreshold = 64 << 20
    /// Tries of a request in all.
    public var attempts = 4
    /// The upper bound of the random wait before the second try; doubled before each further one, at most 5
    /// s.
    public var firstDelay = Duration.milliseconds(200)

    public init(
        bucket: String, prefix: String = "", endpoint: S3Endpoint, publicEndpoint: S3Endpoint? = nil,
        region: String = "us-east-1", credentials: S3Credentials, pathStyle: Bool = true
    ) {
        self.bucket = bucket
        self.prefix = prefix
        self.endpoint = endpoint
        self.publicEndpoint = publicEndpoint
        self.region = region
        self.credentials = credentials
        self.pathStyle = pathStyle
    }

    /// Reads `s3://bucket/prefix`, and from the environment the credentials (`S3Credentials`), AWS_REGION or
    /// AWS_DEFAULT_REGION (default us-east-1), and AWS_ENDPOINT_URL (default Amazon's endpoint of the
    /// region).
    /// - Throws: E071 that names the setting which is missing or wrong.
    public init(
        url: String, environment: [String: String], publicEndpoint: String? = nil, pathStyle: Bool = true
    ) throws(AvatariumError) {
        let scheme = "s3://"
        let parts = url.dropFirst(scheme.count).split(separator: "/", omittingEmptySubsequences: false)
        let isBucket = (parts.first ?? "").utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || ".-_".utf8.contains(byte)
        }
        var segments = parts.dropFirst().map(String.init)
        if segments.last == "" { segments.removeLast() }
        let prefix = segments.joined(separator: "/")
        guard url.hasPrefix(scheme), let bucket = parts.first, (3...255).contains(bucket.utf8.count),
            isBucket,
            prefix.isEmpty || (prefix.utf8.count <= 100 && (try? ObjectKey(prefix)) != nil)
        else {
            throw AvatariumError(
                .invalidConfig, "'\(url)' is not an S3 location; write s3://bucket or s3://bucket/prefix",
                context: ["field": "storage"])
        }
        let region = environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"] ?? "us-east-1"
        let endpoint = environment["AWS_ENDPOINT_URL"] ?? "https://s3.\(region).amazonaws.com"
        self.init(
            bucket: String(bucket), prefix: prefix.isEmpty ? "" : prefix + "/",
            endpoint: try S3Endpoint(endpoint, setting: "AWS_ENDPOINT_URL"),
            publicEndpoint: try publicEndpoint.map { (text) throws(AvatariumError) in
                try S3Endpoint(text, setting: "public endpoint")
            },
            region: region, credentials: try S3Credentials(environment: environment), pathStyle: pathStyle)
    }

    /// Returns the bucket at Amazon's endpoint of another region; endpoints of other vendors stay.
    func moved(to region: String) -> S3Configuration {
        var copy = self
        copy.region = region
        if endpoint.host == "s3.\(self.region).amazonaws.com" {
            copy.endpoint.host = "s3.\(region).amazonaws.com"
        }
        return copy
    }
}

/// The server of an S3 service.
public struct S3Endpoint: Sendable, Equatable, CustomStringConvertible {
    /// `http` or `https`.
    public var scheme: String
    /// Lower case; IPv6 addresses in brackets.
    public var host: String
    /// Nil where it is the scheme's default.
    public var port: Int?

    /// Reads `https://host` or `https://host:port`.
    /// - Parameter setting: The name of the setting, for the error.
    /// - Throws: E071 for anything else: other schemes, a path, a query, a user.
    public init(_ text: String, setting: String) throws(AvatariumError) {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            let host = parts.encodedHost?.lowercased(), scheme == "http" || scheme == "https", !host.isEmpty,
            parts.path.isEmpty || parts.path == "/", parts.query == nil, parts.user == nil,
            parts.fragment == nil,
            (1...65535).contains(parts.port ?? 1)
        else {
            throw AvatariumError(
                .invalidConfig,
                "\(setting) is not an address of a server; write https://host or https://host:port",
                context: ["field": setting])
        }
        self.scheme = scheme
        self.host = host
        port = parts.port == (scheme == "https" ? 443 : 80) ? nil : parts.port
    }

    /// The value of the `Host` field: with the port unless it is the default.
    var authority: String { port.map { "\(host):\($0)" } ?? host }

    public var description: String { "\(scheme)://\(authority)" }
}

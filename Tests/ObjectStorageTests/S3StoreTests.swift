import AvatariumCore
import Foundation
import LocalServer
import ObjectStorage
import Synchronization
import Testing

/// What a server of prepared answers makes the client do. The real server's turn is `S3ServerTests`.
struct S3StoreTests {
    private static let secret = "hush-secret"
    private let scratch: StoreContract.Scratch

    init() throws { scratch = try StoreContract.Scratch() }

    private func configuration(_ server: LocalServer, attempts: Int = 4) throws -> S3Configuration {
        var configuration = S3Configuration(
            bucket: "clips", prefix: "p/", endpoint: try S3Endpoint(server.url, setting: "test"),
            credentials: S3Credentials(accessKey: "AK", secretKey: Self.secret, sessionToken: "hush-token"))
        configuration.firstDelay = .milliseconds(1)
        configuration.attempts = attempts
        return configuration
    }

    private func put(_ server: LocalServer, attempts: Int = 4) async throws {
        let store = S3Store(try configuration(server, attempts: attempts))
        try await store.put(
            try await scratch.file(Array("hello".utf8)), at: try ObjectKey("a b"), contentType: "text/plain")
    }

    private static func error(_ code: String, _ more: String = "") -> String {
        "<?xml version=\"1.0\"?><Error><Code>\(code)</Code><Message>m</Message>\(more)</Error>"
    }

    private func header(_ request: LocalServer.Request, _ name: String) -> String? {
        request.head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name + ":") }
            .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
    }

    @Test func `a put is one signed request with the digest of its body`() async throws {
        let server = try LocalServer { _, _ in .init() }
        defer { server.stop() }
        try await put(server)
        let request = try #require(server.requests.first)
        #expect(server.requests.count == 1)
        #expect(request.head.hasPrefix("PUT /clips/p/a%20b HTTP/1.1\r\n"))
        #expect(request.body == "hello")
        #expect(
            header(request, "x-amz-content-sha256")
                == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
        #expect(header(request, "content-length") == "5")
        #expect(header(request, "host") == server.url.replacing("http://", with: ""))
        #expect(
            header(request, "authorization")?.contains(
                "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token")
                == true)
        #expect(!request.head.contains(Self.secret))
    }

    @Test(arguments: [500, 502, 503, 504, 429])
    func `a status that passes is tried again with the whole body`(status: Int) async throws {
        let server = try LocalServer { index, _ in
            index < 2 ? .init(status: status, body: Self.error("SlowDown")) : .init()
        }
        defer { server.stop() }
        try await put(server)
        #expect(server.requests.map(\.body) == ["hello", "hello", "hello"])
    }

    @Test func `a server that stays broken gives E001 with its code after the last try`() async throws {
        let server = try LocalServer { _, _ in .init(status: 503, body: Self.error("SlowDown")) }
        defer { server.stop() }
        let error = await #expect(throws: AvatariumError.self) { try await put(server, attempts: 3) }
        #expect(server.requests.count == 3)
        #expect(error?.code == .connectionFailed)
        #expect(error?.context["s3Code"] == "SlowDown" && error?.context["status"] == "503")
        #expect(error?.context["key"] == "a b")
    }

    @Test(arguments: [
        (403, "AccessDenied", ErrorCode.invalidConfig), (403, "SignatureDoesNotMatch", .invalidConfig),
        (404, "NoSuchBucket", .invalidConfig), (404, "NoSuchKey", .outputNotWritable),
        (400, "XAmzContentSHA256Mismatch", .internalError), (507, "XMinioStorageFull", .outputNotWritable),
        (501, "NotImplemented", .internalError),
    ])
    func `a refusal is not tried again and says S3's code and no secret`(
        status: Int, code: String, expected: ErrorCode
    ) async throws {
        let server = try LocalServer { _, _ in .init(status: status, body: Self.error(code)) }
        defer { server.stop() }
        let error = await #expect(throws: AvatariumError.self) { try await put(server) }
        #expect(server.requests.count == 1)
        #expect(error?.code == expected && error?.context["s3Code"] == code)
        #expect(error?.isStorageFull == (status == 507))
        #expect(!"\(error as Any)".contains("hush"))
    }

    @Test(arguments: ["", "not xml", "<Error><Code>", "<a><b><c><d/></c></b></a>", "{}"])
    func `an answer that is not XML still gives an error with its status`(body: String) async throws {
        let server = try LocalServer { _, _ in .init(status: 403, body: body) }
        defer { server.stop() }
        let error = await #expect(throws: AvatariumError.self) { try await put(server) }
        #expect(error?.context["status"] == "403" && error?.context["s3Code"] == nil)
    }

    @Test func `a connection that breaks is tried again`() async throws {
        let server = try LocalServer { index, _ in index == 0 ? .init(body: "abc", cut: 1) : .init() }
        defer { server.stop() }
        let store = S3Store(try configuration(server))
        let first = try LocalServer { _, _ in .init() }
        first.stop()
        await #expect(throws: AvatariumError.self) { try await put(first, attempts: 2) }
        _ = try await store.get(try ObjectKey("x"), to: scratch.path + "/copy")
        #expect(server.requests.count == 2)
    }

    @Test func `a wrong clock is corrected once by the server's date`() async throws {
        let server = try LocalServer { index, _ in
            index == 0
                ? .init(
                    status: 403, headers: ["Date": "Sun, 06 Nov 1994 08:49:37 GMT"],
                    body: Self.error("RequestTimeTooSkewed"))
                : .init()
        }
        defer { server.stop() }
        try await put(server)
        #expect(header(server.requests[1], "x-amz-date")?.hasPrefix("19941106T08") == true)
        let stubborn = try LocalServer { _, _ in
            .init(
                status: 403, headers: ["Date": "Sun, 06 Nov 1994 08:49:37 GMT"],
                body: Self.error("RequestTimeTooSkewed"))
        }
        defer { stubborn.stop() }
        let error = await #expect(throws: AvatariumError.self) { try await put(stubborn) }
        #expect(stubborn.requests.count == 2 && error?.code == .invalidConfig)
    }

    @Test func `a wrong region is corrected by the header or the answer, and kept`() async throws {
        let server = try LocalServer { index, _ in
            switch index {
            case 0:
                .init(
                    status: 400,
                    body: Self.error("AuthorizationHeaderMalformed", "<Region>eu-west-3</Region>"))
            case 2: .init(status: 301, headers: ["x-amz-bucket-region": "eu-north-1"])
            default: .init()
            }
        }
        defer { server.stop() }
        let store = S3Store(try configuration(server))
        let key = try ObjectKey("k")
        try await store.delete(key)
        #expect(header(server.requests[0], "authorization")?.contains("/us-east-1/s3/") == true)
        #expect(header(server.requests[1], "authorization")?.contains("/eu-west-3/s3/") == true)
        try await store.delete(key)
        #expect(header(server.requests[3], "authorization")?.contains("/eu-north-1/s3/") == true)
        let url = try await store.downloadURL(for: key, filename: nil, expires: .seconds(60))
        #expect(url?.contains("%2Feu-north-1%2Fs3%2F") == true)
    }

    @Test func `requests under way while another one learns the region succeed too`() async throws {
        let server = try LocalServer { _, request in
            request.head.contains("/eu-west-3/s3/")
                ? .init()
                : .init(
                    status: 400,
                    body: Self.error("AuthorizationHeaderMalformed", "<Region>eu-west-3</Region>"))
        }
        defer { server.stop() }
        let store = S3Store(try configuration(server))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<8 { group.addTask { try await store.delete(try ObjectKey("k\(index)")) } }
            try await group.waitForAll()
        }
        #expect(server.requests.filter { $0.head.contains("/eu-west-3/s3/") }.count == 8)
    }

    @Test func `a temporary redirect is followed once, signed for its target`() async throws {
        let target = try LocalServer { _, _ in .init() }
        defer { target.stop() }
        let place = target.url
        let server = try LocalServer { _, _ in
            .init(
                status: 307, headers: ["Location": "\(place)/p/a%20b"], body: Self.error("TemporaryRedirect"))
        }
        defer { server.stop() }
        try await put(server)
        #expect(server.requests.count == 1)
        #expect(target.requests.map(\.body) == ["hello"])
        #expect(target.requests[0].head.hasPrefix("PUT /p/a%20b HTTP/1.1"))
        let loop = Mutex("")
        let round = try LocalServer { _, _ in
            .init(
                status: 307, headers: ["Location": loop.withLock { $0 } + "/x"],
                body: Self.error("TemporaryRedirect"))
        }
        defer { round.stop() }
        loop.withLock { $0 = round.url }
        await #expect(throws: AvatariumError.self) { try await put(round) }
        #expect(round.requests.count == 2)
    }

    @Test func `an upload in parts that ends with an error inside a 200 is aborted`() async throws {
        let server = try LocalServer { _, request in
            if request.head.hasPrefix("POST /clips/p/k?uploads= ") {
                return .init(
                    body:
                        "<InitiateMultipartUploadResult><UploadId>u 1</UploadId></InitiateMultipartUploadResult>"
                )
            }
            if request.head.hasPrefix("POST") { return .init(body: Self.error("InternalError")) }
            return .init(headers: ["ETag": "\"t&\""])
        }
        defer { server.stop() }
        var configuration = try configuration(server)
        configuration.multipartThreshold = 10
        let store = S3Store(configuration)
        let file = try await scratch.file(Array(repeating: UInt8(ascii: "x"), count: 6 << 20))
        let error = await #expect(throws: AvatariumError.self) {
            try await store.put(file, at: try ObjectKey("k"), contentType: "a/b")
        }
        #expect(error?.context["s3Code"] == "InternalError")
        let heads = server.requests.compactMap { $0.head.split(separator: "\r\n").first }
        #expect(heads.contains("PUT /clips/p/k?partNumber=1&uploadId=u%201 HTTP/1.1"))
        #expect(heads.contains("PUT /clips/p/k?partNumber=2&uploadId=u%201 HTTP/1.1"))
        #expect(heads.last == "DELETE /clips/p/k?uploadId=u%201 HTTP/1.1")
        let complete = server.requests.first { $0.head.hasPrefix("POST /clips/p/k?uploadId=") }
        #expect(complete?.body.contains("<PartNumber>2</PartNumber><ETag>&quot;t&amp;&quot;</ETag>") == true)
    }

    @Test(arguments: [
        "garbage", "<ListBucketResult>", "<Other/>",
        "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><ListBucketResult>&b;</ListBucketResult",
        String(repeating: "<a>", count: 5000),
    ])
    func `a list that is not S3's is an error`(body: String) async throws {
        let server = try LocalServer { _, _ in .init(body: body) }
        defer { server.stop() }
        let store = S3Store(try configuration(server))
        await #expect(throws: AvatariumError.self) {
            _ = try await store.list(prefix: "", after: nil, limit: 10)
        }
    }

    @Test func `a list that never ends stops where the server repeats itself`() async throws {
        let server = try LocalServer { _, _ in
            .init(
                body: """
                    <ListBucketResult><IsTruncated>true</IsTruncated><Contents><Key>p/a</Key><Size>1</Size>
                    <LastModified>2020-01-01T00:00:00.000Z</LastModified></Contents></ListBucketResult>
                    """)
        }
        defer { server.stop() }
        let found = try await S3Store(try configuration(server)).list(prefix: "", after: nil, limit: 10)
        #expect(found.map(\.key.description) == ["a", "a"])
        #expect(server.requests.count == 2)
    }

    // MARK: Settings

    private static let keys = ["AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "hush"]

    @Test func `bucket, prefix, region and endpoint come from the URL and the environment`() throws {
        let amazon = try S3Configuration(
            url: "s3://clips", environment: Self.keys.merging(["AWS_REGION": "eu-west-3"]) { a, _ in a })
        #expect("\(amazon.endpoint)" == "https://s3.eu-west-3.amazonaws.com")
        #expect(amazon.prefix == "" && amazon.bucket == "clips" && amazon.pathStyle)
        let own = try S3Configuration(
            url: "s3://clips/a/b/",
            environment: Self.keys.merging(["AWS_ENDPOINT_URL": "http://[::1]:9000/"]) { a, _ in a })
        #expect("\(own.endpoint)" == "http://[::1]:9000")
        #expect(own.prefix == "a/b/" && own.region == "us-east-1")
    }

    @Test(arguments: [
        "", "s3://", "s3://a", "http://clips", "s3://cl ips", "s3://clips/../x", "s3://clips//x",
        "s3://clips/.x", "s3://c?x=1",
        "s3://user@clips", "S3:/clips",
    ])
    func `an S3 location that is not one is refused`(url: String) {
        #expect(throws: AvatariumError.self) { try S3Configuration(url: url, environment: Self.keys) }
    }

    @Test(arguments: [
        "", "host", "ftp://host", "http://", "http://host/path", "http://user@host", "http://host?x",
        "http://host:0",
        "http://host:99999", "http://ho st",
    ])
    func `an endpoint that is not a server's address is refused`(text: String) {
        #expect(throws: AvatariumError.self) { try S3Endpoint(text, setting: "AWS_ENDPOINT_URL") }
    }

    @Test func `a missing key is named`() {
        for name in Self.keys.keys {
            var keys = Self.keys
            keys[name] = ""
            let error = #expect(throws: AvatariumError.self) {
                try S3Configuration(url: "s3://clips", environment: keys)
            }
            #expect(error?.context["field"] == "/" + name && error?.code == .invalidConfig)
        }
    }

    @Test func `a download URL shows the public endpoint, in either style`() async throws {
        var configuration = try S3Configuration(
            url: "s3://clips/p",
            environment: Self.keys.merging(["AWS_ENDPOINT_URL": "http://inner:9000"]) { a, _ in a },
            publicEndpoint: "https://files.example.com")
        let key = try ObjectKey("a b")
        let path = try await S3Store(configuration).downloadURL(
            for: key, filename: "Grüße.mp4", expires: .seconds(600))
        #expect(
            path?.hasPrefix("https://files.example.com/clips/p/a%20b?X-Amz-Algorithm=AWS4-HMAC-SHA256&")
                == true)
        #expect(path?.contains("X-Amz-Expires=600&") == true)
        #expect(
            path?.contains("&response-content-disposition=attachment%3B%20filename%3D%22Gr__e.mp4%22%3B")
                == true)
        configuration.pathStyle = false
        let host = try await S3Store(configuration).downloadURL(
            for: key, filename: nil, expires: .seconds(600))
        #expect(host?.hasPrefix("https://clips.files.example.com/p/a%20b?") == true)
    }
}

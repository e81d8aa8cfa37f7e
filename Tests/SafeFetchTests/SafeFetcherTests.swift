import AvatariumCore
import Foundation
import LocalServer
import ObjectStorage
import SafeFetch
import ServiceHTTP
import Synchronization
import Testing

/// Fetches from servers of the test's own, which are reached as an exception to the rule that forbids this
/// machine.
struct SafeFetcherTests {
    /// A folder that goes with its last reference.
    private final class Scratch: Sendable {
        let path = NSTemporaryDirectory() + "avatarium-fetch-" + UUID().uuidString

        init() throws {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private var path: String { scratch.path + "/file" }
    private var isClean: Bool { (try? FileManager.default.contentsOfDirectory(atPath: scratch.path)) == [] }

    private func fetcher(
        deadline: Duration = .seconds(30), resolver: HostResolver = HostResolver { _ in [.v4(0x7F00_0001)] }
    ) throws -> SafeFetcher {
        SafeFetcher(
            policy: FetchPolicy(
                ports: nil, exceptions: try AddressBlock.list(["127.0.0.1"], setting: "test"),
                deadline: deadline),
            resolver: resolver)
    }

    private func failure(
        _ url: String, limit: Int = 1 << 20, deadline: Duration = .seconds(30)
    ) async throws -> AvatariumError {
        let fetcher = try fetcher(deadline: deadline)
        let error = await #expect(throws: AvatariumError.self) {
            _ = try await fetcher.download(url, to: path, limit: limit, subject: .avatar)
        }
        #expect(isClean)
        #expect(error?.context["field"] == "/avatar_url")
        return try #require(error)
    }

    @Test func `a file is downloaded, measured and its type told`() async throws {
        let server = try LocalServer { _, _ in .init(body: "glTF") }
        defer { server.stop() }
        let fetched = try await fetcher().download(
            server.url + "/a?b=c", to: path, limit: 4, subject: .avatar)
        #expect(fetched.file.length == 4)
        #expect(fetched.contentType?.essence == "application/json")
        #expect(try fetched.file == (await LocalFile(measuring: path)))
        let head = try #require(server.requests.first).head.lowercased()
        #expect(head.hasPrefix("get /a?b=c http/1.1"))
        #expect(head.contains("accept-encoding: identity"))
    }

    @Test func `the connection goes to the judged address and the name stays in the request`() async throws {
        let server = try LocalServer { _, _ in .init(body: "x") }
        defer { server.stop() }
        let lookups = Mutex(0)
        let resolver = HostResolver { name in
            #expect(name == "files.example.com")
            // Another answer the second time, as rebinding DNS servers give.
            return lookups.withLock { count in
                count += 1
                return count == 1 ? [.v4(0x7F00_0001)] : [.v4(0x0A00_0001)]
            }
        }
        let url = server.url.replacing("127.0.0.1", with: "files.example.com")
        _ = try await fetcher(resolver: resolver).download(url, to: path, limit: 10, subject: .avatar)
        #expect(lookups.withLock { $0 } == 1)
        #expect(server.requests[0].head.lowercased().contains("\r\nhost: files.example.com:"))
    }

    @Test func `an address that takes no connection gives way to the next`() async throws {
        let server = try LocalServer { _, _ in .init(body: "x") }
        defer { server.stop() }
        let resolver = HostResolver { _ in [IPAddress("::ffff:127.0.0.9")!.unmapped, .v4(0x7F00_0001)] }
        let both = SafeFetcher(policy: FetchPolicy(ports: nil, allowsPrivate: true), resolver: resolver)
        let url = server.url.replacing("127.0.0.1", with: "files.example.com")
        _ = try await both.download(url, to: path, limit: 10, subject: .avatar)
        #expect(server.requests.count == 1)
    }

    @Test(arguments: [
        "http://127.0.0.2:1/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/", "//10.0.0.1/x",
        "http://2130706434/",
        "http://[::ffff:169.254.169.254]/", "http://localhost/",
    ])
    func `a redirect to a private address is refused`(location: String) async throws {
        for status in [301, 302, 303, 307, 308] {
            let server = try LocalServer { _, _ in .init(status: status, headers: ["Location": location]) }
            defer { server.stop() }
            let error = try await failure(server.url)
            #expect(error.code == .validationError && error.context["rule"] == "forbidden-url")
            #expect(server.requests.count == 1)
        }
    }

    @Test func `a redirect to another scheme or to no URL is refused`() async throws {
        for location in [
            "file:///etc/passwd", "gopher://127.0.0.1/", "http://user@127.0.0.1/", "http://[", "http://a b/",
        ] {
            let server = try LocalServer { _, _ in .init(status: 302, headers: ["Location": location]) }
            defer { server.stop() }
            #expect(
                [.validationError, .networkError].contains(try await failure(server.url).code), "\(location)")
        }
    }

    @Test func `three redirects are followed, relative ones too, and a fourth is not`() async throws {
        let locations = ["/b", "c?d=e", "?f", "//HOST/g"]
        let count = Mutex(3)
        let server = try LocalServer { index, request in
            guard index < count.withLock({ $0 }) else { return .init(body: "x") }
            let host = request.head.firstMatch(of: #/(?i)host: (\S+)/#).map { String($0.1) } ?? ""
            return .init(status: 302, headers: ["Location": locations[index].replacing("HOST", with: host)])
        }
        defer { server.stop() }
        let fetched = try await fetcher().download(server.url + "/a/x", to: path, limit: 10, subject: .avatar)
        #expect(fetched.url.description == server.url + "/c?f")
        #expect(
            server.requests.compactMap { $0.head.split(separator: "\r\n").first.map(String.init) }
                == ["/a/x", "/b", "/c?d=e", "/c?f"].map { "GET \($0) HTTP/1.1" })
        try FileManager.default.removeItem(atPath: path)
        let round = try LocalServer { _, _ in .init(status: 302, headers: ["Location": "/again"]) }
        defer { round.stop() }
        #expect(try await failure(round.url).code == .avatarLoadFailed)
        #expect(round.requests.count == 4)
    }

    @Test func `a redirect without a place is a status like any other`() async throws {
        let server = try LocalServer { _, _ in .init(status: 302) }
        defer { server.stop() }
        #expect(try await failure(server.url).context["status"] == "302")
    }

    @Test(arguments: [204, 206, 304, 400, 401, 404, 410, 429, 500, 503])
    func `another status than 200 is E021 for an avatar`(status: Int) async throws {
        let server = try LocalServer { _, _ in .init(status: status) }
        defer { server.stop() }
        let error = try await failure(server.url + "/x?token=hush")
        #expect(error.code == .avatarLoadFailed && error.context["status"] == "\(status)")
        #expect(!"\(error)".contains("hush"))
    }

    @Test func `a server that never answers is E005`() async throws {
        let server = try LocalServer { _, _ in .init(silent: true) }
        defer { server.stop() }
        let error = try await failure(server.url, deadline: .milliseconds(200))
        // The host says that it is the URL's server which is late, and no part of ours.
        #expect((error.code, error.context["host"]) == (.timeout, "127.0.0.1"))
    }

    @Test func `a name server that never answers is E005`() async throws {
        let resolver = HostResolver { _ in
            try await Task.sleep(for: .seconds(3600))
            return []
        }
        let fetcher = try fetcher(deadline: .milliseconds(100), resolver: resolver)
        let error = await #expect(throws: AvatariumError.self) {
            try await fetcher.check("http://slow.example/", field: "url")
        }
        #expect(error?.code == .timeout)
    }

    @Test func `a server that sends without end is stopped at the limit`() async throws {
        let server = try LocalServer { _, _ in
            .init(body: String(repeating: "x", count: 10_000), endless: true)
        }
        defer { server.stop() }
        let error = try await failure(server.url, limit: 100_000)
        #expect(error.code == .validationError && error.context["rule"] == "too-long")
    }

    @Test func `a server that sends without end and slowly is stopped by the deadline`() async throws {
        let server = try LocalServer { _, _ in
            .init(body: String(repeating: "x", count: 10_000), endless: true)
        }
        defer { server.stop() }
        #expect(try await failure(server.url, limit: .max, deadline: .milliseconds(300)).code == .timeout)
    }

    @Test func `a length over the limit is refused before the body is read`() async throws {
        let server = try LocalServer { _, _ in .init(length: 1_000_000_000_000) }
        defer { server.stop() }
        #expect(try await failure(server.url).context["rule"] == "too-long")
    }

    @Test func `a length that promises more than comes is E004`() async throws {
        let server = try LocalServer { _, _ in .init(body: "short", length: 50) }
        defer { server.stop() }
        #expect(try await failure(server.url).code == .networkError)
    }

    @Test func `bytes behind the length that was told are not read`() async throws {
        let server = try LocalServer { _, _ in .init(body: "long body", length: 4) }
        defer { server.stop() }
        let fetched = try? await fetcher().download(server.url, to: path, limit: 100, subject: .avatar)
        #expect(fetched == nil || fetched?.file.length == 4)
    }

    @Test(arguments: ["-1", "1e3", "5, 6", "99999999999999999999999999"])
    func `a length that is not a number is E004 or E001 and never more`(length: String) async throws {
        let server = try LocalServer { _, _ in
            .init(headers: ["X": "y\r\nContent-Length: \(length)"], body: "hello", endless: false)
        }
        defer { server.stop() }
        #expect(try await failure(server.url).code.recoverable)
    }

    @Test func `a compressed file is refused rather than stored`() async throws {
        let server = try LocalServer { _, _ in .init(headers: ["Content-Encoding": "gzip"], body: "x") }
        defer { server.stop() }
        #expect(try await failure(server.url).code == .avatarLoadFailed)
    }

    @Test func `nobody at the port is E001`() async throws {
        let server = try LocalServer { _, _ in .init() }
        server.stop()
        // The thread that accepts may still be on its way out: one connection may be taken and closed.
        #expect([.connectionFailed, .networkError].contains(try await failure(server.url).code))
    }

    @Test func `cancellation ends a download at once and leaves nothing`() async throws {
        let server = try LocalServer { _, _ in .init(silent: true) }
        defer { server.stop() }
        let fetcher = try fetcher()
        let (url, path) = (server.url, path)
        let task = Task { try await fetcher.download(url, to: path, limit: 10, subject: .avatar) }
        while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
        #expect(isClean)
    }

    // MARK: POST

    private func post(_ server: LocalServer, timeout: Duration = .seconds(20)) async throws
        -> SafeFetcher.Answer
    {
        try await fetcher().post(
            server.url + "/hook", headers: [("Content-Type", "application/json"), ("webhook-id", "msg_1")],
            body: Array(#"{"type":"render.succeeded"}"#.utf8), field: "webhook_url", timeout: timeout)
    }

    @Test func `a POST carries its headers and body and brings the answer's beginning`() async throws {
        let server = try LocalServer { _, _ in
            .init(status: 503, headers: ["Retry-After": "120"], body: String(repeating: "e", count: 10_000))
        }
        defer { server.stop() }
        let answer = try await post(server)
        #expect(answer.status == 503 && answer.retryAfter == .seconds(120))
        #expect(answer.excerpt == Array(repeating: UInt8(ascii: "e"), count: 4096))
        let request = try #require(server.requests.first)
        #expect(request.head.hasPrefix("POST /hook HTTP/1.1"))
        #expect(request.head.lowercased().contains("webhook-id: msg_1"))
        #expect(request.body == #"{"type":"render.succeeded"}"#)
    }

    @Test func `a POST does not follow redirects`() async throws {
        let server = try LocalServer { _, _ in .init(status: 307, headers: ["Location": "/other"]) }
        defer { server.stop() }
        #expect(try await post(server).status == 307)
        #expect(server.requests.count == 1)
    }

    @Test func `a POST to a private address, to silence and to an endless answer ends with the right code`()
        async throws
    {
        let fetcher = try fetcher()
        let forbidden = await #expect(throws: AvatariumError.self) {
            _ = try await fetcher.post("http://127.0.0.2:1/", headers: [], body: [], field: "webhook_url")
        }
        #expect(
            forbidden?.context["rule"] == "forbidden-url" && forbidden?.context["field"] == "/webhook_url")
        let silent = try LocalServer { _, _ in .init(silent: true) }
        defer { silent.stop() }
        let late = await #expect(throws: AvatariumError.self) {
            _ = try await post(silent, timeout: .milliseconds(200))
        }
        #expect(late?.code == .timeout)
        let endless = try LocalServer { _, _ in .init(body: "spam ", endless: true) }
        defer { endless.stop() }
        #expect(try await post(endless).excerpt.count == 4096)
    }
}

import AvatariumCore
import Foundation
import LocalServer
import ProviderHTTP
import Testing

@Suite struct ProviderClientTests {
    private static let secret = "sk_secret_0123456789"

    private func client(_ server: LocalServer, attempts: Int = 4) -> ProviderClient {
        ProviderClient(
            provider: "acme", base: server.url, key: ProviderKey(secret: Self.secret), placement: .bearer,
            headers: [("acme-version", "7")],
            policy: RetryPolicy(attempts: attempts, firstDelay: .milliseconds(5), deadline: .seconds(20)),
            unexplained: .aiProviderError
        ) { status, body in
            ProviderClient.Failure(
                code: status == 404 ? .aiModelNotFound : .aiProviderError,
                message: body?["message"]?.string ?? "", isPermanent: body?["quota"] != nil)
        }
    }

    private func failure(_ body: () async throws -> Void) async -> AvatariumError? {
        do {
            try await body()
            return nil
        } catch { return error as? AvatariumError }
    }

    @Test func `a stream of events arrives in order`() async throws {
        let server = try LocalServer { _, _ in
            LocalServer.Answer(body: "event: a\ndata: 1\n\ndata: 2\n\n")
        }
        defer { server.stop() }
        var data: [String] = []
        for try await event in client(server).events("/stream", body: .members(["q": .string("?")])) {
            data.append("\(event.name) \(event.data)")
        }
        #expect(data == ["a 1", "message 2"])
        let head = try #require(server.requests.first?.head)
        #expect(head.contains("authorization: Bearer \(Self.secret)"))
        #expect(head.contains("acme-version: 7") && head.contains("accept: text/event-stream"))
    }

    @Test func `a stream is tried again only before its first event`() async throws {
        let server = try LocalServer { index, _ in
            index == 0
                ? LocalServer.Answer(status: 503)
                : LocalServer.Answer(body: "data: 1\n\ndata: 2\n\n", cut: 12)
        }
        defer { server.stop() }
        var count = 0
        let error = await failure {
            for try await _ in client(server).events("/", body: .members([:])) { count += 1 }
        }
        #expect(count == 1)
        #expect(error?.code == .networkError)
        #expect(server.requests.count == 2)
    }

    struct Advice: Sendable {
        var status: Int
        var headers: [String: String] = [:]
        var body = "{}"
        var requests: Int
        var code = ErrorCode.aiProviderError
    }

    @Test(arguments: [
        Advice(status: 500, requests: 3), Advice(status: 400, requests: 1),
        Advice(status: 404, requests: 1, code: .aiModelNotFound),
        Advice(status: 429, requests: 3, code: .rateLimited),
        Advice(status: 429, body: #"{"quota": 1}"#, requests: 1),
        Advice(status: 500, headers: ["x-should-retry": "false"], requests: 1),
        Advice(status: 409, headers: ["x-should-retry": "true"], requests: 3),
        Advice(status: 429, headers: ["retry-after-ms": "3600000"], requests: 1, code: .rateLimited),
    ])
    func `the server's advice decides on another try`(advice: Advice) async throws {
        let server = try LocalServer { _, _ in
            LocalServer.Answer(status: advice.status, headers: advice.headers, body: advice.body)
        }
        defer { server.stop() }
        let error = await failure { _ = try await client(server, attempts: 3).send("/x") }
        #expect(error?.code == advice.code)
        #expect(server.requests.count == advice.requests)
        #expect(error?.context == ["provider": "acme", "status": "\(advice.status)"])
    }

    @Test func `neither errors nor descriptions hold the key`() async throws {
        let server = try LocalServer { _, _ in
            LocalServer.Answer(status: 401, body: "{\"message\": \"no such key \(Self.secret)\u{1B}[31m\"}")
        }
        defer { server.stop() }
        let error = try #require(await failure { _ = try await client(server).send("/x") })
        #expect(!"\(error)".contains(Self.secret) && !error.message.contains("\u{1B}"))
        var dumped = ""
        dump(client(server), to: &dumped)
        #expect(!dumped.contains(Self.secret))
    }

    @Test func `waits are a random part of a time that doubles`() {
        let policy = RetryPolicy(attempts: 4, firstDelay: .seconds(1), deadline: .seconds(60))
        #expect(policy.delay(after: 3, retryAfter: nil, share: 1) == .seconds(4))
        #expect(policy.delay(after: 3, retryAfter: nil, share: 0) == .zero)
        #expect(policy.delay(after: 1, retryAfter: .seconds(7), share: 0.5) == .seconds(7.5))
        for attempt in 1...50 {
            #expect((.zero...Duration.seconds(1024)).contains(policy.delay(after: attempt, retryAfter: nil)))
        }
    }

    @Test func `a server's wait may be milliseconds, seconds or a date`() {
        let now = Date(timeIntervalSince1970: 1_445_412_470)
        func after(_ headers: [String: String]) -> Duration? {
            RetryPolicy.retryAfter(now: now) { headers[$0] }
        }
        #expect(after(["retry-after-ms": "250", "retry-after": "9"]) == .milliseconds(250))
        #expect(after(["retry-after": "1.5"]) == .milliseconds(1500))
        #expect(after(["retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"]) == .seconds(10))
        #expect(after(["retry-after": "Wed, 21 Oct 2015 07:20:00 GMT"]) == .zero)
        #expect(after(["retry-after": "soon"]) == nil && after(["retry-after": "-1"]) == nil)
        #expect(after(["retry-after-ms": "nan", "retry-after": "1e300"]) == nil)
    }
}

import AvatariumClient
import AvatariumCore
import AvatariumService
import Foundation
import LocalServer
import Testing

/// How the client behaves before answers of every kind.
struct ClientBehaviourTests {
    private static let quick = AvatariumClient.Retries(attempts: 3, firstDelay: .milliseconds(1))

    private func client(_ server: LocalServer, key: String? = "av_live_x") throws -> AvatariumClient {
        try AvatariumClient(url: server.url, key: key, retries: Self.quick)
    }

    private func failure(_ body: () async throws -> Void) async -> AvatariumError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? AvatariumError
        }
    }

    private static func refusal(_ status: Int, _ code: String, more: String = "") -> LocalServer.Answer {
        LocalServer.Answer(
            status: status,
            body: #"{"error":{"code":"\#(code)","message":"words"\#(more)},"meta":{"requestId":"req_1"}}"#)
    }

    @Test(arguments: [
        (400, "INVALID_REQUEST", "E093"), (400, "MISSING_PARAMETER", "E072"),
        (400, "INVALID_PARAMETER", "E093"),
        (400, "INVALID_SLUG", "E093"), (401, "UNAUTHORIZED", "E016"), (401, "INVALID_API_KEY", "E011"),
        (401, "TOKEN_EXPIRED", "E016"), (401, "TOKEN_INVALID", "E016"), (403, "FORBIDDEN", "E016"),
        (403, "FREE_TIER_LIMIT_EXCEEDED", "E052"), (403, "AVATAR_LIMIT_EXCEEDED", "E052"),
        (404, "AVATAR_NOT_FOUND", "E022"), (404, "CONVERSATION_NOT_FOUND", "E061"),
        (404, "SESSION_NOT_FOUND", "E061"), (404, "ACCOUNT_NOT_FOUND", "E016"), (404, "NOT_FOUND", "E093"),
        (429, "RATE_LIMIT_EXCEEDED", "E051"), (429, "AUTH_RATE_LIMIT", "E051"), (500, "CONFIG_ERROR", "E071"),
        (500, "INTERNAL_ERROR", "E092"), (503, "INTERNAL_ERROR", "E001"), (503, "AI_PROVIDER_ERROR", "E041"),
        (503, "TTS_PROVIDER_ERROR", "E032"), (503, "BYOK_PROVIDER_ERROR", "E014"),
        (418, "SOMETHING_NEW", "E091"),
    ])
    func `every code of the service is a code of the library`(_ status: Int, _ code: String, _ ours: String)
        async throws
    {
        let server = try LocalServer { _, _ in Self.refusal(status, code) }
        defer { server.stop() }
        let error = await failure { _ = try await client(server).account() }
        #expect(error?.code.code == ours)
        #expect(error?.message == "words")
        #expect(error?.context["requestId"] == "req_1")
        #expect(error?.context["httpCode"] == code)
        // 429 and 5xx are asked again, and no other 4xx.
        #expect(server.requests.count == (status == 429 || status >= 500 ? 3 : 1))
    }

    @Test func `the list of codes is the service's`() {
        let known = APIError.Code.allCases.map(\.rawValue)
        for name in known {
            #expect(ServiceFailure.code(of: name, status: 400, hasKey: true) != .unknownError, "\(name)")
        }
    }

    /// A file of the browser module.
    private func browserFile(_ name: String) throws -> String {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/AvatariumService/PageFiles")
        return try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    @Test func `the browser module gives every code the same meaning`() throws {
        let script = try browserFile("avatarium.js")
        let table = try #require(script.firstMatch(of: #/const apiCodes = \{([^}]*)\}/#)).1
        var codes: [String: String] = [:]
        for entry in table.matches(of: #/([A-Z_]+): "(E\d{3})"/#) {
            codes[String(entry.1)] = String(entry.2)
        }
        #expect(codes.count == APIError.Code.allCases.count)
        for (name, code) in codes {
            #expect(ServiceFailure.code(of: name, status: 400, hasKey: true).code == code, "\(name)")
        }
    }

    @Test func `the browser module's types have the values that the description has`() throws {
        let types = try browserFile("avatarium.d.ts")
        let description = try JSONParser.parse(Array(browserFile("openapi.json").utf8))
        let fields = description["components"]?["schemas"]?["RenderRequest"]?["properties"]
        for name in ["format", "camera"] {
            let values = (fields?[name]?["enum"]?.array ?? []).compactMap(\.string)
            let union = values.map { "\"\($0)\"" }.joined(separator: " | ")
            #expect(!values.isEmpty && types.contains("\(name)?: \(union);"), "\(name): \(union)")
        }
        // There are no others, as of a live avatar's camera.
        #expect(types.ranges(of: "camera?: ").count == types.ranges(of: "| \"waist\" | \"body\"").count)
    }

    @Test func `the library's code behind a code of the service wins`() async throws {
        let cause = #","cause":{"code":"E062","name":"CONVERSATION_ENDED"}"#
        let server = try LocalServer { _, _ in Self.refusal(400, "INVALID_REQUEST", more: cause) }
        defer { server.stop() }
        let error = await failure { _ = try await client(server).say("x", in: "cnv_1") }
        #expect(error?.code == .conversationEnded)
    }

    @Test func `a missing key is told from a refused one`() async throws {
        let server = try LocalServer { _, _ in Self.refusal(401, "UNAUTHORIZED") }
        defer { server.stop() }
        let error = await failure { _ = try await client(server, key: nil).account() }
        #expect(error?.code == .apiKeyMissing)
    }

    @Test func `a wait that the service asks for is kept, one that is too long is told at once`() async throws
    {
        let account = #"{"data":{"id":"acc_1","slug":"acme","plan":"free"},"meta":{"requestId":"req_2"}}"#
        let server = try LocalServer { number, _ in
            var answer =
                number == 0 ? Self.refusal(429, "RATE_LIMIT_EXCEEDED") : LocalServer.Answer(body: account)
            answer.headers["Retry-After"] = "0"
            return answer
        }
        defer { server.stop() }
        #expect(try await client(server).account().slug == "acme")
        #expect(server.requests.count == 2)
        let busy = try LocalServer { _, _ in
            var answer = Self.refusal(429, "RATE_LIMIT_EXCEEDED")
            answer.headers["Retry-After"] = "3600"
            return answer
        }
        defer { busy.stop() }
        let error = await failure { _ = try await client(busy).account() }
        #expect(error?.code == .rateLimited)
        #expect(error?.retryAfter == 3_600_000)
        #expect(busy.requests.count == 1)
    }

    @Test func `a connection that breaks is tried again where that can do no harm`() async throws {
        let server = try LocalServer { _, _ in LocalServer.Answer(body: "{\"data\":", length: 1000) }
        defer { server.stop() }
        let read = await failure { _ = try await client(server).account() }
        #expect(read?.code == .networkError)
        #expect(server.requests.count == 3)
        let said = await failure { _ = try await client(server).say("x", in: "cnv_1") }
        #expect(said?.code == .networkError)
        #expect(server.requests.count == 4)
        // An Idempotency-Key makes an order repeatable, and each try has the same.
        let ordered = await failure {
            _ = try await client(server).render(RenderOrder(avatar: "ada", text: "Hi."))
        }
        #expect(ordered?.code == .networkError)
        let keys = server.requests.suffix(3).compactMap { request in
            request.head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("idempotency-key:") }
        }
        #expect(keys.count == 3 && Set(keys).count == 1)
    }

    @Test func `a call that is cancelled ends, and nothing is asked again`() async throws {
        let server = try LocalServer { _, _ in LocalServer.Answer(silent: true) }
        defer { server.stop() }
        let asked = try client(server)
        let calls = [
            Task { _ = try await asked.account() },
            Task { _ = try await asked.say("x", in: "cnv_1") },
        ]
        // A stream ends where its reader is cancelled.
        let streams = [
            Task { for try await _ in try asked.stream("x", in: "cnv_1") {} },
            Task { for try await _ in asked.events(of: "job_1") {} },
        ]
        while server.requests.count < 4 { try await Task.sleep(for: .milliseconds(5)) }
        for call in calls {
            call.cancel()
            await #expect(throws: CancellationError.self) { try await call.value }
        }
        for stream in streams {
            stream.cancel()
            try await stream.value
        }
        #expect(server.requests.count == 4)
    }

    @Test func `a reply whose events end before its clip is E004`() async throws {
        let server = try LocalServer { _, _ in
            LocalServer.Answer(body: "retry: 2000\n\nevent: delta\ndata: {\"content\":\"Hi.\"}\n\n")
        }
        defer { server.stop() }
        var text = ""
        let error = await failure {
            for try await event in try client(server).stream("x", in: "cnv_1") {
                if case .delta(let more) = event { text += more }
            }
        }
        #expect(text == "Hi.")
        #expect(error?.code == .networkError)
        #expect(server.requests.count == 1)
    }

    @Test func `an error within a reply's events has its code and request id`() async throws {
        let server = try LocalServer { _, _ in
            LocalServer.Answer(
                body:
                    "event: error\ndata: {\"error\":{\"code\":\"AI_PROVIDER_ERROR\",\"message\":\"words\",\"cause\":{\"code\":\"E045\",\"name\":\"AI_QUOTA_EXCEEDED\"}},\"meta\":{\"requestId\":\"req_7\"}}\n\n"
            )
        }
        defer { server.stop() }
        let error = await failure {
            for try await _ in try client(server).stream("x", in: "cnv_1") {}
        }
        #expect(error?.code == .aiQuotaExceeded)
        #expect(error?.context["requestId"] == "req_7")
        #expect(server.requests.count == 1)
    }

    @Test func `a key that cannot be in a header is E011 and is not sent`() async throws {
        let server = try LocalServer { _, _ in LocalServer.Answer(body: "{}") }
        defer { server.stop() }
        for key in ["av_live_x\n", "av live", "av_live_\u{e9}"] {
            let error = await failure { _ = try await client(server, key: key).account() }
            #expect(error?.code == .apiKeyInvalid)
            #expect(error?.message.contains("av_live") == false)
        }
        #expect(server.requests.isEmpty)
    }

    @Test func `a download that breaks off leaves no file and spoils none`() async throws {
        let server = try LocalServer { _, _ in LocalServer.Answer(body: "half", length: 1000) }
        defer { server.stop() }
        let folder = NSTemporaryDirectory() + "client-download-\(UUID())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data("old".utf8).write(to: URL(fileURLWithPath: folder + "/x.mp4"))
        let error = await failure {
            try await client(server).download(videoOf: "job_1", to: folder + "/x.mp4")
        }
        #expect(error?.code == .networkError)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["x.mp4"])
        #expect(FileManager.default.contents(atPath: folder + "/x.mp4") == Data("old".utf8))
        let nowhere = await failure {
            try await client(server).download(videoOf: "job_1", to: folder + "/none/x.mp4")
        }
        #expect(nowhere?.code == .outputNotWritable)
    }

    @Test func `nobody there is E001, and what is no service is E091 or E001`() async throws {
        let server = try LocalServer { _, _ in LocalServer.Answer(body: "<html>") }
        let page = await failure { _ = try await client(server).account() }
        #expect(page?.code == .unknownError)
        let gone = try client(server)
        server.stop()
        let nobody = await failure { _ = try await gone.with(key: "k").account() }
        #expect([ErrorCode.connectionFailed, .networkError].contains(nobody?.code))
        let wrong = await failure { _ = try AvatariumClient(url: "localhost:8080") }
        #expect(wrong?.code == .invalidConfig)
    }

    @Test func `an event stream that breaks off goes on where it was`() async throws {
        @Sendable func event(_ id: Int, _ state: String) -> String {
            "event: progress\nid: \(id)\ndata: {\"id\":\"job_1\",\"state\":\"\(state)\",\"progress\":{\"stage\":\"render\",\"percent\":1},\"created_at\":\"2026-11-27T10:00:00.000Z\"}\n\n"
        }
        let server = try LocalServer { number, _ in
            number == 0
                ? LocalServer.Answer(body: event(1, "queued") + event(2, "running"), length: 100_000)
                : LocalServer.Answer(body: event(3, "succeeded"))
        }
        defer { server.stop() }
        var states: [Render.State] = []
        for try await render in try client(server).events(of: "job_1") { states.append(render.state) }
        #expect(states == [.queued, .running, .succeeded])
        #expect(server.requests.last?.head.lowercased().contains("last-event-id: 2") == true)
    }
}

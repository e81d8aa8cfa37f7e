import Avatarium
import AvatariumCore
import AvatariumService
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import LocalServer
import NIOCore
import Testing

/// Every answer has the envelope, a request id and the contract's code, whatever was sent.
struct EnvelopeTests {
    private func check(
        _ reply: Reply, _ status: Int, _ code: String, _ place: SourceLocation = #_sourceLocation
    ) {
        #expect(reply.status == status, "\(reply.text)", sourceLocation: place)
        #expect(reply.code == code, "\(reply.text)", sourceLocation: place)
        #expect(!reply.message.isEmpty, sourceLocation: place)
        let id = reply.json["meta"]?["requestId"]?.string
        #expect(id?.hasPrefix("req_") == true, sourceLocation: place)
        #expect(reply.headers[.requestID] == id, sourceLocation: place)
    }

    @Test func `a path that does not exist is 404 in the envelope`() async throws {
        try await TestService().routes { client in
            check(try await client.get("/v2/nothing"), 404, "NOT_FOUND")
            check(try await client.get("/v1/renders/job_none"), 404, "NOT_FOUND")
            check(try await client.get("/v1/avatars/nobody"), 404, "AVATAR_NOT_FOUND")
        }
    }

    @Test func `a wrong method is 405 with the right ones in Allow`() async throws {
        try await TestService().routes { client in
            let reply = try await client.send(.put, "/v1/renders", "{}")
            check(reply, 405, "INVALID_REQUEST")
            #expect(reply.headers[.allow] == "GET, HEAD, POST")
            let trace = try await client.send(.trace, "/v1/renders/job_x/cancel")
            check(trace, 405, "INVALID_REQUEST")
            #expect(trace.headers[.allow] == "POST")
        }
    }

    @Test func `HEAD gives the head of GET and no body`() async throws {
        try await TestService().routes { client in
            let reply = try await client.send(.head, "/healthz")
            #expect(reply.status == 200)
            #expect(reply.bytes.isEmpty)
            #expect(reply.headers[.requestID] != nil)
            #expect(reply.headers[.contentLength] != "0")
            let missing = try await client.send(.head, "/v1/renders/job_none")
            #expect(missing.status == 404)
            #expect(missing.bytes.isEmpty)
        }
    }

    @Test func `bodies that are not JSON, too large or of another type are refused`() async throws {
        try await TestService { $0.maxBody = 2000 }.routes { client in
            check(try await client.post("/v1/renders", "{"), 400, "INVALID_REQUEST")
            check(try await client.post("/v1/renders", "[]"), 400, "INVALID_REQUEST")
            check(try await client.post("/v1/renders", ""), 400, "INVALID_REQUEST")
            check(
                try await client.post(
                    "/v1/renders", "a=b", headers: [.contentType: "application/x-www-form-urlencoded"]),
                415, "INVALID_REQUEST")
            let coded = try await client.post("/v1/renders", "{}", headers: [.contentEncoding: "gzip"])
            check(coded, 415, "INVALID_REQUEST")
            #expect(coded.field == "Content-Encoding")
            let large = #"{"avatar_id": "ada", "text": ""# + String(repeating: "a", count: 3000) + #""}"#
            check(try await client.post("/v1/renders", large), 413, "INVALID_REQUEST")
        }
    }

    @Test func `an unknown field is refused with its place and the nearest name`() async throws {
        try await TestService().routes { client in
            let reply = try await client.post(
                "/v1/renders", #"{"avatar_id": "ada", "text": "Hi.", "vioce": "en"}"#)
            check(reply, 400, "INVALID_PARAMETER")
            #expect(reply.field == "/vioce")
            #expect(reply.message.contains("did you mean 'voice'?"))
            let query = try await client.get("/v1/renders?limits=3")
            check(query, 400, "INVALID_PARAMETER")
            #expect(query.field == "limits")
        }
    }

    @Test(arguments: [
        (#"{"text": "Hi."}"#, "MISSING_PARAMETER", "/avatar_id", "avatar_id is required"),
        (#"{"avatar_id": "ada"}"#, "MISSING_PARAMETER", "/text", ""),
        (#"{"avatar_id": "ada", "text": 7}"#, "INVALID_PARAMETER", "/text", "a string"),
        (#"{"avatar_id": "ada", "text": "Hi.", "size": "9x9"}"#, "INVALID_PARAMETER", "/size", ""),
        (#"{"avatar_id": "ada", "text": "Hi.", "fps": 0}"#, "INVALID_PARAMETER", "/fps", ""),
        (
            #"{"avatar_id": "ada", "text": "Hi.", "tone_map": "acse"}"#, "INVALID_PARAMETER", "/tone_map",
            "aces"
        ),
        (#"{"avatar_id": "ada", "text": "Hi.", "voice": "klingon"}"#, "INVALID_PARAMETER", "/voice", ""),
        (
            #"{"avatar_id": "ada", "text": "Hi.", "background": "/etc/passwd"}"#, "INVALID_PARAMETER",
            "/background", ""
        ),
        (
            #"{"avatar_id": "ada", "text": "Hi.", "environment": "/etc/passwd"}"#, "INVALID_PARAMETER",
            "/environment", ""
        ),
        (
            #"{"avatar_id": "ada", "text": "Hi.", "emotions": ["happy", "glum"]}"#, "INVALID_PARAMETER",
            "/emotions/1", ""
        ),
        (#"{"avatar_id": "ada", "text": "Hi.", "audio_id": "upl_x"}"#, "NOT_FOUND", "/audio_id", ""),
        (
            #"{"avatar_id": "ada", "text": "Hi.", "webhook_url": "http://127.0.0.1/"}"#, "INVALID_PARAMETER",
            "/webhook_url", ""
        ),
        (
            #"{"avatar_id": "ada", "text": "Hi.", "webhook_url": "http://localhost/"}"#, "INVALID_PARAMETER",
            "/webhook_url", "refers to this machine"
        ),
        (
            #"{"avatar_id": "ada", "audio_url": "http://example.org:8080/"}"#, "INVALID_PARAMETER",
            "/audio_url", "port 8080"
        ),
        (#"{"avatar_id": "ada", "text": "Hi.", "text": "Ho."}"#, "INVALID_PARAMETER", "/text", "twice"),
        (#"{"avatar_id": "../../etc/passwd", "text": "Hi."}"#, "AVATAR_NOT_FOUND", "/avatar_id", ""),
        (#"{"avatar_id": "/etc/passwd", "text": "Hi."}"#, "AVATAR_NOT_FOUND", "/avatar_id", ""),
    ])
    func `a mistake is said with its place`(_ body: String, _ code: String, _ field: String, _ words: String)
        async throws
    {
        try await TestService().routes { client in
            let reply = try await client.post("/v1/renders", body)
            check(reply, code.hasSuffix("NOT_FOUND") ? 404 : 400, code)
            #expect(reply.field == field)
            #expect(words.isEmpty || reply.message.contains(words), "\(reply.message)")
        }
    }

    @Test func `a misspelling is looked for among the first members, however many there are`() async throws {
        try await TestService().routes { client in
            let many = (0..<150).map { #""k\#($0)": 1"# }.joined(separator: ", ")
            let near = try await client.post(
                "/v1/renders", #"{"avatar_ids": "ada", "text": "Hi.", \#(many)}"#)
            check(near, 400, "MISSING_PARAMETER")
            #expect(near.message.contains("there is no field 'avatar_ids'"), "\(near.message)")
            let far = try await client.post("/v1/renders", #"{"text": "Hi.", \#(many), "avatar_ids": "ada"}"#)
            check(far, 400, "MISSING_PARAMETER")
            #expect(!far.message.contains("avatar_ids"), "\(far.message)")
        }
    }

    /// It was logged and counted as a failure of the server.
    @Test(arguments: ["/v1/uploads?kind=audio", "/v1/renders"])
    func `a client that resets the connection in a body is no failure of ours`(_ path: String) async throws {
        let service = try await TestService()
        let log = service.log
        try await service.live { client in
            let port = try #require(client.base?.port)
            try RawConnection.abort(
                port: port,
                after: "POST \(path) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(client.key)\r\n"
                    + "Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{")
            var line: String?
            for _ in 0..<100 where line == nil {
                try await Task.sleep(for: .milliseconds(50))
                line = log.all.first { $0.contains("the connection broke") }
            }
            #expect(line?.contains(#""level":"info""#) == true, "\(log.text)")
            #expect(!log.text.contains(#""status":500"#))
        }
    }

    @Test func `an unexpected failure is 500 without its words, which are in the log`() async throws {
        let service = try await TestService()
        service.renderer.fail(
            AvatariumError(.internalError, "the secret cause", context: ["path": "/secret"]))
        try await service.routes { client in
            let reply = try await client.post("/v1/renders/preview.png", #"{"avatar_id": "ada"}"#)
            check(reply, 500, "INTERNAL_ERROR")
            #expect(!reply.text.contains("secret"))
            let id = reply.json["meta"]?["requestId"]?.string ?? "-"
            #expect(service.log.all.contains { $0.contains(id) && $0.contains("the secret cause") })
        }
    }

    @Test func `a host without GL answers CONFIG_ERROR`() async throws {
        let service = try await TestService()
        service.renderer.fail(AvatariumError(.glNotAvailable, "no EGL display"))
        try await service.routes { client in
            check(
                try await client.post("/v1/renders/preview.png", #"{"avatar_id": "ada"}"#), 500,
                "CONFIG_ERROR")
        }
    }

    @Test func `a speech provider that fails answers TTS_PROVIDER_ERROR`() async throws {
        let service = try await TestService()
        service.renderer.fail(AvatariumError(.ttsProviderError, "the provider answered 500"))
        try await service.routes { client in
            check(
                try await client.post("/v1/renders/preview.png", #"{"avatar_id": "ada"}"#), 503,
                "TTS_PROVIDER_ERROR")
        }
    }

    @Test func `a provider's voices are listed with one's own key, and its failures have their code`()
        async throws
    {
        let provider = try LocalServer { number, _ in
            number == 0
                ? LocalServer.Answer(body: #"{"voices": [{"voice_id": "v1", "name": "Rachel"}]}"#)
                : LocalServer.Answer(
                    status: 401,
                    body:
                        #"{"detail": {"status": "\#(number == 1 ? "quota_exceeded" : "invalid_api_key")", "message": "el-mine"}}"#
                )
        }
        defer { provider.stop() }
        let url = provider.url
        try await TestService { $0.providerURLs = ["elevenlabs": url] }.routes { client in
            let path = "/v1/voices?provider=elevenlabs"
            let none = try await client.get(path)
            #expect((none.status, none.code) == (500, "CONFIG_ERROR"))
            _ = try await client.send(.put, "/v1/byok/elevenlabs", #"{"key": "el-mine"}"#)
            let listed = try await client.get(path)
            #expect(listed.data[0]?["id"]?.string == "elevenlabs:v1")
            let over = try await client.get(path)
            #expect((over.status, over.code) == (503, "BYOK_PROVIDER_ERROR"))
            #expect(over.json["error"]?["cause"]?["code"]?.string == "E035")
            #expect(!over.text.contains("el-mine"))
            let refused = try await client.get(path)
            #expect((refused.status, refused.code) == (503, "BYOK_PROVIDER_ERROR"))
            #expect(refused.json["error"]?["cause"]?["code"]?.string == "E014")
            let unknown = try await client.get("/v1/voices?provider=nobody")
            #expect((unknown.code, unknown.field) == ("INVALID_PARAMETER", "provider"))
        }
    }

    @Test func `what is no HTTP gets the envelope too`() async throws {
        let service = try await TestService()
        let port = AsyncStream.makeStream(of: Int.self)
        let running = Task {
            try await service.server.application(onRunning: { port.continuation.yield($0) }).run()
        }
        defer { running.cancel() }
        var ports = port.stream.makeAsyncIterator()
        let number = try #require(await ports.next())
        for request in [
            "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", "\u{1}\u{2}\u{3}\r\n\r\n",
            "GET / HTTP/1.1\r\nX: \(String(repeating: "a", count: 40_000))\r\n\r\n",
        ] {
            let answer = try await RawConnection.ask(port: number, request)
            #expect(answer.hasPrefix("HTTP/1.1 400"), "\(answer.prefix(80))")
            #expect(answer.contains("\"INVALID_REQUEST\""))
            #expect(answer.lowercased().contains("x-request-id: req_"))
        }
        for hosts in ["Host: a\r\nHost: b\r\n", "Host: a b\r\n", "Host: a@b\r\n"] {
            let answer = try await RawConnection.ask(
                port: number, "GET /healthz HTTP/1.1\r\n\(hosts)Connection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 400") && answer.contains("one Host"), "\(answer.prefix(80))")
        }
        let old = try await RawConnection.ask(
            port: number, "GET /healthz HTTP/1.0\r\nConnection: close\r\n\r\n")
        #expect(old.hasPrefix("HTTP/1.0 200"), "\(old.prefix(80))")
        running.cancel()
        _ = try? await running.value
        await service.close()
    }
}

extension EnvelopeTests {
    @Test func `a body that is too large is not read to its end`() async throws {
        let service = try await TestService {
            $0.idleTimeoutSeconds = 3600
            $0.maxBody = 2000
        }
        try await service.live { client in
            let port = try #require(client.base?.port)
            for length in ["Content-Length: 1000000000000", "Transfer-Encoding: chunked"] {
                let begun = length.hasPrefix("T") ? "4000\r\n" : ""
                let answer = try await RawConnection.ask(
                    port: port,
                    """
                    POST /v1/renders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
                    Authorization: Bearer \(client.key)\r\n\(length)\r\n\r\n\
                    \(begun)\(String(repeating: " ", count: 4096))
                    """)
                // The server has closed, although it was promised more.
                #expect(answer.hasPrefix("HTTP/1.1 413"), "\(answer.prefix(80))")
                #expect(answer.lowercased().contains("connection: close"))
            }
        }
    }
}

extension EnvelopeTests {
    @Test func `a client that does not read what it asks for loses its connection`() async throws {
        let service = try await TestService { $0.idleTimeoutSeconds = 1 }
        try await service.live { client in
            let port = try #require(client.base?.port)
            let asked = String(repeating: "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n", count: 60)
            #expect(try await RawConnection.isClosed(port: port, withoutReading: asked))
        }
    }
}

/// What HTTP asks of a server on one connection.
extension EnvelopeTests {
    @Test func `a client that waits with its body is told to send it, and only where it is wanted`()
        async throws
    {
        try await TestService { $0.idleTimeoutSeconds = 3600 }.live { client in
            let port = try #require(client.base?.port)
            let body = #"{"avatar_id": "ada", "text": "Hi."}"#
            func ask(_ key: String, _ length: Int, _ more: String = "Connection: close\r\n") async throws
                -> String
            {
                try await RawConnection.ask(
                    port: port,
                    """
                    POST /v1/renders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(key)\r\n\(more)\
                    Content-Type: application/json\r\nContent-Length: \(length)\r\nExpect: 100-Continue\r\n\r\n
                    """, thenOnContinue: body)
            }
            let answer = try await ask(client.key, body.utf8.count)
            #expect(answer.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 "), "\(answer)")
            // What is refused without its body is refused at once, and the connection ends, since nobody knows whether the
            // body still comes.
            let stranger = try await ask("av_live_x", body.utf8.count, "")
            #expect(stranger.hasPrefix("HTTP/1.1 401 "), "\(stranger)")
            #expect(stranger.lowercased().contains("connection: close"))
            let large = try await ask(client.key, 1 << 40, "")
            #expect(large.hasPrefix("HTTP/1.1 413 "), "\(large)")
        }
    }

    @Test(arguments: [
        "GET /healthz HTTP/1.0\r\n\r\n", "GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Close\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: TE , close\r\nTE: trailers\r\n\r\n",
    ])
    func `a connection ends with the answer to a client that does not keep it`(request: String) async throws {
        try await TestService { $0.idleTimeoutSeconds = 3600 }.live { client in
            let answer = try await RawConnection.ask(port: try #require(client.base?.port), request)
            #expect(answer.contains(" 200 OK\r\n") && answer.hasSuffix("}"), "\(answer)")
            #expect(answer.lowercased().contains("\r\nconnection: close\r\n"))
        }
    }

    @Test func `a client of HTTP 1.0 gets no chunks and may send none`() async throws {
        try await TestService().live { client in
            let port = try #require(client.base?.port)
            let made = try await client.post("/v1/renders", #"{"avatar_id": "ada", "text": "Hi."}"#)
            let id = try #require(made.data["id"]?.string)
            _ = try await client.post("/v1/renders/\(id)/cancel")
            let stream = try await RawConnection.ask(
                port: port,
                "GET /v1/renders/\(id)/events HTTP/1.0\r\nAuthorization: Bearer \(client.key)\r\n\r\n")
            #expect(stream.hasPrefix("HTTP/1.0 200 "), "\(stream)")
            #expect(stream.contains("\r\n\r\nretry: 2000\n"), "\(stream)")
            #expect(!stream.lowercased().contains("transfer-encoding"))
            let sent = try await RawConnection.ask(
                port: port,
                "POST /v1/renders HTTP/1.0\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
            )
            #expect(sent.hasPrefix("HTTP/1.1 400 ") && sent.contains("INVALID_REQUEST"), "\(sent)")
        }
    }
}

/// Pages of other origins.
extension EnvelopeTests {
    private static let origin = HTTPField.Name("Origin")!
    private static let wanted = HTTPField.Name("Access-Control-Request-Method")!

    @Test func `pages of other origins are let in only where the operator names them`() async throws {
        let page = "https://app.example.org"
        try await TestService().routes { client in
            let asked = try await client.send(
                .options, "/v1/renders", headers: [Self.origin: page, Self.wanted: "POST"])
            check(asked, 405, "INVALID_REQUEST")
            let read = try await client.get("/v1/usage", headers: [Self.origin: page])
            #expect(read.headers[.accessControlAllowOrigin] == nil && read.headers[.vary] == nil)
        }
        try await TestService { $0.allowedOrigins = [page] }.routes { client in
            // A browser asks without the key.
            let asked = try await client.with(key: "").send(
                .options, "/v1/renders/job_x", headers: [Self.origin: page, Self.wanted: "DELETE"])
            #expect(asked.status == 204 && asked.bytes.isEmpty, "\(asked.text)")
            #expect(asked.headers[.accessControlAllowOrigin] == page)
            #expect(asked.headers[.accessControlAllowMethods] == "DELETE, GET, HEAD")
            for name in ["Authorization", "Content-Type", "Idempotency-Key", "Prefer"] {
                #expect(asked.headers[.accessControlAllowHeaders]?.contains(name) == true)
            }
            // Refusals, too, are for the page to read, with what the client's retries need.
            let none = try await client.get("/v1/renders/job_x", headers: [Self.origin: page])
            #expect((none.status, none.headers[.accessControlAllowOrigin]) == (404, page))
            #expect(none.headers[.accessControlExposeHeaders]?.contains("Retry-After") == true)
            #expect(none.headers[.vary] == "Origin")
            for stranger in [
                "https://evil.example", "null", "https://app.example.org.evil.example",
                "http://app.example.org",
            ] {
                let asked = try await client.send(
                    .options, "/v1/renders", headers: [Self.origin: stranger, Self.wanted: "POST"])
                check(asked, 405, "INVALID_REQUEST")
                #expect(asked.headers[.accessControlAllowOrigin] == nil)
                let read = try await client.get("/v1/usage", headers: [Self.origin: stranger])
                #expect((read.status, read.headers[.accessControlAllowOrigin]) == (200, nil))
                #expect(read.headers[.vary] == "Origin")
            }
        }
        try await TestService { $0.allowedOrigins = ["*"] }.routes { client in
            let read = try await client.get("/v1/usage", headers: [Self.origin: "null"])
            #expect(read.headers[.accessControlAllowOrigin] == "*" && read.headers[.vary] == nil)
            let nowhere = try await client.send(
                .options, "/v1/nothing", headers: [Self.origin: page, Self.wanted: "GET"])
            check(nowhere, 404, "NOT_FOUND")
        }
    }

    @Test func `an allowed origin has neither a path nor another form`() async throws {
        let good = try await ServiceConfiguration.read(
            flags: ["allowed-origins": "https://App.example.org, http://localhost:3000"], environment: [:])
        #expect(good.allowedOrigins == ["https://app.example.org", "http://localhost:3000"])
        for bad in [
            "https://app.example.org/", "app.example.org", "https://a b", "https://u@h", "null",
            "https://*.example.org,/",
        ] {
            let error = await #expect(throws: AvatariumError.self) {
                try await ServiceConfiguration.read(flags: ["allowed-origins": bad], environment: [:])
            }
            #expect(error?.code == .invalidConfig && error?.context["field"] == "/allowed-origins", "\(bad)")
        }
    }
}

/// Sends bytes and reads until the server closes.
enum RawConnection {
    struct Failure: Error {}

    /// Whether the server closes a connection from which nothing is read, within two minutes.
    static func isClosed(port: Int, withoutReading request: String) async throws -> Bool {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        let descriptor = try open(port: port, request)
                        defer { close(descriptor) }
                        var place = pollfd(fd: descriptor, events: 0, revents: 0)
                        return poll(&place, 1, 120_000) == 1
                    })
            }
        }
    }

    /// Sends a part of a request, and resets the connection when the server has had time to read it.
    static func abort(port: Int, after request: String) throws {
        let descriptor = try open(port: port, request)
        usleep(300_000)
        var hard = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &hard, socklen_t(MemoryLayout<linger>.size))
        close(descriptor)
    }

    /// Waits on a thread of its own: the server of the same process needs Swift's.
    ///
    /// - Parameter body: What is sent when the server has answered `100 Continue`, and never where it has not.
    static func ask(port: Int, _ request: String, thenOnContinue body: String = "") async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try answer(port: port, request, body) })
            }
        }
    }

    private static func open(port: Int, _ request: String) throws -> Int32 {
        let descriptor = try connect(port: port)
        var isOpen = false
        defer { if !isOpen { close(descriptor) } }
        var wait = timeval(tv_sec: 120, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        try send(request, descriptor)
        isOpen = true
        return descriptor
    }

    /// Connects to a port of this host. Test servers listen at `localhost`, which is `::1` on some machines.
    static func connect(port: Int) throws -> Int32 {
        var wanted = addrinfo()
        wanted.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo("localhost", "\(port)", &wanted, &found) == 0 else { throw Failure() }
        defer { freeaddrinfo(found) }
        for address in sequence(first: found, next: { $0?.pointee.ai_next }) {
            guard let address = address?.pointee else { break }
            let descriptor = socket(address.ai_family, address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
            if Foundation.connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 { return descriptor }
            close(descriptor)
        }
        throw Failure()
    }

    private static func send(_ text: String, _ descriptor: Int32) throws {
        let bytes = Array(text.utf8)
        guard Foundation.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
        else { throw Failure() }
    }

    private static func answer(port: Int, _ request: String, _ body: String) throws -> String {
        let descriptor = try open(port: port, request)
        defer { close(descriptor) }
        var body = body
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let got = recv(descriptor, &buffer, buffer.count, 0)
            guard got >= 0 else { throw Failure() }
            guard got > 0 else { break }
            answer += buffer.prefix(got)
            if !body.isEmpty, String(decoding: answer, as: UTF8.self) == "HTTP/1.1 100 Continue\r\n\r\n" {
                try send(body, descriptor)
                body = ""
            }
        }
        return String(decoding: answer, as: UTF8.self)
    }
}

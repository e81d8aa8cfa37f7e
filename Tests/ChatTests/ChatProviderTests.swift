import AvatariumCore
import Chat
import Foundation
import LocalServer
import ProviderHTTP
import Testing

struct ChatProviderTests {
    private static let quick = RetryPolicy(
        attempts: 3, firstDelay: .milliseconds(1), deadline: .seconds(30))
    private static let request = ChatRequest(
        model: "m-1", system: "Be brief.", turns: [.user("Hi")])

    private func provider(
        _ name: String, _ server: LocalServer, policy: RetryPolicy = quick, isOwnKey: Bool = true
    ) -> ChatProvider {
        ChatProvider(name: name, baseURL: server.url, key: "sk-secret", isOwnKey: isOwnKey, policy: policy)
    }

    private func failure(_ body: () async throws -> String) async -> AvatariumError? {
        do {
            _ = try await body()
            return nil
        } catch {
            return error as? AvatariumError
        }
    }

    @Test(arguments: ProviderFake.answers.indices)
    func `an answer is read as its provider writes it`(_ index: Int) async throws {
        let fake = ProviderFake.answers[index]
        let server = try LocalServer { _, _ in fake.answer }
        defer { server.stop() }
        #expect(try await provider(fake.provider, server).answer(Self.request) == fake.text)
    }

    @Test(arguments: ProviderFake.refusals.indices)
    func `a refusal has its code and none of the provider's words`(_ index: Int) async throws {
        let fake = ProviderFake.refusals[index]
        let server = try LocalServer { _, _ in fake.answer }
        defer { server.stop() }
        let error = await failure { try await provider(fake.provider, server).answer(Self.request) }
        #expect(error?.code.code == fake.code, "\(fake.name): \(error.debugDescription)")
        #expect(error?.context["provider"] == fake.provider)
        #expect(error?.message.contains("sk-secret") == false)
        let isTriedAgain = ["E041", "E051"].contains(fake.code ?? "") && fake.status >= 429
        #expect(server.requests.count == (isTriedAgain ? 3 : 1), "\(fake.name)")
    }

    @Test func `the server's own key that is refused is a matter of the configuration`() async throws {
        let server = try LocalServer { _, _ in ProviderFake.refusals[0].answer }
        defer { server.stop() }
        let error = await failure {
            try await provider("openai", server, isOwnKey: false).answer(Self.request)
        }
        #expect(error?.code == .invalidConfig)
    }

    @Test func `each form says what is asked in its own way`() async throws {
        let server = try LocalServer { _, request in
            request.head.contains("/v1beta/")
                ? ProviderFake.answers[3].answer
                : request.head.contains("/v1/messages")
                    ? ProviderFake.answers[2].answer : ProviderFake.answers[0].answer
        }
        defer { server.stop() }
        for name in ["openai", "anthropic", "gemini"] {
            _ = try await provider(name, server).answer(Self.request)
        }
        let requests = server.requests
        try #require(requests.count == 3)
        let openAI = try JSONParser.parse(requests[0].body)
        #expect(requests[0].head.hasPrefix("POST /chat/completions "))
        #expect(requests[0].head.lowercased().contains("authorization: bearer sk-secret"))
        #expect(openAI["messages"]?[0]?["role"]?.string == "system")
        #expect(openAI["stream"]?.bool == true)
        #expect(openAI["max_tokens"]?.int == 600)
        let anthropic = try JSONParser.parse(requests[1].body)
        #expect(requests[1].head.lowercased().contains("x-api-key: sk-secret"))
        #expect(requests[1].head.lowercased().contains("anthropic-version: 2023-06-01"))
        #expect(anthropic["system"]?.string == "Be brief.")
        #expect(anthropic["max_tokens"]?.int == 600)
        let gemini = try JSONParser.parse(requests[2].body)
        #expect(requests[2].head.contains("/v1beta/models/m-1:streamGenerateContent?alt=sse"))
        #expect(requests[2].head.lowercased().contains("x-goog-api-key: sk-secret"))
        #expect(gemini["contents"]?[0]?["role"]?.string == "user")
        #expect(gemini["systemInstruction"]?["parts"]?[0]?["text"]?.string == "Be brief.")
    }

    @Test func `a server of one's own is asked without a key`() async throws {
        let server = try LocalServer { _, _ in ProviderFake.answers[0].answer }
        defer { server.stop() }
        let local = ChatProvider(name: "openai", baseURL: server.url, key: nil, isOwnKey: false)
        #expect(try await local.answer(Self.request) == "Hello.")
        #expect(server.requests.first?.head.lowercased().contains("authorization") == false)
    }

    @Test func `text arrives while the model still writes`() async throws {
        let (heard, hear) = AsyncStream<Void>.makeStream()
        let release = DispatchSemaphore(value: 0)
        let whole = ProviderFake.answers[0].body
        let cut = try #require(whole.firstRange(of: "Hel\"}")).upperBound
        let end = try #require(whole[cut...].firstRange(of: "\n\n")).upperBound
        let (first, rest) = (String(whole[..<end]), String(whole[end...]))
        let server = try LocalServer { _, _ in
            var answer = LocalServer.Answer()
            answer.pieces = [
                { first },
                {
                    release.wait()
                    return rest
                },
            ]
            return answer
        }
        defer { server.stop() }
        let reading = Task {
            var pieces: [String] = []
            for try await piece in provider("openai", server).stream(Self.request) {
                pieces.append(piece)
                hear.yield()
            }
            return pieces
        }
        // The second piece is only written when the first one was heard.
        var hearing = heard.makeAsyncIterator()
        _ = await hearing.next()
        release.signal()
        #expect(try await reading.value == ["Hel", "lo."])
    }

    @Test func `a stream that breaks off before its first word is asked for again, later it is not`()
        async throws
    {
        let whole = ProviderFake.answers[2].body
        let early = try #require(whole.firstRange(of: "event: content_block_delta")).lowerBound
        let late = try #require(whole.firstRange(of: "event: content_block_stop")).lowerBound
        let server = try LocalServer { number, _ in
            LocalServer.Answer(body: number == 0 ? String(whole[..<early]) : whole)
        }
        defer { server.stop() }
        #expect(try await provider("anthropic", server).answer(Self.request) == "Hello.")
        #expect(server.requests.count == 2)
        let broken = try LocalServer { _, _ in LocalServer.Answer(body: String(whole[..<late])) }
        defer { broken.stop() }
        let error = await failure { try await provider("anthropic", broken).answer(Self.request) }
        #expect(error?.code == .aiProviderError)
        #expect(broken.requests.count == 1)
    }

    @Test func `an error event within a stream has its code`() async throws {
        let event =
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"x\"}}\n\n"
        let server = try LocalServer { number, _ in
            number == 0 ? LocalServer.Answer(body: event) : ProviderFake.answers[2].answer
        }
        defer { server.stop() }
        #expect(try await provider("anthropic", server).answer(Self.request) == "Hello.")
        #expect(server.requests.count == 2)
    }

    @Test func `a history that is too long is cut once`() async throws {
        let tooLong = try #require(ProviderFake.refusals.first { $0.code == "E043" })
        let server = try LocalServer { number, _ in
            number == 0 ? tooLong.answer : ProviderFake.answers[0].answer
        }
        defer { server.stop() }
        var request = Self.request
        request.turns = (0..<21).map { $0.isMultiple(of: 2) ? .user("\($0)") : .assistant("\($0)") }
        #expect(try await provider("openai", server).answer(request) == "Hello.")
        let asked = try JSONParser.parse(try #require(server.requests.last).body)
        let turns = asked["messages"]?.array ?? []
        #expect(turns.count == 1 + 5)
        #expect(turns.dropFirst().first?["role"]?.string == "user")
        #expect(turns.last?["content"]?.string == "20")
        let stubborn = try LocalServer { _, _ in tooLong.answer }
        defer { stubborn.stop() }
        let error = await failure { try await provider("openai", stubborn).answer(request) }
        #expect(error?.code == .aiContextLengthExceeded)
        #expect(stubborn.requests.count == 2)
    }

    @Test func `a provider's own wait is kept`() async throws {
        let server = try LocalServer { number, _ in
            number == 0
                ? LocalServer.Answer(
                    status: 429,
                    body:
                        #"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[{"retryDelay":"3600s"}]}}"#
                )
                : ProviderFake.answers[3].answer
        }
        defer { server.stop() }
        // An hour is longer than the deadline: the caller is told at once.
        let error = await failure { try await provider("gemini", server).answer(Self.request) }
        #expect(error?.code == .rateLimited)
        #expect(error?.retryAfter == 3_600_000)
        #expect(server.requests.count == 1)
    }

    @Test func `an answer without end, and one that never comes, are stopped`() async throws {
        let chunk =
            #"data: {"choices":[{"delta":{"content":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}]}"# + "\n\n"
        let endless = try LocalServer { _, _ in
            LocalServer.Answer(body: String(repeating: chunk, count: 400), endless: true)
        }
        defer { endless.stop() }
        let error = await failure { try await provider("openai", endless).answer(Self.request) }
        #expect(error?.code == .aiProviderError)
        let silent = try LocalServer { _, _ in LocalServer.Answer(silent: true) }
        defer { silent.stop() }
        let short = RetryPolicy(attempts: 1, firstDelay: .milliseconds(1), deadline: .milliseconds(300))
        let late = await failure {
            try await provider("openai", silent, policy: short).answer(Self.request)
        }
        #expect(late?.code == .timeout)
    }

    private static let folder = ProcessInfo.processInfo.environment["AVATARIUM_WIRE_FOLDER"]

    /// For `scripts/test-wire-formats`, which lets the providers' own clients read the same answers.
    @Test(.enabled(if: Self.folder != nil, "set by scripts/test-wire-formats"))
    func `the fakes are written down for the providers' clients`() throws {
        let folder = try #require(Self.folder)
        try JSONEncoder().encode(ProviderFake.answers + ProviderFake.refusals).write(
            to: URL(fileURLWithPath: folder + "/providers.json"))
    }
}

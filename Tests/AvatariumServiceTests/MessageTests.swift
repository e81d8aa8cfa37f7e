import Avatarium
import AvatariumCore
import AvatariumService
import Foundation
import LocalServer
import ServiceStore
import Testing

/// Messages, answered by a provider of a local server.
struct MessageTests {
    /// What OpenAI's form streams of a text, a word an event.
    static func events(_ text: String) -> [String] {
        text.split(separator: " ", omittingEmptySubsequences: false).enumerated().map { index, word in
            let content = JSON.string(index == 0 ? String(word) : " \(word)")
            return
                #"data: {"choices":[{"delta":{"content":\#(String(decoding: content.encoded(), as: UTF8.self))}}]}"#
                + "\n\n"
        } + [#"data: {"choices":[{"delta":{},"finish_reason":"stop"}]}"# + "\n\n", "data: [DONE]\n\n"]
    }

    static func answer(_ text: String) -> LocalServer.Answer {
        LocalServer.Answer(body: events(text).joined())
    }

    static func conversation(_ client: Client, provider: String = "openai") async throws -> String {
        let begun = try await client.post(
            "/v1/conversations",
            #"{"avatar_id": "ada", "ai": {"provider": "\#(provider)", "model": "m-1", "system": "Be brief."}}"#
        )
        #expect(begun.status == 201, "\(begun.text)")
        return "/v1/conversations/\(begun.data["id"]?.string ?? "")/messages"
    }

    @Test func `a message is answered in words and by a clip`() async throws {
        let provider = try LocalServer { _, _ in Self.answer("[happy]Hello![/happy] I am Ada. [nod]Yes.") }
        defer { provider.stop() }
        let url = provider.url
        let service = try await TestService {
            $0.providerURLs = ["openai": url]
            $0.providerKeys = ["openai": "sk-server-secret-key"]
        }
        try await service.working { client in
            let path = try await Self.conversation(client)
            let reply = try await client.post(path, #"{"content": "Who are you?"}"#)
            #expect(reply.status == 201, "\(reply.text)")
            #expect(reply.data["content"]?.string == "[happy]Hello![/happy] I am Ada. [nod]Yes.")
            #expect(reply.data["text"]?.string == "Hello! I am Ada. Yes.")
            let clip = reply.data["render"]?["id"]?.string ?? ""
            let end = try await client.get("/v1/renders/\(clip)", headers: [.prefer: "wait=20"])
            #expect(end.data["state"]?.string == "succeeded", "\(end.text)")
            #expect(service.renderer.said == ["[happy]Hello![/happy]", "I am Ada.", "[nod]Yes."])
            let request = try #require(provider.requests.first)
            #expect(request.head.lowercased().contains("authorization: bearer sk-server-secret-key"))
            let asked = try JSONParser.parse(request.body)
            #expect(asked["model"]?.string == "m-1")
            #expect(asked["messages"]?[0]?["content"]?.string?.hasPrefix("Be brief.") == true)
            #expect(asked["messages"]?[1]?["content"]?.string == "Who are you?")
            _ = try await client.post(path, #"{"content": "And now?"}"#)
            let second = try JSONParser.parse(try #require(provider.requests.last).body)
            #expect(second["messages"]?.array?.count == 4)
            let messages = try await client.get(path)
            #expect(messages.data.array?.count == 4)
            let usage = try await client.get("/v1/usage")
            #expect(usage.data["messages"]?["used"]?.int == 2)
            #expect(!service.log.text.contains("sk-server-secret-key"))
        }
    }

    @Test func `the clip is begun while the model still writes, and events tell of both`() async throws {
        let events = Self.events("First one. Second one.")
        let renderer = FakeRenderer()
        let provider = try LocalServer { _, _ in
            var answer = LocalServer.Answer()
            answer.pieces = [
                { events[0...2].joined() },
                {
                    // The rest is only written when the first sentence is being spoken.
                    while renderer.said.isEmpty { usleep(10_000) }
                    return events[3...].joined()
                },
            ]
            return answer
        }
        defer { provider.stop() }
        let url = provider.url
        try await TestService(renderer: renderer) {
            $0.providerURLs = ["openai": url]
            $0.providerKeys = ["openai": "k"]
        }.working { client in
            let path = try await Self.conversation(client)
            let text = try await client.postStream(path, #"{"content": "Say two things."}"#)
            #expect(text.hasPrefix("HTTP/1.1 200"), "\(text.prefix(300))")
            let names = text.matches(of: #/event: (\S+)/#).map { String($0.1) }
            #expect(names.first == "delta")
            let begun = try #require(names.firstIndex(of: "render"))
            let whole = try #require(names.firstIndex(of: "reply"))
            #expect(begun < whole && whole < names.count - 1)
            #expect(names.last == "render")
            #expect(text.contains(#""state":"succeeded""#))
            #expect(renderer.said == ["First one.", "Second one."])
            #expect(renderer.works.count == 1)
        }
    }

    @Test func `a model that fails in the middle leaves no clip, costs nothing, and the message says why`()
        async throws
    {
        let events = Self.events("First one. Second one.")
        let provider = try LocalServer { _, _ in LocalServer.Answer(body: events[0...3].joined()) }
        defer { provider.stop() }
        let url = provider.url
        try await TestService {
            $0.providerURLs = ["openai": url]
            $0.providerKeys = ["openai": "k"]
        }.working { client in
            let path = try await Self.conversation(client)
            let text = try await client.postStream(path, #"{"content": "Say two things."}"#)
            #expect(text.contains("event: error"))
            #expect(text.contains(#""code":"AI_PROVIDER_ERROR""#))
            let clip = try #require(text.firstMatch(of: #/"id":"(job_\w+)"/#)?.1)
            #expect(try await client.get("/v1/renders/\(clip)").status == 404)
            let messages = try await client.get(path)
            #expect(messages.data[0]?["state"]?.string == "failed")
            #expect(messages.data[0]?["error"]?["code"]?.string == "E041")
            let usage = try await client.get("/v1/usage")
            #expect(usage.data["messages"]?["used"]?.int == 0)
            // The conversation takes the next message.
            let again = try await client.post(path, #"{"content": "Once more."}"#)
            #expect((again.status, again.code) == (503, "AI_PROVIDER_ERROR"))
        }
    }

    @Test func `one message at a time, and none after the end`() async throws {
        let events = Self.events("Slow.")
        let release = DispatchSemaphore(value: 0)
        let provider = try LocalServer { _, _ in
            var answer = LocalServer.Answer()
            answer.pieces = [
                {
                    release.wait()
                    return events.joined()
                }
            ]
            return answer
        }
        defer { provider.stop() }
        let url = provider.url
        try await TestService {
            $0.providerURLs = ["openai": url]
            $0.providerKeys = ["openai": "k"]
        }.routes { client in
            let path = try await Self.conversation(client)
            async let first = client.post(path, #"{"content": "One."}"#)
            while provider.requests.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
            let second = try await client.post(path, #"{"content": "Two."}"#)
            #expect((second.status, second.code) == (429, "RATE_LIMIT_EXCEEDED"))
            #expect(second.headers[.waitSeconds] != nil)
            #expect(second.json["error"]?["cause"]?["code"]?.string == "E064")
            release.signal()
            #expect(try await first.status == 201)
            let end = String(path.dropLast("messages".count)) + "end"
            let ended = try await client.post(end)
            #expect(ended.data["ended_at"]?.string != nil)
            let third = try await client.post(path, #"{"content": "Three."}"#)
            #expect((third.status, third.code) == (400, "INVALID_REQUEST"))
            #expect(third.json["error"]?["cause"]?["code"]?.string == "E062")
            #expect(try await client.get(path).status == 200)
        }
    }

    @Test func `deleting a conversation deletes its messages and clips`() async throws {
        let provider = try LocalServer { _, _ in Self.answer("A secret word.") }
        defer { provider.stop() }
        let url = provider.url
        let service = try await TestService {
            $0.providerURLs = ["openai": url]
            $0.providerKeys = ["openai": "k"]
        }
        try await service.working { client in
            let path = try await Self.conversation(client)
            let reply = try await client.post(path, #"{"content": "Tell me."}"#)
            let clip = reply.data["render"]?["id"]?.string ?? ""
            _ = try await client.get("/v1/renders/\(clip)", headers: [.prefer: "wait=20"])
            let conversation = String(path.dropLast("/messages".count))
            #expect(try await client.send(.delete, conversation).status == 204)
            for gone in [conversation, path, "/v1/renders/\(clip)", "/v1/renders/\(clip)/video"] {
                #expect(try await client.get(gone).status == 404, "\(gone)")
            }
            let left = try await service.server.backend.store.database.read { connection in
                try connection.count(
                    """
                    SELECT (SELECT count(*) FROM messages) + (SELECT count(*) FROM conversations)
                      + (SELECT count(*) FROM jobs) AS n
                    """)
            }
            #expect(left == 0)
        }
    }

    @Test func `the month's messages end with the fields of the contract, and own keys go on`() async throws {
        let provider = try LocalServer { _, _ in Self.answer("Yes.") }
        defer { provider.stop() }
        let url = provider.url
        let plans = NSTemporaryDirectory() + "plans-\(UUID()).json"
        try Data(#"{"free": {"messages": 1}, "paid": {"messages": 1}}"#.utf8).write(
            to: URL(fileURLWithPath: plans))
        defer { try? FileManager.default.removeItem(atPath: plans) }
        let service = try await TestService {
            $0.providerURLs = ["openai": url]
            $0.providerKeys = ["openai": "k"]
            $0.plansFile = plans
        }
        try await service.routes { admin in
            let store = service.server.backend.store
            for (plan, words) in [
                ("free", "You've used 1 of your 1 free messages this month."),
                ("paid", "limit of 1 message this"),
            ] {
                let account = try #require(try await store.createAccount(slug: plan + "-one", plan: plan))
                let made = try await store.createKey(.init(name: "k", scopes: [.admin]), account: account.id)
                let client = admin.with(key: made.text.text)
                let path = try await Self.conversation(client)
                #expect(try await client.post(path, #"{"content": "x"}"#).status == 201)
                let refused = try await client.post(path, #"{"content": "x"}"#)
                #expect((refused.status, refused.code) == (403, "FREE_TIER_LIMIT_EXCEEDED"))
                #expect(refused.message.contains(words), "\(refused.message)")
                #expect(refused.json["upgrade"]?.bool == true)
                #expect(refused.json["byokRequired"]?.bool == true)
                for (field, value) in [("used", 1), ("limit", 1), ("remaining", 0)] {
                    #expect(refused.json["usage"]?[field]?.int == value, "\(field)")
                }
                #expect(refused.json["error"]?["cause"]?["code"]?.string == "E052")
                let own = try await client.post(path, #"{"content": "x", "byokAI": "sk-own-key-123456"}"#)
                #expect(own.status == 201, "\(own.text)")
                let usage = try await client.get("/v1/usage")
                #expect(usage.data["messages"]?["used"]?.int == 1)
                #expect(usage.data["messages"]?["remaining"]?.int == 0)
            }
        }
    }

    @Test func `a test key's messages ask no language model and cost nothing`() async throws {
        let provider = try LocalServer { _, _ in Self.answer("A real reply.") }
        defer { provider.stop() }
        let url = provider.url
        let service = try await TestService {
            $0.providerURLs = ["openai": url]
            $0.providerKeys = ["openai": "sk-server"]
        }
        try await service.working { client in
            let made = try await client.post(
                "/v1/keys", #"{"name": "t", "mode": "test", "scopes": ["conversations", "renders"]}"#)
            let test = client.with(key: made.data["key"]?.string ?? "")
            _ = try await client.send(.put, "/v1/byok/openai", #"{"key": "sk-of-the-account"}"#)
            let path = try await Self.conversation(test)
            let reply = try await test.post(path, #"{"content": "[sad]Who are you?"}"#)
            #expect(reply.status == 201, "\(reply.text)")
            #expect(reply.data["text"]?.string == "This is a test reply. You said: Who are you?")
            #expect(reply.data["content"]?.string?.contains("[happy]") == true)
            #expect(provider.requests.isEmpty)
            let clip = reply.data["render"]?["id"]?.string ?? ""
            let end = try await test.get("/v1/renders/\(clip)", headers: [.prefer: "wait=20"])
            #expect(end.data["state"]?.string == "succeeded", "\(end.text)")
            #expect(service.renderer.works.first?.terms.isMarkedAsTest == true)
            #expect(try await test.get("/v1/usage").data["messages"]?["used"]?.int == 0)
            // Who sends a key of their own with it means it.
            let own = try await test.post(path, #"{"content": "And now?", "byokAI": "sk-my-own"}"#)
            #expect(own.data["text"]?.string == "A real reply.", "\(own.text)")
            #expect(provider.requests.count == 1)
        }
    }

    @Test func `a server without the provider's key answers CONFIG_ERROR, and only its log says why`()
        async throws
    {
        let service = try await TestService()
        try await service.routes { client in
            let reply = try await client.post(
                try await Self.conversation(client, provider: "groq"), #"{"content": "x"}"#)
            #expect((reply.status, reply.code) == (500, "CONFIG_ERROR"))
            #expect(!reply.text.contains("groq"))
            #expect(service.log.text.contains("groq"))
        }
    }

    @Test func `a provider's refusal has the code of whose key it was`() async throws {
        let provider = try LocalServer { _, _ in
            LocalServer.Answer(
                status: 429,
                body:
                    #"{"error": {"message": "sk-mine", "type": "insufficient_quota", "code": "insufficient_quota"}}"#
            )
        }
        defer { provider.stop() }
        let url = provider.url
        try await TestService {
            $0.providerURLs = ["openai": url]
            $0.providerKeys = ["openai": "sk-server-secret-key"]
        }.routes { client in
            let path = try await Self.conversation(client)
            let ours = try await client.post(path, #"{"content": "x"}"#)
            #expect((ours.status, ours.code) == (503, "AI_PROVIDER_ERROR"))
            let theirs = try await client.post(path, #"{"content": "x", "byokAI": "sk-callers-own-key"}"#)
            #expect((theirs.status, theirs.code) == (503, "BYOK_PROVIDER_ERROR"))
            #expect(theirs.message.contains("openai") && theirs.message.contains("insufficient_quota"))
            #expect(theirs.json["error"]?["cause"]?["code"]?.string == "E045")
            #expect(!theirs.text.contains("sk-"))
            // Neither was asked a second time: a quota does not come back by itself.
            #expect(provider.requests.count == 2)
        }
    }

    @Test(arguments: [
        (401, "invalid_api_key", 500, "CONFIG_ERROR", 503, "BYOK_PROVIDER_ERROR"),
        (404, "model_not_found", 400, "INVALID_PARAMETER", 400, "INVALID_PARAMETER"),
        (400, "context_length_exceeded", 400, "INVALID_REQUEST", 400, "INVALID_REQUEST"),
        (400, "content_filter", 400, "INVALID_REQUEST", 400, "INVALID_REQUEST"),
    ])
    func `a refusal is what the table says`(
        _ status: Int, _ code: String, _ ourStatus: Int, _ ourCode: String, _ theirStatus: Int,
        _ theirCode: String
    ) async throws {
        let provider = try LocalServer { _, _ in
            LocalServer.Answer(
                status: status, body: #"{"error": {"message": "x", "type": "y", "code": "\#(code)"}}"#)
        }
        defer { provider.stop() }
        let url = provider.url
        try await TestService {
            $0.providerURLs = ["openai": url]
            $0.providerKeys = ["openai": "k"]
        }.routes { client in
            let path = try await Self.conversation(client)
            let ours = try await client.post(path, #"{"content": "x"}"#)
            #expect((ours.status, ours.code) == (ourStatus, ourCode), "\(ours.text)")
            let theirs = try await client.post(path, #"{"content": "x", "byokAI": "sk-callers-own-key"}"#)
            #expect((theirs.status, theirs.code) == (theirStatus, theirCode), "\(theirs.text)")
        }
    }

    @Test func `the other forms are as their providers have them`() async throws {
        let provider = try LocalServer { _, request in
            request.head.contains("/v1beta/")
                ? LocalServer.Answer(
                    body:
                        #"data: {"candidates": [{"content": {"parts": [{"text": "Hi from Gemini."}]}, "finishReason": "STOP"}]}"#
                        + "\n\n")
                : LocalServer.Answer(
                    body: [
                        #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi from Claude."}}"#,
                        #"{"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#,
                        #"{"type":"message_stop"}"#,
                    ].map { "data: \($0)\n\n" }.joined())
        }
        defer { provider.stop() }
        let url = provider.url
        try await TestService {
            $0.providerURLs = ["anthropic": url, "gemini": url]
            $0.providerKeys = ["anthropic": "a-key", "gemini": "g-key"]
        }.routes { client in
            let claude = try await client.post(
                try await Self.conversation(client, provider: "anthropic"), #"{"content": "x"}"#)
            #expect(claude.data["content"]?.string == "Hi from Claude.", "\(claude.text)")
            #expect(provider.requests[0].head.lowercased().contains("x-api-key: a-key"))
            #expect(try JSONParser.parse(provider.requests[0].body)["max_tokens"]?.int == 600)
            let gemini = try await client.post(
                try await Self.conversation(client, provider: "gemini"), #"{"content": "x"}"#)
            #expect(gemini.data["content"]?.string == "Hi from Gemini.", "\(gemini.text)")
            #expect(provider.requests[1].head.contains("/v1beta/models/m-1:streamGenerateContent"))
        }
    }
}

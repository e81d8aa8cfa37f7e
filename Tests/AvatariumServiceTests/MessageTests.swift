import Avatarium
import AvatariumCore
import AvatariumService
import Foundation
import LocalServer
import Testing

/// Messages, answered by a provider of a local server.
struct MessageTests {
    private static let answer = LocalServer.Answer(
        body:
            #"{"choices": [{"message": {"role": "assistant", "content": "[happy]Hello![/happy]"}, "finish_reason": "stop"}]}"#
    )

    private func conversation(_ client: Client, provider: String = "openai") async throws -> String {
        let begun = try await client.post(
            "/v1/conversations",
            #"{"avatar_id": "ada", "ai": {"provider": "\#(provider)", "model": "m-1", "system": "Be brief."}}"#
        )
        #expect(begun.status == 201, "\(begun.text)")
        return "/v1/conversations/\(begun.data["id"]?.string ?? "")/messages"
    }

    @Test func `a message is answered in words and by a clip`() async throws {
        let provider = try LocalServer { _, _ in Self.answer }
        defer { provider.stop() }
        let url = provider.url
        let service = try await TestService {
            $0.providerURLs = ["openai": url]
            $0.providerKeys = ["openai": "sk-server-secret-key"]
        }
        try await service.working { client in
            let path = try await conversation(client)
            let reply = try await client.post(path, #"{"content": "Who are you?"}"#)
            #expect(reply.status == 201, "\(reply.text)")
            #expect(reply.data["content"]?.string == "[happy]Hello![/happy]")
            let clip = reply.data["render"]?["id"]?.string ?? ""
            let end = try await client.get("/v1/renders/\(clip)", headers: [.prefer: "wait=20"])
            #expect(end.data["state"]?.string == "succeeded", "\(end.text)")
            #expect(service.renderer.works.first?.clip.text == "[happy]Hello![/happy]")
            let request = try #require(provider.requests.first)
            #expect(request.head.lowercased().contains("authorization: bearer sk-server-secret-key"))
            let asked = try JSONParser.parse(request.body)
            #expect(asked["model"]?.string == "m-1")
            #expect(asked["messages"]?[0]?["content"]?.string == "Be brief.")
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

    @Test func `a server without the provider's key answers CONFIG_ERROR, and only its log says why`()
        async throws
    {
        let service = try await TestService()
        try await service.routes { client in
            let reply = try await client.post(
                try await conversation(client, provider: "groq"), #"{"content": "x"}"#)
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
            let path = try await conversation(client)
            let ours = try await client.post(path, #"{"content": "x"}"#)
            #expect((ours.status, ours.code) == (503, "AI_PROVIDER_ERROR"))
            let theirs = try await client.post(path, #"{"content": "x", "byokAI": "sk-callers-own-key"}"#)
            #expect((theirs.status, theirs.code) == (503, "BYOK_PROVIDER_ERROR"))
            #expect(theirs.message.contains("openai") && theirs.message.contains("insufficient_quota"))
            #expect(!theirs.text.contains("sk-"))
            // Neither was asked a second time: a quota does not come back by itself.
            #expect(provider.requests.count == 2)
        }
    }

    @Test func `the other forms are as their providers have them`() async throws {
        let provider = try LocalServer { number, request in
            request.head.contains("/v1beta/")
                ? LocalServer.Answer(
                    body:
                        #"{"candidates": [{"content": {"parts": [{"text": "Hi from Gemini."}]}, "finishReason": "STOP"}]}"#
                )
                : LocalServer.Answer(
                    body:
                        #"{"content": [{"type": "text", "text": "Hi from Claude."}], "stop_reason": "end_turn"}"#
                )
        }
        defer { provider.stop() }
        let url = provider.url
        try await TestService {
            $0.providerURLs = ["anthropic": url, "gemini": url]
            $0.providerKeys = ["anthropic": "a-key", "gemini": "g-key"]
        }.routes { client in
            let claude = try await client.post(
                try await conversation(client, provider: "anthropic"), #"{"content": "x"}"#)
            #expect(claude.data["content"]?.string == "Hi from Claude.", "\(claude.text)")
            #expect(provider.requests[0].head.lowercased().contains("x-api-key: a-key"))
            #expect(try JSONParser.parse(provider.requests[0].body)["max_tokens"]?.int == 600)
            let gemini = try await client.post(
                try await conversation(client, provider: "gemini"), #"{"content": "x"}"#)
            #expect(gemini.data["content"]?.string == "Hi from Gemini.", "\(gemini.text)")
            #expect(provider.requests[1].head.contains("/v1beta/models/m-1:generateContent"))
        }
    }
}

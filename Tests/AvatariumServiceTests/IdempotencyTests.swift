import Avatarium
import AvatariumCore
import AvatariumService
import Foundation
import Hummingbird
import LocalServer
import ServiceStore
import Testing

/// `Idempotency-Key` on what makes keys, accounts, sessions, conversations and messages. Clips, uploads, avatars and
/// webhooks are in `RenderTests`.
struct IdempotencyTests {
    private static func once(_ key: String) -> HTTPFields { [.idempotencyKey: key] }

    @Test(
        arguments: [
            ("/v1/keys", #"{"name": "k"}"#, #"{"name": "other"}"#),
            ("/v1/sessions", #"{"avatar_id": "ada"}"#, #"{"avatar_id": "kit"}"#),
            ("/v1/conversations", #"{"avatar_id": "ada"}"#, #"{"avatar_id": "kit"}"#),
        ] as [(String, String, String)])
    func `the same key and body make one thing, and another body is refused`(
        _ path: String, _ body: String, _ other: String
    ) async throws {
        try await TestService().routes { client in
            let twins: [Reply] = try await withThrowingTaskGroup(of: Reply.self) { group in
                for _ in 0..<8 {
                    group.addTask { try await client.post(path, body, headers: Self.once("key-1")) }
                }
                var replies: [Reply] = []
                for try await reply in group { replies.append(reply) }
                return replies
            }
            #expect(Set(twins.map(\.status)) == [201])
            #expect(Set(twins.map { $0.data["id"]?.string }).count == 1)
            #expect(twins.count { $0.headers[.idempotentReplayed] == "true" } == 7)
            // All of the answer, where it is to be found, and a key's text too.
            #expect(Set(twins.map { $0.headers[.location] }).count == 1)
            #expect(Set(twins.map { $0.data["key"]?.string }).count == 1)
            let wrong = try await client.post(path, other, headers: Self.once("key-1"))
            #expect((wrong.status, wrong.code, wrong.field) == (400, "INVALID_PARAMETER", "Idempotency-Key"))
            let fresh = try await client.post(path, body, headers: Self.once("key-2"))
            #expect(fresh.data["id"]?.string != twins[0].data["id"]?.string)
            // A refusal is not kept: the same key may be used for the request that was meant.
            let refused = try await client.post(path, "{}", headers: Self.once("key-3"))
            #expect(refused.code == "MISSING_PARAMETER")
            #expect(try await client.post(path, body, headers: Self.once("key-3")).status == 201)
        }
    }

    @Test func `a new key's text is kept sealed for who asks again`() async throws {
        let service = try await TestService()
        try await service.routes { client in
            let made = try await client.post("/v1/keys", #"{"name": "k"}"#, headers: Self.once("key-1"))
            let text = try #require(made.data["key"]?.string)
            let rows = try await service.server.backend.store.database.read { connection in
                try connection.rows("SELECT fingerprint, body FROM idempotency").map {
                    try $0.text("body") + $0.text("fingerprint")
                }
            }
            #expect(rows.count == 1)
            #expect(rows.allSatisfy { !$0.contains(text) && !$0.contains(text.suffix(20)) })
            let again = try await client.post("/v1/keys", #"{"name": "k"}"#, headers: Self.once("key-1"))
            #expect(again.data == made.data)
            // It opens, and there is one.
            #expect(try await client.with(key: text).get("/v1/renders").status == 200)
            #expect(try await client.get("/v1/keys").data.array?.count == 2)
        }
    }

    @Test func `an account is made once, and each repetition logs in anew`() async throws {
        let service = try await TestService { $0.registration = true }
        try await service.routes { client in
            let body = #"{"slug": "acme", "email": "a@acme.example", "password": "a long sentence"}"#
            let stranger = client.with(key: "")
            let first = try await stranger.post("/v1/accounts", body, headers: Self.once("key-1"))
            #expect(first.status == 201, "\(first.text)")
            // More often than accounts may be made: a repetition makes none.
            for _ in 0..<5 {
                let again = try await stranger.post("/v1/accounts", body, headers: Self.once("key-1"))
                #expect((again.status, again.headers[.idempotentReplayed]) == (201, "true"), "\(again.text)")
                #expect(again.data["account"] == first.data["account"])
                #expect(again.headers[.location] == first.headers[.location])
                let token = again.data["token"]?["access_token"]?.string ?? ""
                #expect(try await client.with(key: token).get("/v1/account").status == 200)
            }
            let guess = try await stranger.post(
                "/v1/accounts",
                #"{"slug": "acme", "email": "a@acme.example", "password": "another sentence"}"#,
                headers: Self.once("key-1"))
            #expect((guess.status, guess.field) == (400, "Idempotency-Key"), "\(guess.text)")
            // Another client's key is its own, though it is spelt the same.
            let other = try await stranger.post(
                "/v1/accounts",
                #"{"slug": "other", "email": "b@acme.example", "password": "a long sentence"}"#,
                headers: Self.once("key-1"))
            #expect(other.status == 201, "\(other.text)")
            // Who knows an old password is not let in by it.
            let token = first.data["token"]?["access_token"]?.string ?? ""
            _ = try await client.with(key: token).send(
                .put, "/v1/account/password",
                #"{"password": "a long sentence", "new_password": "another sentence"}"#)
            let late = try await stranger.post("/v1/accounts", body, headers: Self.once("key-1"))
            #expect((late.status, late.code) == (401, "UNAUTHORIZED"), "\(late.text)")
        }
    }

    private func talking(
        _ provider: LocalServer, _ body: @escaping @Sendable (Client, String) async throws -> Void
    ) async throws {
        let url = provider.url
        try await TestService {
            $0.providerURLs = ["openai": url]
            $0.providerKeys = ["openai": "k"]
        }.working { client in try await body(client, try await MessageTests.conversation(client)) }
    }

    @Test func `a message is answered once, and who asks again meanwhile waits`() async throws {
        let release = DispatchSemaphore(value: 0)
        let provider = try LocalServer { _, _ in
            var answer = LocalServer.Answer()
            answer.pieces = [
                {
                    release.wait()
                    return MessageTests.events("Slow but sure.").joined()
                }
            ]
            return answer
        }
        defer { provider.stop() }
        try await talking(provider) { client, path in
            let body = #"{"content": "Hello."}"#
            // On a connection of its own: the client's answers come one after the other.
            async let first = client.postStream(path, body, key: "key-1")
            while provider.requests.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
            let wrong = try await client.post(path, #"{"content": "Bye."}"#, headers: Self.once("key-1"))
            #expect((wrong.status, wrong.field) == (400, "Idempotency-Key"))
            async let second = client.post(path, body, headers: Self.once("key-1"))
            release.signal()
            let (stream, one) = try await (first, second)
            #expect(one.status == 201, "\(one.text)")
            #expect(one.headers[.idempotentReplayed] == "true")
            #expect(stream.contains(one.data["id"]?.string ?? "no id"), "\(stream)")
            #expect(stream.contains(one.data["render"]?["id"]?.string ?? "no clip"), "\(stream)")
            // Later too, and as a stream.
            let third = try await client.post(path, body, headers: Self.once("key-1"))
            #expect(third.data["id"] == one.data["id"])
            let events = try await client.postStream(path, body, key: "key-1")
            #expect(events.contains("event: delta") && events.contains("Slow but sure."))
            #expect(events.contains("event: reply") && events.contains("event: render"))
            #expect(provider.requests.count == 1)
            #expect(try await client.get(path).data.array?.count == 2)
            #expect(try await client.get("/v1/usage").data["messages"]?["used"]?.int == 1)
        }
    }

    @Test func `a message that was not answered is tried anew with the same key`() async throws {
        let provider = try LocalServer { number, _ in
            number == 0
                ? LocalServer.Answer(status: 400, body: #"{"error": {"code": "content_filter"}}"#)
                : MessageTests.answer("Now.")
        }
        defer { provider.stop() }
        try await talking(provider) { client, path in
            let body = #"{"content": "Hello."}"#
            let failed = try await client.post(path, body, headers: Self.once("key-1"))
            #expect(failed.status == 400, "\(failed.text)")
            let again = try await client.post(path, body, headers: Self.once("key-1"))
            #expect((again.status, again.data["text"]?.string) == (201, "Now."), "\(again.text)")
            let third = try await client.post(path, body, headers: Self.once("key-1"))
            #expect(third.data["id"] == again.data["id"])
            #expect(provider.requests.count == 2)
        }
    }

    @Test func `every POST that creates takes the header, by its description`() async throws {
        try await TestService().routes { client in
            let document = try await client.get("/openapi.json").json
            for path in [
                "/v1/renders", "/v1/uploads", "/v1/avatars", "/v1/webhooks", "/v1/keys", "/v1/accounts",
                "/v1/sessions", "/v1/conversations", "/v1/conversations/{id}/messages",
            ] {
                let parameters = document["paths"]?[path]?["post"]?["parameters"]?.array ?? []
                #expect(parameters.contains { $0["name"]?.string == "Idempotency-Key" }, "\(path)")
            }
        }
    }
}

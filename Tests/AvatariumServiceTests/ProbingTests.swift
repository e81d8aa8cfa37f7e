import Avatarium
import AvatariumCore
import AvatariumService
import Foundation
import LocalServer
import ServiceStore
import Testing

/// Every route of the table, asked with every identifier of another account.
struct ProbingTests {
    /// Bodies that a route takes, so that it is the identifier that is judged.
    private static func body(_ route: Route) -> String? {
        switch (route.method, route.path) {
        case (.patch, "/v1/webhooks/{id}"): #"{"description": "x"}"#
        case (.patch, _): #"{"name": "x"}"#
        case (.post, "/v1/conversations/{id}/messages"): #"{"content": "x"}"#
        default: nil
        }
    }

    @Test func `nothing of another account can be had by any identifier on any route`() async throws {
        let provider = try LocalServer { _, _ in MessageTests.answer("A planted reply.") }
        defer { provider.stop() }
        let url = provider.url
        let service = try await TestService {
            $0.providerURLs = ["openai": url]
            $0.providerKeys = ["openai": "k"]
        }
        try await service.working { client in
            let store = service.server.backend.store
            // What the victim has, with a word planted wherever a text can be.
            let render = try await client.post(
                "/v1/renders", #"{"avatar_id": "ada", "text": "Planted.", "reference": "planted-reference"}"#,
                headers: [.prefer: "wait=20"])
            let upload = try await client.post(
                "/v1/uploads?kind=audio", "RIFFplanted", headers: [.contentType: "audio/wav"])
            let avatar = try await client.post(
                "/v1/avatars?slug=planted-slug&name=planted-name", "glTF....",
                headers: [.contentType: "model/gltf-binary"])
            let key = try await client.post("/v1/keys", #"{"name": "planted-key"}"#)
            let hook = try await client.post(
                "/v1/webhooks", #"{"url": "https://93.184.216.34/planted", "events": ["render.succeeded"]}"#)
            let session = try await client.post("/v1/sessions", #"{"avatar_id": "ada"}"#)
            let path = try await MessageTests.conversation(client)
            let reply = try await client.post(path, #"{"content": "A planted question."}"#)
            _ = try await client.send(.put, "/v1/byok/openai", #"{"key": "planted-own-key-123456"}"#)
            let delivery = try await store.database.read { connection in
                try connection.row("SELECT id FROM webhook_deliveries LIMIT 1")?.text("id")
            }
            let ids =
                [
                    render.data["id"], upload.data["id"], avatar.data["id"], key.data["id"], hook.data["id"],
                    session.data["id"], reply.data["id"], reply.data["message_id"],
                    reply.data["render"]?["id"],
                ].map { $0?.string ?? "" } + [
                    "planted-slug", "openai", String(path.split(separator: "/")[2]),
                ]
                + [delivery].compactMap(\.self)
            #expect(!ids.contains(""), "\(ids)")
            let account = try #require(try await store.createAccount(slug: "stranger", plan: "owner"))
            let made = try await store.createKey(.init(name: "k", scopes: [.admin]), account: account.id)
            let stranger = client.with(key: made.text.text)
            var asked = 0
            for route in service.server.routes.routes where route.path.contains("{") {
                guard !route.path.hasPrefix("/v1/accounts/") else { continue }
                for id in ids {
                    // An own key of the same provider may be set; it is the stranger's then.
                    if route.path == "/v1/byok/{provider}", route.method == .put { continue }
                    let address = route.path.replacing(#/\{\w+\}/#, with: id)
                    let text: String
                    let status: Int
                    if address.hasSuffix("/events") {
                        text = try await stranger.stream(address)
                        status = Int(text.dropFirst("HTTP/1.1 ".count).prefix(3)) ?? 0
                    } else {
                        let answer = try await stranger.send(route.method, address, Self.body(route))
                        (text, status) = (answer.text, answer.status)
                    }
                    asked += 1
                    let isUnknownProvider = route.path == "/v1/byok/{provider}" && id != "openai"
                    #expect(
                        status == (isUnknownProvider ? 400 : 404),
                        "\(route.method) \(address): \(status) \(text)")
                    // The identifier itself is said back; nothing else of the victim is.
                    #expect(
                        !text.replacing(id, with: "").lowercased().contains("planted"),
                        "\(route.method) \(address): \(text)")
                }
            }
            #expect(asked > 300)
            for route in service.server.routes.routes
            where route.method == .get && !route.path.contains("{") && route.path.hasPrefix("/v1/")
                && !route.path.hasSuffix("**")
            {
                let list = try await stranger.get(route.path)
                #expect(!list.text.lowercased().contains("planted"), "\(route.path)")
                for id in ids where id.contains("_") { #expect(!list.text.contains(id), "\(route.path)") }
            }
            // Fields that name things of one's own.
            for (address, body, code) in [
                ("/v1/renders", #"{"avatar_id": "planted-slug", "text": "x"}"#, "AVATAR_NOT_FOUND"),
                ("/v1/renders", #"{"avatar_id": "ada", "audio_id": "\#(ids[1])"}"#, "NOT_FOUND"),
                ("/v1/sessions", #"{"avatar_id": "\#(ids[2])"}"#, "AVATAR_NOT_FOUND"),
                ("/v1/conversations", #"{"session_id": "\#(ids[5])"}"#, "SESSION_NOT_FOUND"),
            ] {
                let answer = try await stranger.post(address, body)
                #expect(answer.code == code, "\(address) \(body): \(answer.text)")
            }
            // And nothing was changed or deleted by all of it.
            for address in [
                "/v1/renders/\(ids[0])/video", "/v1/uploads/\(ids[1])", "/v1/avatars/\(ids[2])",
                "/v1/webhooks/\(ids[4])",
                "/v1/sessions/\(ids[5])", path,
            ] {
                #expect(try await client.get(address).status == 200, "\(address)")
            }
            #expect(try await client.get("/v1/byok").data.array?.count == 1)
        }
    }
}

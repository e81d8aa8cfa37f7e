import Avatarium
import AvatariumCore
import AvatariumService
import Foundation
import Testing

/// Keys, scopes, rate limits, and accounts that must not see one another.
struct AccessTests {
    @Test func `each way to come without a right has its code`() async throws {
        try await TestService().routes { client in
            let nobody = client.with(key: "")
            let missing = try await nobody.get("/v1/renders")
            #expect((missing.status, missing.code) == (401, "UNAUTHORIZED"))
            #expect(missing.headers[.wwwAuthenticate]?.hasPrefix("Bearer") == true)
            for wrong in [
                "av_live_short", "something", String(client.key.dropLast()) + "!",
                String(repeating: "x", count: 5000),
            ] {
                let reply = try await client.with(key: wrong).get("/v1/renders")
                #expect((reply.status, reply.code) == (401, "INVALID_API_KEY"), "\(wrong)")
            }
            let token = try await client.with(key: "aaaa.bbbb.cccc").get("/v1/renders")
            #expect((token.status, token.code) == (401, "TOKEN_INVALID"))
            let basic = try await nobody.get("/v1/renders", headers: [.authorization: "Basic YTpi"])
            #expect((basic.status, basic.code) == (401, "UNAUTHORIZED"))
        }
    }

    @Test func `a key that is revoked or expired opens nothing`() async throws {
        try await TestService().routes { client in
            let made = try await client.post(
                "/v1/keys", #"{"name": "short", "scopes": ["renders"], "expires_at": "2001-01-01T00:00:00Z"}"#
            )
            #expect(made.status == 201)
            let expired = try await client.with(key: made.data["key"]?.string ?? "").get("/v1/renders")
            #expect((expired.status, expired.code) == (401, "INVALID_API_KEY"))
            #expect(expired.message.contains("expired"))

            let other = try await client.post("/v1/keys", #"{"name": "other", "scopes": ["renders"]}"#)
            let key = other.data["key"]?.string ?? ""
            #expect(try await client.with(key: key).get("/v1/renders").status == 200)
            let id = other.data["id"]?.string ?? ""
            #expect(try await client.send(.delete, "/v1/keys/\(id)").status == 204)
            #expect(try await client.with(key: key).get("/v1/renders").code == "INVALID_API_KEY")
            // Neither list nor log shows a key.
            let list = try await client.get("/v1/keys")
            #expect(!list.text.contains(key))
        }
    }

    @Test func `a test key makes test keys alone`() async throws {
        try await TestService().routes { client in
            let made = try await client.post(
                "/v1/keys", #"{"name": "shown around", "mode": "test", "scopes": ["admin"]}"#)
            let tester = client.with(key: try #require(made.data["key"]?.string))
            let live = try await tester.post("/v1/keys", #"{"name": "more", "mode": "live"}"#)
            #expect((live.status, live.code, live.field) == (403, "FORBIDDEN", "/mode"))
            let test = try await tester.post("/v1/keys", #"{"name": "more"}"#)
            #expect(test.status == 201 && test.data["mode"]?.string == "test", "\(test.text)")
        }
    }

    @Test func `a key's time is a day that there is`() async throws {
        try await TestService().routes { client in
            for day in ["2030-02-30", "2031-02-29", "2030-04-31", "2030-13-01"] {
                let made = try await client.post(
                    "/v1/keys", #"{"name": "short", "expires_at": "\#(day)T00:00:00Z"}"#)
                #expect((made.status, made.field) == (400, "/expires_at"), "\(made.text)")
            }
            let leap = try await client.post(
                "/v1/keys", #"{"name": "short", "expires_at": "2032-02-29T23:00:00-02:00"}"#)
            #expect(leap.data["expires_at"]?.string == "2032-03-01T01:00:00.000Z", "\(leap.text)")
        }
    }

    @Test func `a refused key is told from none in WWW-Authenticate`() async throws {
        try await TestService().routes { client in
            let none = try await client.with(key: "").get("/v1/renders")
            #expect(none.headers[.wwwAuthenticate] == #"Bearer realm="avatarium""#)
            for key in ["av_live_x", "a.b.c"] {
                let refused = try await client.with(key: key).get("/v1/renders")
                #expect(
                    refused.headers[.wwwAuthenticate] == #"Bearer realm="avatarium", error="invalid_token""#)
            }
        }
    }

    @Test func `a key without the scope is FORBIDDEN`() async throws {
        let service = try await TestService()
        try await service.routes { client in
            let made = try await client.post("/v1/keys", #"{"name": "viewer", "scopes": ["renders"]}"#)
            let viewer = client.with(key: made.data["key"]?.string ?? "")
            let reply = try await viewer.post("/v1/keys", #"{"name": "more"}"#)
            #expect((reply.status, reply.code) == (403, "FORBIDDEN"))
            #expect(
                try await viewer.post("/v1/avatars", "glTF", headers: [.contentType: "model/gltf-binary"])
                    .code == "FORBIDDEN")
            #expect(!service.log.text.contains(viewer.key))
            #expect(!service.log.text.contains(client.key))
        }
    }

    @Test func `the rate limit has its four headers`() async throws {
        try await TestService { $0.rateLimit = 3 }.routes { client in
            for remaining in [2, 1, 0] {
                let reply = try await client.get("/v1/renders")
                #expect(reply.status == 200)
                #expect(reply.headers[.rateLimit] == "3")
                #expect(reply.headers[.rateRemaining] == "\(remaining)")
                let reset = try #require(reply.headers[.rateReset].flatMap { Double($0) })
                #expect(reset > Date().timeIntervalSince1970 - 5)
            }
            let refused = try await client.get("/v1/renders")
            #expect((refused.status, refused.code) == (429, "RATE_LIMIT_EXCEEDED"))
            #expect(refused.headers[.rateLimit] == "3")
            #expect(refused.headers[.rateRemaining] == "0")
            #expect(refused.headers[.rateReset] != nil)
            let wait = try #require(refused.headers[.waitSeconds].flatMap { Int($0) })
            #expect((1...20).contains(wait))
            // Probes are not counted.
            #expect(try await client.get("/healthz").status == 200)
        }
    }

    @Test func `guesses at keys are counted against the address`() async throws {
        try await TestService { $0.anonymousRateLimit = 2 }.routes { client in
            let guesser = client.with(key: "av_live_guess")
            for expected in [401, 401, 429] {
                let reply = try await guesser.get("/v1/renders")
                #expect(reply.status == expected)
            }
            let owner = try await client.get("/v1/renders")
            #expect(owner.status == 200, "the owner of a key is not affected")
        }
    }

    @Test func `nothing of another account exists`() async throws {
        let service = try await TestService()
        try await service.working { client in
            let account = try #require(
                try await service.server.backend.store.createAccount(slug: "stranger", plan: "owner"))
            let made = try await service.server.backend.store.createKey(
                .init(name: "k", scopes: [.admin]), account: account.id)
            let stranger = client.with(key: made.text.text)
            let render = try await client.post(
                "/v1/renders", #"{"avatar_id": "ada", "text": "Mine.", "reference": "secret"}"#,
                headers: [.prefer: "wait=10"])
            let job = render.data["id"]?.string ?? ""
            let upload =
                try await client.post(
                    "/v1/uploads?kind=audio", "RIFF", headers: [.contentType: "audio/wav"]
                ).data["id"]?.string ?? ""
            let avatar =
                try await client.post(
                    "/v1/avatars?slug=mine", "glTF....", headers: [.contentType: "model/gltf-binary"]
                ).data["id"]?.string ?? ""
            let key = try await client.post("/v1/keys", #"{"name": "k"}"#).data["id"]?.string ?? ""
            #expect(![job, upload, avatar, key].contains(""))
            for path in [
                "/v1/renders/\(job)", "/v1/renders/\(job)/video",
                "/v1/renders/\(job)/curves",
                "/v1/renders/\(job)/captions.vtt", "/v1/uploads/\(upload)", "/v1/avatars/\(avatar)",
                "/v1/avatars/mine",
                "/v1/avatars/\(avatar)/preview.png", "/v1/avatars/\(avatar)/report",
            ] {
                #expect(try await stranger.get(path).status == 404, "\(path)")
                #expect(try await client.get(path).status == 200, "\(path)")
            }
            for path in [
                "/v1/renders/\(job)", "/v1/uploads/\(upload)", "/v1/avatars/\(avatar)", "/v1/keys/\(key)",
            ] {
                #expect(try await stranger.send(.delete, path).status == 404, "\(path)")
            }
            let watched = try await stranger.stream("/v1/renders/\(job)/events")
            #expect(watched.hasPrefix("HTTP/1.1 404"))
            for path in ["/v1/renders/\(job)/cancel", "/v1/renders/\(job)/retry"] {
                #expect(try await stranger.post(path).status == 404, "\(path)")
            }
            for list in ["/v1/renders", "/v1/keys", "/v1/avatars"] {
                let text = try await stranger.get(list).text
                #expect(![job, "secret", avatar, key].contains { text.contains($0) }, "\(list)")
            }
            let used = try await stranger.post(
                "/v1/renders", #"{"avatar_id": "ada", "audio_id": "\#(upload)"}"#)
            #expect((used.status, used.code) == (404, "NOT_FOUND"))
            #expect(
                try await stranger.post("/v1/renders", #"{"avatar_id": "\#(avatar)", "text": "x"}"#).code
                    == "AVATAR_NOT_FOUND")
        }
    }
}

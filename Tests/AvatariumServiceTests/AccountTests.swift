import Avatarium
import AvatariumCore
import AvatariumService
import Foundation
import HTTPTypes
import ServiceStore
import Testing

/// Accounts, logins, tokens, own keys, sessions and conversations.
struct AccountTests {
    private static let account =
        #"{"slug": "ada-inc", "email": "ada@example.org", "password": "correct horse"}"#

    @Test func `an account is made, logged in to, refreshed once a token, and logged out of`() async throws {
        let service = try await TestService { $0.registration = true }
        try await service.routes { client in
            let nobody = client.with(key: "")
            let made = try await nobody.post("/v1/accounts", Self.account)
            #expect(made.status == 201, "\(made.text)")
            let access = made.data["token"]?["access_token"]?.string ?? ""
            let mine = try await client.with(key: access).get("/v1/account")
            #expect(mine.data["slug"]?.string == "ada-inc")
            #expect(mine.data["plan"]?.string == "free")
            let seen = try await nobody.get("/v1/accounts/ada-inc")
            #expect(seen.status == 200)
            #expect(!seen.text.contains("example.org"))

            let wrong = try await nobody.post(
                "/v1/auth/login", #"{"email": "ada@example.org", "password": "wrong"}"#)
            let unknown = try await nobody.post(
                "/v1/auth/login", #"{"email": "bob@example.org", "password": "wrong"}"#)
            #expect((wrong.status, wrong.code) == (401, "UNAUTHORIZED"))
            #expect(wrong.message == unknown.message)
            let login = try await nobody.post(
                "/v1/auth/login", #"{"email": "ADA@example.org", "password": "correct horse"}"#)
            #expect(login.status == 200, "\(login.text)")
            let first = login.data["token"]?["refresh_token"]?.string ?? ""
            let next = try await nobody.post("/v1/auth/refresh", #"{"refresh_token": "\#(first)"}"#)
            #expect(next.status == 200)
            let token = next.data["token"]?["access_token"]?.string ?? ""
            let good = try await client.with(key: token).get("/v1/account")
            #expect(good.status == 200)
            // Its signature with another last character, whose spare bits alone differ.
            let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
            let last = try #require(token.last.flatMap(digits.firstIndex))
            let twin = try await client.with(key: token.dropLast() + String(digits[last ^ 1])).get(
                "/v1/account")
            #expect((twin.status, twin.code) == (401, "TOKEN_INVALID"))
            // The first one again: someone has a copy, and the whole login ends.
            let reused = try await nobody.post("/v1/auth/refresh", #"{"refresh_token": "\#(first)"}"#)
            #expect((reused.status, reused.code) == (401, "TOKEN_INVALID"))
            let ended = try await client.with(key: token).get("/v1/account")
            #expect((ended.status, ended.code) == (401, "TOKEN_INVALID"))
            for path in ["/v1/auth/refresh", "/v1/auth/logout"] {
                let garbled = try await nobody.post(path, #"{"refresh_token": "é"}"#)
                #expect((garbled.status, garbled.field) == (400, "/refresh_token"))
            }
            for secret in ["correct horse", first, token] { #expect(!service.log.text.contains(secret)) }
        }
    }

    @Test func `the contract's limits answer AUTH_RATE_LIMIT`() async throws {
        try await TestService {
            $0.registration = true
            // Hashing eleven passwords may take longer than the limits give back a turn.
            let now = Timestamp.now()
            $0.clock = { now }
        }.routes { client in
            for number in 0..<3 {
                let made = try await client.post(
                    "/v1/accounts",
                    #"{"slug": "n-\#(number)", "email": "\#(number)@example.org", "password": "correct horse"}"#
                )
                #expect(made.status == 201, "\(made.text)")
            }
            let fourth = try await client.post("/v1/accounts", Self.account)
            #expect((fourth.status, fourth.code) == (429, "AUTH_RATE_LIMIT"))
            #expect(fourth.headers[.waitSeconds] != nil)
            var codes: [String?] = []
            for _ in 0..<11 {
                codes.append(
                    try await client.post("/v1/auth/login", #"{"email": "x@example.org", "password": "y"}"#)
                        .code)
            }
            #expect(codes == Array(repeating: "UNAUTHORIZED", count: 10) + ["AUTH_RATE_LIMIT"])
        }
    }

    @Test func `what was mistyped is no attempt`() async throws {
        try await TestService { $0.registration = true }.routes { client in
            for _ in 0..<12 {
                let slug = try await client.post(
                    "/v1/accounts", #"{"slug": "a", "email": "a@example.org", "password": "correct horse"}"#)
                #expect(slug.code == "INVALID_SLUG")
                let login = try await client.post("/v1/auth/login", #"{"email": "a@example.org"}"#)
                #expect(login.code == "MISSING_PARAMETER")
            }
            let made = try await client.post("/v1/accounts", Self.account)
            #expect(made.status == 201, "\(made.text)")
            let token = made.data["token"]?["access_token"]?.string ?? ""
            for _ in 0..<6 {
                let short = try await client.with(key: token).send(
                    .put, "/v1/account/password", #"{"password": "correct horse", "new_password": "short"}"#)
                #expect(short.code == "INVALID_PARAMETER")
            }
        }
    }

    @Test func `an operator cannot make what nobody can use`() async throws {
        var configuration = ServiceConfiguration()
        configuration.dataFolder = NSTemporaryDirectory() + "avatarium-operator-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: configuration.dataFolder) }
        let operation = try await Administration(configuration)
        func field(_ body: () async throws -> Void) async -> String? {
            do {
                try await body()
                return nil
            } catch {
                let error = error as? AvatariumError
                #expect(error?.code == .validationError)
                return error?.context["field"]
            }
        }
        let mail = await field {
            _ = try await operation.createAccount(
                slug: "acme", name: nil, plan: "free", email: "nobody", password: "correct horse")
        }
        #expect(mail == "/email")
        _ = try await operation.createAccount(slug: "acme", name: nil, plan: "free")
        @Sendable func key(_ scopes: [String]) async throws {
            _ = try await operation.createKey(
                of: "acme", name: "k", scopes: scopes, isTest: false, expiresAt: nil)
        }
        #expect(await field { try await key([]) } == "/scopes")
        #expect(await field { try await key(["renders"]) } == nil)
        try await operation.closeAccount("acme")
        #expect(await field { try await key(["renders"]) } == "/account")
        #expect(await field { _ = try await operation.setPlan("paid", of: "acme") } == "/account")
        await operation.close()
    }

    @Test func `a hash of lower cost is made anew at the login`() async throws {
        let service = try await TestService { $0.registration = true }
        try await service.routes { client in
            _ = try await client.post("/v1/accounts", Self.account)
            let store = service.server.backend.store
            let (user, account) = try #require(try await store.user(email: "ada@example.org"))
            let cheap = try await Passwords(cost: .init(memory: 64, passes: 1, lanes: 1)).hash(
                "correct horse")
            _ = try await store.setPassword(hash: cheap, of: user.id, account: account.id, endingLogins: nil)
            let login = #"{"email": "ada@example.org", "password": "correct horse"}"#
            #expect(try await client.post("/v1/auth/login", login).status == 200)
            let hash = try await store.user(email: "ada@example.org")?.user.passwordHash
            #expect(hash?.contains("m=19456,t=2,p=1") == true)
            #expect(try await client.post("/v1/auth/login", login).status == 200)
        }
    }

    @Test func `hostile tokens are TOKEN_INVALID, old ones TOKEN_EXPIRED`() async throws {
        let service = try await TestService { $0.registration = true }
        try await service.routes { client in
            let made = try await client.post("/v1/accounts", Self.account)
            let token = made.data["token"]?["access_token"]?.string ?? ""
            let parts = token.split(separator: ".").map(String.init)
            #expect(parts.count == 3)
            func encoded(_ text: String) -> String {
                Data(text.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
                    .replacing("=", with: "")
            }
            let hostile = [
                encoded(#"{"alg":"none","typ":"JWT"}"#) + ".\(parts[1]).",
                encoded(#"{"alg":"HS256","typ":"JWT","kid":"other"}"#) + ".\(parts[1]).\(parts[2])",
                encoded(#"{"alg":"RS512","typ":"JWT","kid":"avatarium-1"}"#) + ".\(parts[1]).\(parts[2])",
                encoded(#"{"alg":"HS256","typ":"JWT"}"#) + ".\(parts[1]).\(parts[2])",
                "\(parts[0]).\(encoded(#"{"sub":"usr_x","exp":9999999999}"#)).\(parts[2])", "..", "a.b.c",
                String(repeating: "a.", count: 3000) + "b", "\(parts[0]).\(parts[1]).\(parts[2])x",
            ]
            for each in hostile {
                let reply = try await client.with(key: each).get("/v1/account")
                #expect(reply.status == 401, "\(each.prefix(60))")
                #expect(
                    ["TOKEN_INVALID", "INVALID_API_KEY"].contains(reply.code ?? ""), "\(each.prefix(60))")
            }
            // The good one still opens after all the bad ones.
            let good = try await client.with(key: token).get("/v1/account")
            #expect(good.status == 200)
            let old = try await service.server.expiredToken(for: token)
            let expired = try await client.with(key: old).get("/v1/account")
            #expect((expired.status, expired.code) == (401, "TOKEN_EXPIRED"))
        }
    }

    @Test
    func `a server that makes no accounts says FORBIDDEN, an account that is not there ACCOUNT_NOT_FOUND`()
        async throws
    {
        try await TestService().routes { client in
            let refused = try await client.post("/v1/accounts", Self.account)
            #expect((refused.status, refused.code) == (403, "FORBIDDEN"))
            let nobody = try await client.get("/v1/accounts/nobody-here")
            #expect((nobody.status, nobody.code) == (404, "ACCOUNT_NOT_FOUND"))
            let slug = try await client.get("/v1/accounts/NO")
            #expect((slug.status, slug.code) == (400, "INVALID_SLUG"))
        }
    }

    @Test func `a name is one line, and not blank`() async throws {
        try await TestService().routes { client in
            for name in ["a\\r\\nX: y", "a\\tb", "", "  ", "\\u00a0", "a\\u0085b", "a\\u2028b", "a\\u007f"] {
                for (method, path, more) in [
                    (HTTPRequest.Method.patch, "/v1/account", ""), (.post, "/v1/keys", ""),
                    (.post, "/v1/avatars", #", "recipe": {"like": "ada"}"#),
                ] {
                    let reply = try await client.send(method, path, #"{"name": "\#(name)"\#(more)}"#)
                    // A key must have a name, and a blank one is none.
                    let isNone = path == "/v1/keys" && ["", "  ", "\\u00a0"].contains(name)
                    let code = isNone ? "MISSING_PARAMETER" : "INVALID_PARAMETER"
                    #expect(
                        (reply.status, reply.code, reply.field) == (400, code, "/name"),
                        "\(path) \(name): \(reply.text)")
                }
            }
            for name in ["", "%20", "a%0Ab", "a%00", String(repeating: "a", count: 201)] {
                let reply = try await client.post(
                    "/v1/avatars?name=\(name)", "glTF", headers: [.contentType: "model/gltf-binary"])
                #expect(
                    (reply.status, reply.code, reply.field) == (400, "INVALID_PARAMETER", "name"),
                    "\(reply.text)")
            }
            let kept = try await client.send(.patch, "/v1/account", #"{"name": "Zoë & Søn — 株式会社 👩‍🚀"}"#)
            #expect(kept.data["name"]?.string == "Zoë & Søn — 株式会社 👩‍🚀", "\(kept.text)")
        }
    }

    @Test func `a key of one's own is shown by its end alone`() async throws {
        let service = try await TestService()
        try await service.routes { client in
            let set = try await client.send(.put, "/v1/byok/openai", #"{"key": "sk-very-secret-1234"}"#)
            #expect(set.status == 200, "\(set.text)")
            #expect(set.data["last4"]?.string == "1234")
            let list = try await client.get("/v1/byok")
            #expect(list.data.array?.count == 1)
            #expect(!list.text.contains("very-secret") && !service.log.text.contains("very-secret"))
            let odd = try await client.send(.put, "/v1/byok/opnai", #"{"key": "x"}"#)
            #expect((odd.status, odd.code) == (400, "INVALID_PARAMETER"))
            #expect(odd.message.contains("openai"))
            let gone = try await client.send(.delete, "/v1/byok/openai")
            #expect(gone.status == 204)
            let again = try await client.send(.delete, "/v1/byok/openai")
            #expect((again.status, again.code) == (404, "NOT_FOUND"))
        }
    }

    @Test func `sessions and conversations that are gone have their codes`() async throws {
        try await TestService().routes { client in
            let session = try await client.post(
                "/v1/sessions", #"{"avatar_id": "ada", "ai": {"provider": "openai"}}"#)
            #expect(session.status == 201, "\(session.text)")
            let id = session.data["id"]?.string ?? ""
            let begun = try await client.post("/v1/conversations", #"{"session_id": "\#(id)"}"#)
            #expect(begun.status == 201)
            let conversation = begun.data["id"]?.string ?? ""
            let messages = try await client.get("/v1/conversations/\(conversation)/messages")
            #expect(messages.data.array?.isEmpty == true)
            let ended = try await client.send(.delete, "/v1/sessions/\(id)")
            #expect(ended.status == 204)
            let lapsed = try await client.get("/v1/sessions/\(id)")
            #expect((lapsed.status, lapsed.code) == (404, "SESSION_NOT_FOUND"))
            let gone = try await client.get("/v1/conversations/\(conversation)")
            #expect((gone.status, gone.code) == (404, "CONVERSATION_NOT_FOUND"))
            let provider = try await client.post(
                "/v1/sessions", #"{"avatar_id": "ada", "ai": {"provider": "closedai"}}"#)
            #expect((provider.code, provider.field) == ("INVALID_PARAMETER", "/ai/provider"))
        }
    }
}

import Avatarium
import AvatariumCore
import AvatariumService
import Foundation
import JWTKit
import LocalServer
import Synchronization
import Testing

/// Tokens of another issuer, whose keys are on a local server.
struct IssuerTests {
    private static let issuer = "https://securetoken.example.com/demo"

    private struct Claims: JWTPayload {
        var iss: String? = IssuerTests.issuer
        var aud: String? = "demo"
        var sub: String? = "user-1"
        var iat: Double? = Date().timeIntervalSince1970
        var exp: Double? = Date().timeIntervalSince1970 + 3600
        var auth_time: Double? = Date().timeIntervalSince1970
        var email: String? = "ada@example.org"
        var email_verified: Bool? = true
        func verify(using algorithm: some JWTAlgorithm) {}
    }

    /// A key pair that signs, and shows its public half.
    private final class Key: Sendable {
        let name: String
        let signer = JWTKeyCollection()
        let jwk: String

        init(_ name: String) async throws {
            self.name = name
            let key = try Insecure.RSA.PrivateKey(pem: RSAPair.make())
            let parts = try key.publicKey.getKeyPrimitives()
            func encoded(_ data: some DataProtocol) -> String {
                Data(data).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
                    .replacing("=", with: "")
            }
            jwk =
                #"{"kty":"RSA","use":"sig","kid":"\#(name)","n":"\#(encoded(parts.modulus))","e":"\#(encoded(parts.publicExponent))"}"#
            await signer.add(rsa: key, digestAlgorithm: .sha256, kid: JWKIdentifier(string: name))
            await signer.add(rsa: key, digestAlgorithm: .sha512, kid: JWKIdentifier(string: name + "-512"))
        }

        func sign(_ claims: Claims = Claims()) async throws -> String {
            try await signer.sign(claims, kid: JWKIdentifier(string: name))
        }

        /// Without the key's name in the head, as of issuers that have one key.
        func signNameless(_ claims: Claims = Claims()) async throws -> String {
            try await signer.sign(claims)
        }
    }

    /// What the issuer publishes now.
    private final class Published: Sendable {
        private let keys = Mutex<[String]>([])
        func set(_ new: [Key]) { keys.withLock { $0 = new.map(\.jwk) } }
        var answer: LocalServer.Answer {
            LocalServer.Answer(
                headers: ["Cache-Control": "public, max-age=3600"],
                body: #"{"keys":[\#(keys.withLock { $0.joined(separator: ",") })]}"#)
        }
    }

    private func service(_ keys: LocalServer) async throws -> TestService {
        let url = keys.url + "/keys"
        return try await TestService {
            $0.registration = true
            $0.tokenIssuer = TokenIssuer(issuer: Self.issuer, audience: "demo", keys: url)
        }
    }

    /// Gives a client of a service to the body, and the issuer that publishes some keys.
    private func withIssuer(
        of keys: [Key],
        _ body:
            @escaping @Sendable (
                _ client: Client, _ published: Published, _ server: LocalServer
            ) async throws -> Void
    ) async throws {
        let published = Published()
        published.set(keys)
        let server = try LocalServer { _, _ in published.answer }
        defer { server.stop() }
        try await service(server).routes { try await body($0, published, server) }
    }

    @Test func `a user of another issuer makes an account and comes in with its tokens`() async throws {
        let key = try await Key("k-1")
        try await withIssuer(of: [key]) { client, _, server in
            let token = try await key.sign()
            let user = client.with(key: token)
            let stranger = try await user.get("/v1/account")
            #expect((stranger.status, stranger.code) == (404, "ACCOUNT_NOT_FOUND"))
            let made = try await user.post("/v1/accounts", #"{"slug": "ada-inc"}"#)
            #expect(made.status == 201, "\(made.text)")
            #expect(made.data["token"] == nil)
            let mine = try await user.get("/v1/account")
            #expect(mine.data["slug"]?.string == "ada-inc", "\(mine.text)")
            let twice = try await user.post("/v1/accounts", #"{"slug": "ada-two"}"#)
            #expect((twice.status, twice.code) == (403, "FORBIDDEN"))
            // One request for the keys serves all.
            #expect(server.requests.count == 1)
        }
    }

    @Test func `a new key of the issuer is taken, an unknown one asks once a minute`() async throws {
        let (old, new, foreign) = (try await Key("k-1"), try await Key("k-2"), try await Key("k-3"))
        try await withIssuer(of: [old]) { client, published, server in
            let first = try await client.with(key: old.sign()).get("/v1/account")
            #expect(first.code == "ACCOUNT_NOT_FOUND")
            for _ in 0..<20 {
                let reply = try await client.with(key: foreign.sign()).get("/v1/account")
                #expect((reply.status, reply.code) == (401, "TOKEN_INVALID"))
            }
            #expect(server.requests.count == 1)
            published.set([old, new])
            // Within the minute the new one is not known yet; the old one still is.
            #expect(try await client.with(key: new.sign()).get("/v1/account").code == "TOKEN_INVALID")
            #expect(try await client.with(key: old.sign()).get("/v1/account").code == "ACCOUNT_NOT_FOUND")
        }
    }

    @Test func `a token that names no key is judged by the issuer's only one`() async throws {
        let (only, next, foreign) = (try await Key("k-1"), try await Key("k-2"), try await Key("k-3"))
        try await withIssuer(of: [only]) { client, _, server in
            for _ in 0..<3 {
                let good = try await client.with(key: only.signNameless()).get("/v1/account")
                #expect(good.code == "ACCOUNT_NOT_FOUND")
                let forged = try await client.with(key: foreign.signNameless()).get("/v1/account")
                #expect((forged.status, forged.code) == (401, "TOKEN_INVALID"))
            }
            #expect(server.requests.count == 1)
        }
        // Of two, nobody knows which is meant.
        try await withIssuer(of: [only, next]) { client, _, _ in
            let either = try await client.with(key: only.signNameless()).get("/v1/account")
            #expect((either.status, either.code) == (401, "TOKEN_INVALID"))
            #expect(try await client.with(key: next.sign()).get("/v1/account").code == "ACCOUNT_NOT_FOUND")
        }
    }

    @Test func `claims and clock are judged, and what is over is told apart`() async throws {
        let key = try await Key("k-1")
        let now = Date().timeIntervalSince1970
        let changes: [(String, String, (inout Claims) -> Void)] = [
            ("over", "TOKEN_EXPIRED", { $0.exp = now - 3600 }),
            ("over within the leeway", "ACCOUNT_NOT_FOUND", { $0.exp = now - 20 }),
            ("without end", "TOKEN_INVALID", { $0.exp = nil }),
            ("of another project", "TOKEN_INVALID", { $0.aud = "other" }),
            ("of another issuer", "TOKEN_INVALID", { $0.iss = "https://evil.example.com" }),
            (
                "of its own audience's issuer", "TOKEN_INVALID",
                { ($0.aud, $0.iss) = ("x", "https://securetoken.example.com/x") }
            ),
            ("without subject", "TOKEN_INVALID", { $0.sub = "" }),
            ("of nobody", "TOKEN_INVALID", { $0.sub = nil }),
            ("of a long subject", "TOKEN_INVALID", { $0.sub = String(repeating: "a", count: 129) }),
            ("of tomorrow", "TOKEN_INVALID", { $0.iat = now + 86_400 }),
            ("logged in tomorrow", "TOKEN_INVALID", { $0.auth_time = now + 86_400 }),
            ("a little ahead", "ACCOUNT_NOT_FOUND", { $0.iat = now + 30 }),
        ]
        var tokens: [(String, String, String)] = []
        for (name, code, change) in changes {
            var claims = Claims()
            change(&claims)
            tokens.append((name, code, try await key.sign(claims)))
        }
        let judged = tokens
        try await withIssuer(of: [key]) { client, _, _ in
            for (name, code, token) in judged {
                let reply = try await client.with(key: token).get("/v1/account")
                #expect(reply.code == code, "\(name): \(reply.text)")
            }
        }
    }

    /// An empty list once ended the process.
    @Test func `an audience may be a list of one, and is refused as any other`() async throws {
        struct Listed: JWTPayload {
            var iss = IssuerTests.issuer
            var aud: [String]
            var sub = "user-1"
            var iat = Date().timeIntervalSince1970
            var exp = Date().timeIntervalSince1970 + 3600
            func verify(using algorithm: some JWTAlgorithm) {}
        }
        let key = try await Key("k-1")
        try await withIssuer(of: [key]) { client, _, _ in
            for (audiences, code) in [
                ([], "TOKEN_INVALID"), (["demo"], "ACCOUNT_NOT_FOUND"), (["other"], "TOKEN_INVALID"),
                (["demo", "other"], "TOKEN_INVALID"),
            ] {
                let token = try await key.signer.sign(
                    Listed(aud: audiences), kid: JWKIdentifier(string: key.name))
                #expect(try await client.with(key: token).get("/v1/account").code == code, "\(audiences)")
            }
        }
    }

    @Test func `10,000 hostile tokens are 401 and nothing else`() async throws {
        let (key, foreign) = (try await Key("k-1"), try await Key("k-1"))
        let good = try await key.sign()
        let forged = try await foreign.sign()
        try await withIssuer(of: [key]) { client, _, server in
            func encoded(_ text: String) -> String {
                Data(text.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
                    .replacing("=", with: "")
            }
            let parts = good.split(separator: ".").map(String.init)
            let algorithms = [
                "none", "None", "HS256", "HS512", "RS256", "RS512", "PS256", "ES256", "EdDSA", "", "rs256",
            ]
            let names = [
                "k-1", "k-2", "", "avatarium-1", "../../etc/passwd", "' OR 1=1 --",
                String(repeating: "k", count: 2000),
            ]
            var random = SeededGenerator(seed: 19)
            var made: [String] = [forged]
            for algorithm in algorithms {
                for name in names {
                    let head = encoded(#"{"alg":"\#(algorithm)","typ":"JWT","kid":"\#(name)"}"#)
                    for end in [parts[2], "", "AAAA", forged.split(separator: ".").map(String.init)[2]] {
                        guard "\(head).\(parts[1]).\(end)" != good,
                            !(algorithm == "RS256" && name == "k-1" && end == parts[2])
                        else { continue }
                        made.append("\(head).\(parts[1]).\(end)")
                    }
                }
            }
            for claims in [
                "", "{}", "[]", "null", #"{"exp":1e999}"#, #"{"exp":"now"}"#, #"{"iss":{}}"#, "\u{0}",
            ] {
                made.append("\(parts[0]).\(encoded(claims)).\(parts[2])")
            }
            for length in [1, 2, 10, 100, 4096, 8192, 8193, 15_000] {
                made.append(String(repeating: "a", count: length) + ".b.c")
                made.append("\(parts[0]).\(String(repeating: "a", count: length)).\(parts[2])")
            }
            let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.".utf8)
            while made.count < 10_000 {
                var bytes = Array((made.count.isMultiple(of: 3) ? forged : good).utf8)
                switch made.count % 4 {
                case 0: bytes = Array(bytes.prefix(Int.random(in: 1..<bytes.count, using: &random)))
                case 1:
                    let place = Int.random(in: 0..<bytes.count - 4, using: &random)
                    bytes[place] = bytes[place] == letters[0] ? letters[1] : letters[0]
                case 2:
                    bytes.insert(
                        letters.randomElement(using: &random)!,
                        at: Int.random(in: 0..<bytes.count - 4, using: &random))
                default: bytes.shuffle(using: &random)
                }
                let text = String(decoding: bytes, as: UTF8.self)
                if text != good { made.append(text) }
            }
            var odd: [String] = []
            for token in made {
                let reply = try await client.with(key: token).get("/v1/account")
                let isRefused =
                    reply.status == 401
                    && ["TOKEN_INVALID", "TOKEN_EXPIRED", "INVALID_API_KEY", "UNAUTHORIZED"].contains(
                        reply.code ?? "")
                if !isRefused { odd.append("\(reply.status) \(reply.code ?? ""): \(token.prefix(200))") }
            }
            #expect(odd == [])
            // The good one still opens, whatever came before.
            #expect(try await client.with(key: good).get("/v1/account").code == "ACCOUNT_NOT_FOUND")
            #expect(server.requests.count <= 2)
        }
    }

    @Test func `keys that cannot be had are 503 and not a refusal`() async throws {
        let key = try await Key("k-1")
        let server = try LocalServer { _, _ in LocalServer.Answer(status: 500) }
        defer { server.stop() }
        try await service(server).routes { client in
            let token = try await key.sign()
            for _ in 0..<5 {
                let reply = try await client.with(key: token).get("/v1/account")
                #expect(reply.status == 503)
                #expect(reply.headers[.waitSeconds] != nil)
            }
            // Not asked at every request.
            #expect(server.requests.count == 1)
        }
    }
}

/// An RSA key of 2048 bits.
private enum RSAPair {
    static func make() throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = ["genrsa", "2048"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }
}

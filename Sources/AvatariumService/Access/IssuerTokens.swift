import AsyncHTTPClient
import Avatarium
import AvatariumCore
import Foundation
import JWTKit
import NIOCore
import ServiceHTTP
import ServiceStore

/// Whose tokens are taken besides our own.
public struct TokenIssuer: Sendable, Equatable {
    /// `iss`, to the letter.
    public var issuer: String
    /// `aud`, the only one.
    public var audience: String
    /// Where its keys are (RFC 7517).
    public var keys: String

    public init(issuer: String, audience: String, keys: String) {
        self.issuer = issuer
        self.audience = audience
        self.keys = keys
    }

    /// Firebase's ID tokens of a project (https://firebase.google.com/docs/auth/admin/verify-id-tokens).
    public static func firebase(project: String) -> TokenIssuer {
        TokenIssuer(
            issuer: "https://securetoken.google.com/\(project)", audience: project,
            keys:
                "https://www.googleapis.com/service_accounts/v1/metadata/jwk/securetoken@system.gserviceaccount.com"
        )
    }
}

/// Who a token of another issuer speaks of.
struct TokenSubject: Sendable, Equatable {
    var issuer: String
    var subject: String
    /// Where the issuer has verified it.
    var email: String?
}

/// Tokens of another issuer: RS256 by its published keys, which may change at any time.
///
/// Keys are kept as long as their `Cache-Control` says. A key that is not among them asks for them once more, at most once a
/// minute, so that made-up key names cannot be turned into requests.
actor IssuerTokens {
    /// By how much the issuer's clock may differ from ours.
    private static let leeway = 60.0
    private static let pauseBetweenRequests = Duration.seconds(60)
    private static let pauseAfterFailure = Duration.seconds(5)
    private static let longestAnswer = 1 << 20

    private let trust: TokenIssuer
    private let clock: @Sendable () -> Timestamp
    private var keys = JWTKeyCollection()
    private var known: Set<String> = []
    private var expiresAt = Timestamp(milliseconds: 0)
    private var askedAt = Timestamp(milliseconds: 0)
    private var hasFailed = false
    private var asking: Task<Void, any Error>?

    init(_ trust: TokenIssuer, clock: @escaping @Sendable () -> Timestamp = Timestamp.now) {
        self.trust = trust
        self.clock = clock
    }

    private struct Claims: JWTPayload {
        var iss: String
        var aud: Audience
        var sub: String
        var exp: Double
        var iat: Double
        var auth_time: Double?
        var nbf: Double?
        var email: String?
        var email_verified: Bool?

        // The claims are judged after the signature, by `judge`.
        func verify(using algorithm: some JWTAlgorithm) {}
    }

    /// A name, or a list of names. jwt-kit's own claim ends the process where the list is empty.
    private struct Audience: Codable {
        var names: [String]

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            names = try (try? value.decode(String.self)).map { [$0] } ?? value.decode([String].self)
        }

        func encode(to encoder: any Encoder) throws { try names.encode(to: encoder) }
    }

    /// - Throws: TOKEN_EXPIRED, TOKEN_INVALID; 503 while the issuer's keys cannot be had.
    func verify(_ token: String, _ header: TokenHeader) async throws -> TokenSubject {
        let invalid = APIError(
            .tokenInvalid,
            "the token was not issued by the configured issuer for this service; get one from it")
        guard header.algorithm == "RS256", let keys = try await keys(for: header.keyID) else { throw invalid }
        var claims = try? await keys.verify(token, as: Claims.self)
        if claims == nil, header.keyID == nil, let newer = await keysAnew() {
            // Nothing but its signature says that it was made by another key.
            claims = try? await newer.verify(token, as: Claims.self)
        }
        guard let claims else { throw invalid }
        let now = clock().date.timeIntervalSince1970
        let past = [claims.iat, claims.auth_time, claims.nbf].compactMap(\.self)
        guard claims.iss == trust.issuer, claims.aud.names == [trust.audience],
            (1...128).contains(claims.sub.utf8.count), past.allSatisfy({ $0 <= now + Self.leeway })
        else { throw invalid }
        guard claims.exp > now - Self.leeway else {
            throw APIError(.tokenExpired, "the token has expired; get a new one from its issuer")
        }
        return TokenSubject(
            issuer: claims.iss, subject: claims.sub,
            email: claims.email_verified == true ? claims.email : nil)
    }

    // MARK: Keys

    /// Whether the key of a name is known; without a name, whether there is exactly one key.
    private func has(_ name: String?) -> Bool { name.map(known.contains) ?? (known.count == 1) }

    /// The keys, where the one of a name is among them.
    private func keys(for name: String?) async throws -> JWTKeyCollection? {
        let now = clock()
        if now < expiresAt, has(name) { return keys }
        let pause = hasFailed ? Self.pauseAfterFailure : now < expiresAt ? Self.pauseBetweenRequests : .zero
        if asking != nil || now - askedAt >= pause {
            do {
                try await ask()
            } catch {
                // Keys that were good an hour ago are better than none.
                guard has(name) else { throw Self.unavailable(error) }
            }
        } else if hasFailed, known.isEmpty {
            throw Self.unavailable(nil)
        }
        return has(name) ? keys : nil
    }

    /// The only key, asked for once more, where that is not too soon.
    private func keysAnew() async -> JWTKeyCollection? {
        guard clock() - askedAt >= Self.pauseBetweenRequests, (try? await ask()) != nil else { return nil }
        return has(nil) ? keys : nil
    }

    private static func unavailable(_ cause: (any Error)?) -> APIError {
        .temporarilyUnavailable("the issuer's keys cannot be fetched; try again", retryAfter: 5, cause: cause)
    }

    private func ask() async throws {
        let task =
            asking
            ?? Task {
                defer { asking = nil }
                askedAt = clock()
                hasFailed = true
                let (set, seconds) = try await Self.fetch(trust.keys)
                (keys, known) = await Self.collection(set)
                expiresAt = clock() + .seconds(seconds)
                hasFailed = false
            }
        asking = task
        try await task.value
    }

    private static func fetch(_ url: String) async throws -> (JSON, seconds: Int) {
        let response = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .seconds(10))
        guard response.status == .ok else {
            throw AvatariumError(
                .networkError, "the keys of '\(url)' answered status \(response.status.code)",
                context: ["status": "\(response.status.code)"])
        }
        let bytes = try await response.body.collect(upTo: longestAnswer)
        let age = response.headers["cache-control"].joined(separator: ",").split(separator: ",").compactMap {
            let parts = $0.split(separator: "=").map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
            return parts.count == 2 && parts[0] == "max-age" ? Int(parts[1]) : nil
        }.first
        return (try JSONParser.parse(Array(bytes.readableBytesView)), min(max(age ?? 3600, 60), 86_400))
    }

    /// RSA keys, for RS256 and nothing else: jwt-kit would pin a key without `alg` to the algorithm of the first token that
    /// names it, even a forged one. A key needs a name where it is not the only one.
    private static func collection(_ set: JSON) async -> (JWTKeyCollection, Set<String>) {
        let keys = JWTKeyCollection()
        var names: Set<String> = []
        let usable = (set["keys"]?.array ?? []).prefix(100).filter { key in
            key["kty"]?.string == "RSA" && ["RS256", nil].contains(key["alg"]?.string)
                && ["sig", nil].contains(key["use"]?.string)
        }
        for key in usable {
            let name = key["kid"]?.string ?? ""
            guard !name.isEmpty || usable.count == 1, let modulus = key["n"]?.string,
                let exponent = key["e"]?.string
            else { continue }
            let id = JWKIdentifier(string: name)
            let jwk = JWK.rsa(.rs256, identifier: id, modulus: modulus, exponent: exponent)
            guard (try? await keys.add(jwk: jwk)) != nil else { continue }
            names.insert(name)
        }
        return (keys, names)
    }
}

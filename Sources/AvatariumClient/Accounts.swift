import AvatariumCore
import Foundation

public struct Account: Sendable, Decodable, Equatable {
    public var id: String
    public var slug: String
    public var name: String?
    public var plan: String
    public var createdAt: Date?
}

/// The tokens of a login.
public struct LoginToken: Sendable, Decodable, Equatable {
    /// The access token, which is used as the client's key and is valid for 15 minutes.
    public var accessToken: String
    /// Seconds.
    public var expiresIn: Int
    /// The refresh token. It can be exchanged once for the next pair; a second use ends the login.
    public var refreshToken: String
}

/// A new account with its first login.
public struct LoggedIn: Sendable, Decodable, Equatable {
    public var account: Account
    public var token: LoginToken
}

/// An API key. The key itself is returned only when it is created.
public struct APIKey: Sendable, Decodable, Equatable {
    public var id: String
    public var name: String
    /// `live` or `test`.
    public var mode: String
    public var prefix: String?
    public var last4: String?
    public var scopes: [String]
    public var createdAt: Date?
    public var lastUsedAt: Date?
    public var expiresAt: Date?
    public var revokedAt: Date?
    public var key: String?
}

public struct Usage: Sendable, Decodable, Equatable {
    public struct Limited: Sendable, Decodable, Equatable {
        public var used: Int
        /// The limit; nil if there is none.
        public var limit: Int?
        public var remaining: Int?
    }

    public var plan: String
    /// `2026-11`, in UTC.
    public var month: String
    public var resetsAt: Date?
    public var messages: Limited
    public var avatars: Limited
    public var renders: Int?
    /// Seconds of finished video.
    public var seconds: Int?
}

/// A stored key of a provider, without the key itself.
public struct ProviderKeyInfo: Sendable, Decodable, Equatable {
    public var provider: String
    public var last4: String
}

extension AvatariumClient {
    private struct NewAccount: Encodable {
        var slug: String
        var email: String
        var password: String
        var name: String?
    }

    /// Creates an account, if the service allows sign-up, and logs in to it.
    /// - Parameter slug: 3 to 50 characters from a-z, 0-9 and hyphen.
    public func createAccount(
        slug: String, email: String, password: String, name: String? = nil
    ) async throws -> LoggedIn {
        try await send(
            Call(
                .POST, "/v1/accounts",
                json: NewAccount(slug: slug, email: email, password: password, name: name)))
    }

    public func logIn(email: String, password: String) async throws -> LoggedIn {
        try await send(Call(.POST, "/v1/auth/login", json: ["email": email, "password": password]))
    }

    private struct Refreshed: Decodable { var token: LoginToken }

    /// Exchanges a refresh token for the next pair.
    public func refresh(_ refreshToken: String) async throws -> LoginToken {
        let answer: Refreshed = try await send(
            Call(.POST, "/v1/auth/refresh", json: ["refresh_token": refreshToken]))
        return answer.token
    }

    public func logOut(_ refreshToken: String) async throws {
        try await send(Call(.POST, "/v1/auth/logout", json: ["refresh_token": refreshToken]))
    }

    /// Changes the password of the login whose token is the client's key; the other logins end.
    public func changePassword(from old: String, to new: String) async throws {
        try await send(Call(.PUT, "/v1/account/password", json: ["password": old, "new_password": new]))
    }

    public func account() async throws -> Account { try await send(Call(.GET, "/v1/account")) }

    private struct AccountChange: Encodable { var name: String }

    /// Changes the account's name.
    @discardableResult
    public func change(accountName name: String) async throws -> Account {
        try await send(Call(.PATCH, "/v1/account", json: AccountChange(name: name)))
    }

    public func usage() async throws -> Usage { try await send(Call(.GET, "/v1/usage")) }

    // MARK: Keys

    private struct NewKey: Encodable {
        var name: String
        var mode: String
        var scopes: [String]
        var expires_at: Date?
    }

    /// Creates a key. Only this response contains it.
    /// - Parameters:
    ///   - mode: `live`, or `test` for clips that are marked as drafts and free of charge.
    ///   - scopes: Any of `admin`, `renders`, `avatars` and `conversations`.
    public func createKey(
        name: String, mode: String = "live", scopes: [String] = ["renders", "avatars"], expiresAt: Date? = nil
    ) async throws -> APIKey {
        try await send(
            Call(
                .POST, "/v1/keys",
                json: NewKey(name: name, mode: mode, scopes: scopes, expires_at: expiresAt)))
    }

    public func keys(limit: Int? = nil, after cursor: String? = nil) async throws -> Page<APIKey> {
        try await page("/v1/keys", limit, cursor)
    }

    public func revoke(key id: String) async throws {
        try await send(Call(.DELETE, "/v1/keys/\(Self.escaped(id))"))
    }

    /// Stores a key of a provider: `openai`, `anthropic`, `groq`, `gemini`, `google`, `elevenlabs`.
    @discardableResult
    public func keep(providerKey key: String, for provider: String) async throws -> ProviderKeyInfo {
        try await send(Call(.PUT, "/v1/byok/\(Self.escaped(provider))", json: ["key": key]))
    }

    public func providerKeys() async throws -> [ProviderKeyInfo] { try await send(Call(.GET, "/v1/byok")) }

    public func delete(providerKey provider: String) async throws {
        try await send(Call(.DELETE, "/v1/byok/\(Self.escaped(provider))"))
    }
}

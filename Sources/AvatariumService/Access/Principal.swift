import Avatarium
import AvatariumCore
import ServiceStore

/// On whose behalf a request is made.
struct Principal: Sendable {
    var account: Account
    var plan: Plan
    /// The key that was shown; nil for a token.
    var key: APIKey?
    /// The login that was shown; nil for a key.
    var login: AccessTokens.Bearer?
    var scopes: Set<Scope>

    var id: AccountID { account.id }
    /// Clips of test keys are small and marked, and cost nothing.
    var isTest: Bool { key?.mode == .test }

    func allows(_ scope: Scope) -> Bool { scopes.contains(scope) || scopes.contains(.admin) }
}

extension Backend {
    /// Whether what a principal showed when it came in would still let it in, but for the age of a token.
    func stillAdmits(_ principal: Principal) async throws -> Bool {
        guard let account = try await store.account(principal.id), account.state == .active else {
            return false
        }
        if let key = principal.key { return try await store.isActive(key.id, account: account.id) }
        if let login = principal.login {
            return try await store.isActive(login.login, account: login.account)
        }
        return true
    }
}

extension Scope {
    static let conversations: Scope = "conversations"
    /// Every scope that a key can have.
    static let all: [Scope] = [.admin, .renders, .avatars, .conversations]
}

extension ServiceContext {
    /// - Throws: UNAUTHORIZED on a route that lets anyone in.
    func requirePrincipal() throws -> Principal {
        guard let principal else {
            throw APIError(.unauthorized, "this needs an API key; send Authorization: Bearer av_live_...")
        }
        return principal
    }

    /// Finds what the `id` of the request's path names, among the records of the account that asks.
    /// - Parameter absent: Makes the error where the account has no such record.
    func owned<Record: Identified, Found>(
        orThrow absent: (String) -> APIError,
        _ find: (Identifier<Record>, AccountID) async throws -> Found?
    ) async throws -> Found {
        let principal = try requirePrincipal()
        let id = try parameters.require("id")
        guard let found = try await find(Identifier(id), principal.id) else { throw absent(id) }
        return found
    }
}

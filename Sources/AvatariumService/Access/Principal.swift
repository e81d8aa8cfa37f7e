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
}

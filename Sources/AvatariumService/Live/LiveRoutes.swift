import Avatarium
import AvatariumCore
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceHTTP
import ServiceStore

/// What belongs to live avatars and is plain HTTP: tokens for browsers, the browser module, and the page.
struct LiveRoutes {
    let backend: Backend

    var routes: [Route] {
        [
            Route(.get, LiveUpgradeHandler.path, .open, noSocket),
            Route(.post, "/v1/live/tokens", .scope(.renders), token),
            file("/live", PackageResources.live_html, "text/html; charset=utf-8"),
            file("/live.js", PackageResources.live_js, "text/javascript; charset=utf-8"),
            file("/live.css", PackageResources.live_css, "text/css; charset=utf-8"),
            file(
                "/avatarium.js", PackageResources.avatarium_js, "text/javascript; charset=utf-8",
                isShared: true),
            file(
                "/avatarium.d.ts", PackageResources.avatarium_d_ts, "text/plain; charset=utf-8",
                isShared: true),
            file(
                "/avatarium-react.js", PackageResources.avatarium_react_js, "text/javascript; charset=utf-8",
                isShared: true),
        ]
    }

    /// Answers plain requests; a WebSocket upgrade is handled before routing.
    @Sendable private func noSocket(_ request: Request, _ context: ServiceContext) async throws -> Response {
        var refusal = APIError(
            .invalidRequest,
            "this path speaks WebSocket (RFC 6455, version 13); connect with ws:// or use /avatarium.js",
            status: .upgradeRequired)
        refusal.headers[.upgrade] = "websocket"
        refusal.headers[.connection] = "Upgrade"
        throw refusal
    }

    @Sendable private func token(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        var fields = try await request.fields(limit: 4096)
        let seconds = try fields.integer("expires_in", in: 10...3600) ?? 300
        try fields.finish()
        let expires = backend.store.now() + .seconds(Int64(seconds))
        return context.answer(
            .members([
                "token": .string(LiveToken.make(for: principal, expires: expires, backend: backend)),
                "expires_at": .string(expires.rfc3339),
            ]), status: .created)
    }

    /// - Parameter isShared: Whether pages of other origins may load it.
    private func file(_ path: String, _ bytes: [UInt8], _ type: String, isShared: Bool = false) -> Route {
        StaticFile.route(path, bytes, type, policy: Self.policy, isShared: isShared)
    }

    /// The page's own files, its own server, and worklets that the module makes.
    private static let policy =
        "default-src 'none'; script-src 'self' blob:; worker-src 'self' blob:; style-src 'self'; "
        + "img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self' ws: wss:; form-action 'none'; "
        + "base-uri 'none'; frame-ancestors 'none'"
}

/// A token with which a browser may open live sockets for a while, so that no API key is in a page: `avl_` and, sealed, a
/// time, an account, and the key or login that it was made with. It ends with them.
enum LiveToken {
    static let prefix = "avl_"
    private static let scope = "live token/2"

    static func make(for principal: Principal, expires: Timestamp, backend: Backend) -> String {
        var parts = [principal.id.rawValue]
        if let key = principal.key { parts += ["key", key.id.rawValue] }
        if let login = principal.login { parts += ["login", login.login.rawValue, login.user.rawValue] }
        return prefix
            + backend.cursors.seal(
                time: expires.milliseconds, id: parts.joined(separator: " "), scope: scope)
    }

    /// On whose behalf the token's bearer comes; with its key's mode.
    /// - Throws: TOKEN_INVALID or TOKEN_EXPIRED.
    static func principal(
        of token: String, scope allowed: Scope, backend: Backend
    ) async throws -> Principal {
        guard let sealed = try? backend.cursors.open(String(token.dropFirst(prefix.count)), scope: scope)
        else {
            throw APIError(
                .tokenInvalid,
                "the live token was not issued by this server; create one with POST /v1/live/tokens")
        }
        guard Timestamp(milliseconds: sealed.time) > backend.store.now() else {
            throw APIError(
                .tokenExpired, "the live token has expired; create another with POST /v1/live/tokens")
        }
        let parts = sealed.id.split(separator: " ").map(String.init)
        guard let account = try await backend.store.account(AccountID(parts[0])) else { throw ended }
        var principal = Principal(
            account: account, plan: backend.plans[account.plan], key: nil, login: nil, scopes: [allowed])
        switch parts.dropFirst().first {
        case "key":
            principal.key = try await backend.store.key(APIKeyID(parts[2]), account: account.id)
            guard principal.key != nil else { throw ended }
        case "login":
            principal.login = AccessTokens.Bearer(
                user: UserID(parts[3]), account: account.id, login: LoginID(parts[2]))
        default: break
        }
        guard try await backend.stillAdmits(principal) else { throw ended }
        return principal
    }

    private static var ended: APIError {
        APIError(
            .tokenInvalid,
            "the key or login that made this live token has ended, or its account is closed; create another "
                + "with POST /v1/live/tokens"
        )
    }
}

import Avatarium
import AvatariumCore
import HTTPTypes
import Hummingbird
import ServiceHTTP
import ServiceStore

/// Lets requests in: finds out who comes, counts, and refuses. Behind the frame, before every route.
struct GateMiddleware: RouterMiddleware {
    let backend: Backend
    let routes: RouteTable
    private let limits = LocalRateLimits()

    init(backend: Backend, routes: RouteTable) {
        self.backend = backend
        self.routes = routes
    }

    func handle(
        _ request: Request, context: ServiceContext,
        next: (Request, ServiceContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        let route = context.endpointPath.flatMap { routes.route($0, request.method) }
        context.notes.update { $0.route = route?.path ?? "none" }
        context.client = client(context.peer, forwardedFor: request.headers[values: .xForwardedFor])
        guard let route, case .scope(let scope) = route.access else {
            if route?.isProbe != true { try countAnonymous(context.client, context.notes) }
            try route?.check(request)
            return try await next(request, context)
        }
        let principal: Principal
        do {
            principal = try await identify(request)
        } catch {
            // Guesses at keys are counted against the address.
            try countAnonymous(context.client, context.notes)
            throw error
        }
        context.principal = principal
        context.notes.update {
            $0.account = principal.id.rawValue
            $0.key = principal.key.map { "\($0.prefix)...\($0.last4)" }
        }
        try count(
            "account:\(principal.id)", limit: backend.configuration.rateLimit, "requests from the account",
            context.notes)
        guard principal.allows(scope) else {
            throw APIError(
                .forbidden,
                "this key lacks the scope '\(scope.rawValue)'; create one that has it with POST /v1/keys")
        }
        try route.check(request)
        return try await next(request, context)
    }

    private func client(_ peer: IPAddress?, forwardedFor lines: [String]) -> IPAddress? {
        peer.map {
            ClientAddress.resolve(
                peer: $0, forwardedFor: lines, trusted: backend.configuration.trustedProxies)
        }
    }

    private func countAnonymous(_ client: IPAddress?, _ notes: RequestNotes? = nil) throws {
        let key = client.map(ClientAddress.rateKey) ?? "unknown"
        try count(
            "address:\(key)", limit: backend.configuration.anonymousRateLimit, "requests from this address",
            notes)
    }

    private func count(_ key: String, limit: Int, _ what: String, _ notes: RequestNotes?) throws {
        let decision = limits.take(key, RateLimit(limit, per: .seconds(60)))
        notes?.update { $0.rateHeaders = decision.headers }
        guard decision.isAllowed else {
            throw APIError(
                .rateLimitExceeded,
                "too many \(what): \(limit) per minute are allowed; wait for the seconds in Retry-After",
                retryAfter: decision.retryAfterSeconds.map(Int.init) ?? 1)
        }
    }

    private func identify(_ request: Request) async throws -> Principal {
        let lines = request.headers[values: .authorization]
        guard let line = lines.first, lines.count == 1 else {
            throw APIError(
                .unauthorized,
                lines.isEmpty
                    ? "an API key is missing; send Authorization: Bearer av_live_..."
                    : "there are several Authorization headers; send one")
        }
        let parts = line.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else {
            throw APIError(
                .unauthorized,
                "the Authorization header has no bearer token; send Authorization: Bearer av_live_...")
        }
        return try await principal(bearer: String(parts[1]))
    }

    /// The account of another issuer's user.
    private func principal(of subject: TokenSubject) async throws -> Principal {
        guard
            let found = try await backend.store.user(issuer: subject.issuer, subject: subject.subject)
        else {
            throw APIError(
                .accountNotFound,
                "the user of this token has no account here; create one with POST /v1/accounts and the same "
                    + "token"
            )
        }
        return Principal(
            account: found.account, plan: backend.plans[found.account.plan], key: nil, login: nil,
            scopes: [.admin])
    }

    /// Lets the client of a live socket in: it shows a key or a token in its first message, since browsers cannot send
    /// headers with a WebSocket, or the usual header.
    func identify(bearer: String?, header: String?, scope: Scope) async throws -> Principal {
        let shown = header.flatMap { line in
            line.lowercased().hasPrefix("bearer ") ? String(line.dropFirst(7)) : nil
        }
        guard let bearer = bearer ?? shown else {
            throw APIError(.unauthorized, "a key is missing; send it as `token` in the first message")
        }
        guard bearer.hasPrefix(LiveToken.prefix) else { return try await principal(bearer: bearer) }
        return try await LiveToken.principal(of: bearer, scope: scope, backend: backend)
    }

    /// Counts the start of a live session against its account, as any request.
    func admit(_ principal: Principal, scope: Scope) throws {
        try count(
            "account:\(principal.id)", limit: backend.configuration.rateLimit,
            "requests from the account", nil)
        guard principal.allows(scope) else {
            throw APIError(.forbidden, "this key lacks the scope '\(scope.rawValue)'; create one that has it")
        }
    }

    /// Counts a live socket that was not let in against its client's address, as a wrong key on any route.
    func countRefusal(_ peer: IPAddress?, _ head: HTTPRequest) throws {
        try countAnonymous(client(peer, forwardedFor: head.headerFields[values: .xForwardedFor]))
    }

    private func principal(bearer: String) async throws -> Principal {
        // What looks like a token is judged as one, all else as a key.
        if !bearer.hasPrefix("av_"), bearer.split(separator: ".", omittingEmptySubsequences: false).count == 3
        {
            if let issuer = backend.issuer, let header = TokenHeader(bearer), header.algorithm == "RS256" {
                return try await principal(of: issuer.verify(bearer, header))
            }
            let token = try await backend.tokens.verify(bearer)
            guard try await backend.store.isActive(token.login, account: token.account),
                let account = try await backend.store.account(token.account), account.state == .active
            else { throw APIError(.tokenInvalid, "the login of this token has ended; log in again") }
            return Principal(
                account: account, plan: backend.plans[account.plan], key: nil, login: token, scopes: [.admin])
        }
        switch try await backend.store.check(key: bearer) {
        case .valid(let key, let account):
            return Principal(
                account: account, plan: backend.plans[account.plan], key: key, scopes: key.scopes)
        case .malformed:
            throw APIError(.invalidAPIKey, "the API key is malformed; check that it was copied completely")
        case .unknown:
            throw APIError(.invalidAPIKey, "the API key is unknown or revoked; create another")
        case .expired(let key):
            throw APIError(
                AvatariumError(
                    .apiKeyExpired, "the API key expired \(key.expiresAt?.rfc3339 ?? ""); create another"))
        }
    }
}

extension RateDecision {
    var headers: [(name: HTTPField.Name, value: String)] {
        [
            (.rateLimit, "\(limit)"), (.rateRemaining, "\(remaining)"), (.rateReset, "\(resetSeconds)"),
        ]
    }
}

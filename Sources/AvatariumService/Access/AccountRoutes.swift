import Avatarium
import AvatariumCore
import Foundation
import Hummingbird
import ServiceHTTP
import ServiceStore

/// Accounts and logins: `/v1/accounts`, `/v1/account`, `/v1/auth`.
struct AccountRoutes {
    let backend: Backend

    var routes: [Route] {
        [
            Route(.post, "/v1/accounts", .open, create),
            Route(.get, "/v1/accounts/{slug}", .open, hasVersions: true, showPublic),
            Route(.get, "/v1/account", .scope(.admin), hasVersions: true, show),
            Route(.patch, "/v1/account", .scope(.admin), hasVersions: true, update),
            Route(.put, "/v1/account/password", .scope(.admin), changePassword),
            Route(.post, "/v1/auth/login", .open, logIn),
            Route(.post, "/v1/auth/refresh", .open, refresh),
            Route(.post, "/v1/auth/logout", .open, logOut),
        ]
    }

    // MARK: Accounts

    @Sendable private func create(_ request: Request, _ context: ServiceContext) async throws -> Response {
        guard backend.configuration.registration else {
            throw APIError(
                .forbidden, "sign-up is off on this server; ask its operator for a key")
        }
        let body = try await request.json(limit: 16 << 10)
        let idempotency = try IdempotencyKey.read(request, body: body, backend)
        var fields = try RequestFields(body)
        let slug = try ServiceHTTP.Slug(try fields.required("slug", limit: 200)).description
        let name = try fields.name()
        if let subject = try await subject(request) {
            try fields.finish()
            let id = subject.email ?? "\(UserID.make())@users.invalid"
            let user = SignUp(
                slug: slug, name: name, email: id, password: nil,
                identity: Identity(issuer: subject.issuer, subject: subject.subject))
            return try await create(
                user, idempotency?.within("\(subject.issuer)\n\(subject.subject)", backend), context)
        }
        let email = try email(&fields)
        let password = try newPassword(&fields, "password")
        try fields.finish()
        return try await create(
            SignUp(slug: slug, name: name, email: email, password: password),
            idempotency?.within(email.lowercased(), backend), context)
    }

    /// An account that is asked for, with its first user.
    private struct SignUp {
        var slug: String
        var name: String?
        var email: String
        /// Nil for the user of another issuer's tokens, who has none here.
        var password: String?
        var identity: Identity?
    }

    /// In the place of an account, which is not there yet when it is made.
    private static let signUps: AccountID = "sign-ups"

    private func create(
        _ user: SignUp, _ idempotency: IdempotencyKey?, _ context: ServiceContext
    ) async throws -> Response {
        if let earlier = try await backend.earlier(idempotency, Self.signUps) {
            return try await again(earlier, user, context)
        }
        // A mistyped slug does not count as an attempt, nor does a repetition.
        try await count("accounts", .newAccounts, "new accounts", context)
        var hash: String?
        if let password = user.password { hash = try await backend.passwords.hash(password) }
        let once = try await backend.store.signUp(
            slug: user.slug, name: user.name, email: user.email, passwordHash: hash, plan: Plan.free.name,
            identity: user.identity, idempotency: idempotency?.keeping { $0.slug }, scope: Self.signUps)
        return try await once.answer { made in
            switch made {
            case .created(let account, let person):
                return try await created(account, person: user.password == nil ? nil : person.id, context)
            case .slugTaken:
                throw APIError.invalid("/slug", "the slug '\(user.slug)' is taken; choose another")
            case .emailTaken where user.identity != nil:
                throw APIError(
                    .forbidden,
                    "there is an account with the address of this token's user; log in with its password instead"
                )
            case .identityTaken where user.identity != nil:
                throw APIError(
                    .forbidden, "the user of this token has an account already; GET /v1/account shows it")
            case .emailTaken, .identityTaken:
                throw APIError.invalid("/email", "there is an account with this address; log in instead")
            }
        } again: { stored in
            try await again(stored, user, context)
        }
    }

    /// - Parameter person: Who is logged in with it; nil for the user of another issuer's tokens.
    private func created(
        _ account: Account, person: UserID?, _ context: ServiceContext
    ) async throws -> Response {
        var data = JSONObject()
        data.set("account", json(account))
        if let person {
            let grant = try await backend.store.logIn(person, account: account.id)
            data.set("token", try await token(grant))
        }
        return context.answer(
            .object(data), status: .created, headers: [.location: "/v1/accounts/\(account.slug)"])
    }

    /// The same account again, with a new login: tokens are kept nowhere, so none can be given twice.
    private func again(
        _ stored: StoredAnswer, _ user: SignUp, _ context: ServiceContext
    ) async throws -> Response {
        guard let account = try await backend.store.account(slug: stored.body), account.state == .active
        else {
            throw APIError(.accountNotFound, "the account was closed")
        }
        var person: UserID?
        if let password = user.password {
            // The password may have been changed since.
            guard let found = try await backend.store.user(email: user.email), found.account.id == account.id,
                try await backend.passwords.verify(password, against: found.user.passwordHash) != .wrong
            else {
                throw APIError(
                    .unauthorized,
                    "the password was changed after this login; log in with the new password")
            }
            person = found.user.id
        }
        var response = try await created(account, person: person, context)
        response.headers[.idempotentReplayed] = "true"
        return response
    }

    /// Whom the token of another issuer speaks of; nil where none is sent.
    private func subject(_ request: Request) async throws -> TokenSubject? {
        guard let issuer = backend.issuer,
            let line = request.headers[.authorization], line.lowercased().hasPrefix("bearer "),
            case let token = line.dropFirst(7).trimmingCharacters(in: .whitespaces), !token.hasPrefix("av_")
        else { return nil }
        guard let header = TokenHeader(token) else {
            throw APIError(
                .tokenInvalid,
                "the token was not issued by the configured issuer; get one from it")
        }
        return try await issuer.verify(token, header)
    }

    @Sendable private func showPublic(_ request: Request, _ context: ServiceContext) async throws -> Response
    {
        let slug = try ServiceHTTP.Slug(try context.parameters.require("slug")).description
        guard let account = try await backend.store.account(slug: slug), account.state == .active else {
            throw APIError(.accountNotFound, "there is no account '\(slug)'")
        }
        let avatars = try await backend.store.avatars(account: account.id, publicOnly: true, limit: 100)
        return try context.answer(
            versioned: .members([
                "slug": .string(account.slug), "name": .optional(account.name),
                "avatars": .array(
                    avatars.items.map { .members(["slug": .string($0.slug), "name": .string($0.name)]) }),
            ]), to: request)
    }

    private func json(_ account: Account) -> JSON {
        .members([
            "id": .string(account.id.rawValue), "slug": .string(account.slug),
            "name": .optional(account.name),
            "plan": .string(account.plan), "created_at": .string(account.createdAt.rfc3339),
        ])
    }

    @Sendable private func show(_ request: Request, _ context: ServiceContext) async throws -> Response {
        try context.answer(versioned: json(context.requirePrincipal().account), to: request)
    }

    @Sendable private func update(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        var fields = try await request.fields(limit: 16 << 10)
        let name = try fields.name()
        try fields.finish()
        let store = try backend.store(changing: principal.id, principal.id, by: request) {
            EntityTag(of: json($0))
        }
        guard let account = try await store.updateAccount(principal.id, name: name) else {
            throw APIError(.accountNotFound, "the account was closed")
        }
        return try context.answer(versioned: json(account))
    }

    @Sendable private func changePassword(_ request: Request, _ context: ServiceContext) async throws
        -> Response
    {
        let principal = try context.requirePrincipal()
        guard let bearer = principal.login else {
            throw APIError(
                .forbidden, "only a logged-in user has a password; log in, and send that login's token")
        }
        var fields = try await request.fields(limit: 16 << 10)
        let old = try fields.required("password", limit: Passwords.longest)
        let new = try newPassword(&fields, "new_password")
        try fields.finish()
        try await count("password:\(principal.id)", .passwordAttempts, "password attempts", context)
        guard let user = try await backend.store.user(bearer.user, account: principal.id),
            try await backend.passwords.verify(old, against: user.passwordHash) != .wrong
        else { throw APIError(.unauthorized, "the password is wrong") }
        let hash = try await backend.passwords.hash(new)
        _ = try await backend.store.setPassword(
            hash: hash, of: user.id, account: principal.id, endingLogins: KeptLogin(bearer.login))
        return .noContent
    }

    // MARK: Logins

    @Sendable private func logIn(_ request: Request, _ context: ServiceContext) async throws -> Response {
        var fields = try await request.fields(limit: 16 << 10)
        let email = try fields.required("email", limit: 320)
        let password = try fields.required("password", limit: Passwords.longest)
        try fields.finish()
        try await count("login", .logins, "login attempts", context)
        let found = try await backend.store.user(email: email)
        // An address that nobody has costs as much time as a wrong password, and gets the same words.
        let verdict = try await backend.passwords.verify(password, against: found?.user.passwordHash)
        guard let found, verdict != .wrong else {
            throw APIError(.unauthorized, "the address or the password is wrong")
        }
        if case .right(needsNewHash: true) = verdict {
            _ = try await backend.store.setPassword(
                hash: backend.passwords.hash(password), of: found.user.id, account: found.account.id,
                endingLogins: nil)
        }
        let grant = try await backend.store.logIn(found.user.id, account: found.account.id)
        return context.answer(.members(["account": json(found.account), "token": try await token(grant)]))
    }

    @Sendable private func refresh(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let text = try await refreshToken(request)
        switch try await backend.store.refresh(text) {
        case .granted(let grant): return context.answer(.members(["token": try await token(grant)]))
        case .expired: throw APIError(.tokenExpired, "the refresh token has expired; log in again")
        case .reused:
            throw APIError(
                .tokenInvalid, "the refresh token was used before, so its login was ended; log in again")
        case .unknown: throw APIError(.tokenInvalid, "the refresh token is unknown; log in again")
        }
    }

    @Sendable private func logOut(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let text = try await refreshToken(request)
        _ = try await backend.store.logOut(refreshToken: text)
        return .noContent
    }

    private func refreshToken(_ request: Request) async throws -> String {
        var fields = try await request.fields(limit: 16 << 10)
        let text = try fields.required("refresh_token", limit: 500)
        try fields.finish()
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw APIError.invalid(
                "/refresh_token",
                "refresh_token contains a character that refresh tokens never have; copy the complete token")
        }
        return text
    }

    private func token(_ grant: LoginGrant) async throws -> JSON {
        let login = grant.login
        let access = try await backend.tokens.issue(
            user: login.user, account: login.account, login: login.id, now: backend.store.now())
        return .members([
            "access_token": .string(access), "token_type": .string("Bearer"),
            "expires_in": .integer(Int(AccessTokens.lifetime.seconds)),
            "refresh_token": .string(grant.refreshToken),
        ])
    }

    // MARK: Checks

    private func email(_ fields: inout RequestFields) throws -> String {
        let text = try fields.required("email", limit: 320)
        guard User.isAddress(text) else {
            throw APIError.invalid("/email", "email must be an address such as ada@example.org")
        }
        return text
    }

    private func newPassword(_ fields: inout RequestFields, _ name: String) throws -> String {
        let text = try fields.required(name, limit: Passwords.longest)
        guard text.count >= 10 else {
            throw APIError.invalid(
                "/\(name)",
                "\(name) must have at least 10 characters; a sentence works well")
        }
        return text
    }

    /// The limits of the contract, counted in the database so that all servers share them.
    private func count(
        _ key: String, _ limit: RateLimit, _ what: String, _ context: ServiceContext
    ) async throws {
        let address = context.client.map(ClientAddress.rateKey) ?? "unknown"
        let decision = try await backend.store.attempt("\(key):\(address)", limit)
        guard decision.isAllowed else {
            context.notes.update { $0.rateHeaders = decision.headers }
            throw APIError(
                .authRateLimit, "too many \(what); wait for the seconds in Retry-After",
                retryAfter: decision.retryAfterSeconds.map(Int.init) ?? 60)
        }
    }
}

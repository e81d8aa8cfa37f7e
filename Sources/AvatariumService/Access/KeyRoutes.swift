import Avatarium
import AvatariumCore
import Foundation
import Hummingbird
import ServiceStore

/// API keys: `/v1/keys`; and what the account has used.
struct KeyRoutes {
    let backend: Backend

    var routes: [Route] {
        [
            .list("/v1/keys", .admin, list),
            Route(.post, "/v1/keys", .scope(.admin), create),
            Route(.delete, "/v1/keys/{id}", .scope(.admin), revoke),
            Route(.get, "/v1/usage", .scope(.renders), usage),
        ]
    }

    private func json(_ key: APIKey) -> JSONObject {
        var view = JSONObject()
        view.set("id", .string(key.id.rawValue))
        view.set("name", .string(key.name))
        view.set("mode", .string(key.mode.rawValue))
        view.set("prefix", .string(key.prefix))
        view.set("last4", .string(key.last4))
        view.set("scopes", .array(key.scopes.map(\.rawValue).sorted().map(JSON.string)))
        view.set("created_at", .string(key.createdAt.rfc3339))
        view.set("last_used_at", .optional(key.lastUsedAt?.rfc3339))
        view.set("expires_at", .optional(key.expiresAt?.rfc3339))
        view.set("revoked_at", .optional(key.revokedAt?.rfc3339))
        return view
    }

    @Sendable private func create(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let body = try await request.json(limit: 16 << 10)
        let idempotency = try IdempotencyKey.read(request, body: body, backend)
        var fields = try RequestFields(body)
        let name = try fields.required("name", limit: RequestFields.longestName)
        try RequestFields.checkName(name, fields.pointer("name"))
        // A test key is shown around, and what it makes costs nothing: it must not open what costs.
        let mode = try fields.choice("mode", of: APIKeyMode.self) ?? (principal.isTest ? .test : .live)
        guard mode == .test || !principal.isTest else {
            throw APIError(
                .forbidden,
                "a test key can only create test keys; create a live key with a live key or a login",
                field: fields.pointer("mode"))
        }
        let names = try fields.strings("scopes", count: 20, limit: 40) ?? ["renders", "avatars"]
        guard !names.isEmpty else {
            throw APIError.invalid(
                "/scopes",
                "scopes is empty, so the key would permit nothing; give at least one")
        }
        for (index, name) in names.enumerated() where !Scope.all.contains(Scope(rawValue: name)) {
            throw APIError.invalid(
                "/scopes/\(index)",
                "there is no scope '\(name.quotedForMessage())'; choose \(Scope.all.map(\.rawValue).joined(separator: ", "))"
            )
        }
        var expires: Timestamp?
        if let text = try fields.string("expires_at", limit: 40) {
            // The strategy takes the thirtieth of February for the second of March.
            guard let date = try? Date(text, strategy: .iso8601), date.timeIntervalSince1970 < 1e11,
                let day = try? Date(text.prefix(10) + "T00:00:00Z", strategy: .iso8601),
                Timestamp(milliseconds: Int64(day.timeIntervalSince1970 * 1000)).rfc3339.hasPrefix(
                    text.prefix(10))
            else {
                throw APIError.invalid(
                    "/expires_at", "expires_at must be a time such as 2030-01-31T00:00:00Z")
            }
            expires = Timestamp(milliseconds: Int64(date.timeIntervalSince1970 * 1000))
        }
        try fields.finish()
        let (account, masterKey) = (principal.id, backend.masterKey)
        // The key's text is in the answer alone: an answer that is to be given again is kept sealed.
        let answer = { @Sendable (made: CreatedAPIKey) -> JSON in
            var view = json(made.key)
            view.set("key", .string(made.text.text))
            return .object(view)
        }
        let place = ["key", account.rawValue, idempotency?.key ?? ""]
        return try await backend.store.createKey(
            NewAPIKey(
                name: name, mode: mode, scopes: Set(names.map { Scope(rawValue: $0) }), expiresAt: expires),
            account: account,
            idempotency: idempotency?.keeping {
                try JSONText(encoding: SealedText(answer($0).text, by: masterKey, context: place)).text
            }
        ).answer {
            context.answer(answer($0), status: .created)
        } again: { stored in
            let sealed = try JSONText(text: stored.body).decoded(as: SealedText.self)
            return context.answer(
                try JSONParser.parse(sealed.opened(by: masterKey, context: place)), status: .created)
        }
    }

    @Sendable private func list(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let page = try PageQuery(request, of: "keys", principal.id, backend)
        return page.answer(
            try await backend.store.keys(account: principal.id, after: page.position, limit: page.limit),
            context
        ) { .object(json($0)) }
    }

    @Sendable private func revoke(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let id = try context.parameters.require("id")
        guard try await backend.store.revokeKey(APIKeyID(id), account: principal.id) else {
            throw APIError.notFound("key", id)
        }
        return .noContent
    }

    @Sendable private func usage(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let used = try await backend.store.usage(of: principal.id)
        let avatars = try await backend.store.avatarCount(account: principal.id)
        let now = backend.store.now()
        func limited(_ used: Int, _ limit: Int?) -> JSON {
            .members([
                "used": .integer(used), "limit": .optional(limit),
                "remaining": .optional(limit.map { max(0, $0 - used) }),
            ])
        }
        return context.answer(
            .members([
                "plan": .string(principal.plan.name), "month": .string(now.month),
                "resets_at": .string(now.startOfNextMonth.rfc3339),
                "messages": limited(used[.messages] ?? 0, principal.plan.messages),
                "avatars": limited(avatars, principal.plan.avatars),
                "renders": .integer(used[.renders] ?? 0), "seconds": .integer(used[.seconds] ?? 0),
                "limits": .members([
                    "seconds_per_clip": principal.plan.seconds.isFinite
                        ? .rounded(principal.plan.seconds) : .null,
                    "pixels": principal.plan.pixels == .max ? .null : .integer(principal.plan.pixels),
                    "concurrency": .integer(principal.plan.concurrency),
                ]),
            ]))
    }
}

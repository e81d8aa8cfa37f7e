import Avatarium
import AvatariumCore
import Hummingbird
import ServiceHTTP
import ServiceStore

/// Endpoints that are notified of events: `/v1/webhooks`.
struct WebhookRoutes {
    let backend: Backend
    static let events = [
        "render.succeeded", "render.failed", "render.cancelled", "reply.succeeded", "reply.failed", "*",
    ]

    var routes: [Route] {
        [
            .list("/v1/webhooks", .admin, list),
            Route(.post, "/v1/webhooks", .scope(.admin), create),
            Route(.get, "/v1/webhooks/{id}", .scope(.admin), hasVersions: true, show),
            Route(.patch, "/v1/webhooks/{id}", .scope(.admin), hasVersions: true, update),
            Route(.delete, "/v1/webhooks/{id}", .scope(.admin), hasVersions: true, delete),
            Route(.post, "/v1/webhooks/{id}/rotate", .scope(.admin), hasVersions: true, rotate),
            Route(.post, "/v1/webhooks/{id}/test", .scope(.admin), test),
            .list("/v1/webhooks/{id}/deliveries", .admin, deliveries),
            Route(.post, "/v1/deliveries/{id}/replay", .scope(.admin), replay),
        ]
    }

    private func json(_ endpoint: WebhookEndpoint, secret: Bool = false) -> JSON {
        var view = JSONObject()
        view.set("id", .string(endpoint.id.rawValue))
        view.set("url", .string(endpoint.url))
        view.set("description", .optional(endpoint.description))
        view.set("events", .array(endpoint.events.map(JSON.string)))
        view.set("enabled", .bool(endpoint.disabledAt == nil))
        view.set("disabled_reason", .optional(endpoint.disabledReason))
        view.set("created_at", .string(endpoint.createdAt.rfc3339))
        // Shown when it is made, and never again.
        if secret { view.set("secret", .string(endpoint.secret)) }
        return .object(view)
    }

    private func json(_ delivery: WebhookDelivery) -> JSON {
        var view = JSONObject()
        view.set("id", .string(delivery.id.rawValue))
        view.set("event", .string(delivery.event))
        view.set("subject", .optional(delivery.subject))
        view.set("state", .string(delivery.state.rawValue))
        view.set("attempts", .integer(delivery.attempts))
        view.set("next_at", .optional(delivery.nextAt?.rfc3339))
        view.set("last_status", .optional(delivery.lastStatus))
        view.set("last_error", .optional(delivery.lastError))
        view.set("payload", (try? delivery.payload.parsed()) ?? .null)
        view.set("created_at", .string(delivery.createdAt.rfc3339))
        view.set("finished_at", .optional(delivery.finishedAt?.rfc3339))
        return .object(view)
    }

    private func events(_ fields: inout RequestFields) throws -> [String]? {
        guard let events = try fields.strings("events", count: 20, limit: 100) else { return nil }
        guard !events.isEmpty else {
            throw APIError.invalid("/events", "events is empty; give [\"*\"] for all")
        }
        for (index, event) in events.enumerated() where !Self.events.contains(event) {
            let near = NearMatches.of(event, in: Self.events).first.map { "did you mean '\($0)'? " } ?? ""
            throw APIError.invalid(
                "/events/\(index)",
                "there is no event '\(event.quotedForMessage())'; \(near)choose \(Self.events.joined(separator: ", "))"
            )
        }
        return events
    }

    private func checked(_ url: String) async throws -> String {
        try WebhookURL.check(url, field: "/url", backend.configuration)
        try await backend.fetcher.check(url, field: "url")
        return url
    }

    @Sendable private func create(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let body = try await request.json(limit: 64 << 10)
        let idempotency = try IdempotencyKey.read(request, body: body, backend)
        if let answer = try await backend.earlier(idempotency, principal.id) {
            return try await replayed(answer, principal, context)
        }
        var fields = try RequestFields(body)
        let url = try fields.required("url", limit: 2000)
        let events = try events(&fields) ?? ["*"]
        let description = try fields.string("description", limit: 500)
        try fields.finish()
        switch try await backend.store.createWebhookEndpoint(
            url: try await checked(url), description: description, events: events, account: principal.id,
            idempotency: idempotency?.keeping { $0.id.rawValue })
        {
        case .created(let endpoint):
            return context.answer(
                json(endpoint, secret: true), status: .created,
                headers: [.location: "/v1/webhooks/\(endpoint.id)"])
        case .limitReached(let limit):
            throw APIError(.forbidden, "the account has \(limit) webhooks already, the maximum; delete one")
        case .replayed(let answer): return try await replayed(answer, principal, context)
        case .mismatch: throw IdempotencyKey.mismatch
        }
    }

    /// The same endpoint as the first time, with its secret, which the client may not have received.
    private func replayed(
        _ answer: StoredAnswer, _ principal: Principal, _ context: ServiceContext
    ) async throws -> Response {
        guard
            let endpoint = try await backend.store.webhookEndpoint(
                WebhookEndpointID(answer.body), account: principal.id)
        else { throw APIError.notFound("webhook", answer.body) }
        return context.answer(
            json(endpoint, secret: true), status: .created,
            headers: [.location: "/v1/webhooks/\(endpoint.id)", .idempotentReplayed: "true"])
    }

    @Sendable private func list(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let page = try PageQuery(request, of: "webhooks", principal.id, backend)
        return page.answer(
            try await backend.store.webhookEndpoints(
                account: principal.id, after: page.position, limit: page.limit), context
        ) { json($0) }
    }

    private func endpoint(_ context: ServiceContext) async throws -> WebhookEndpoint {
        try await context.owned(orThrow: { .notFound("webhook", $0) }) {
            try await backend.store.webhookEndpoint($0, account: $1)
        }
    }

    private func store(changing endpoint: WebhookEndpoint, _ request: Request) throws -> ServiceStore {
        try backend.store(changing: endpoint.id, endpoint.account, by: request) { EntityTag(of: json($0)) }
    }

    @Sendable private func show(_ request: Request, _ context: ServiceContext) async throws -> Response {
        try context.answer(versioned: json(await endpoint(context)), to: request)
    }

    @Sendable private func update(_ request: Request, _ context: ServiceContext) async throws -> Response {
        var fields = try await request.fields(limit: 64 << 10)
        var changes = WebhookEndpointChanges()
        changes.url = try fields.string("url", limit: 2000)
        changes.events = try events(&fields)
        changes.description = try fields.string("description", limit: 500)
        changes.isEnabled = try fields.bool("enabled")
        try fields.finish()
        let endpoint = try await endpoint(context)
        if let url = changes.url { changes.url = try await checked(url) }
        guard
            let updated = try await store(changing: endpoint, request).updateWebhookEndpoint(
                endpoint.id, account: endpoint.account, changes)
        else { throw APIError.notFound("webhook", endpoint.id.rawValue) }
        return try context.answer(versioned: json(updated))
    }

    @Sendable private func delete(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let endpoint = try await endpoint(context)
        guard
            try await store(changing: endpoint, request).deleteWebhookEndpoint(
                endpoint.id, account: endpoint.account)
        else {
            throw APIError.notFound("webhook", endpoint.id.rawValue)
        }
        return .noContent
    }

    @Sendable private func rotate(_ request: Request, _ context: ServiceContext) async throws -> Response {
        try await request.optionalFields().finish()
        let endpoint = try await endpoint(context)
        guard
            let rotated = try await store(changing: endpoint, request).rotateWebhookSecret(
                endpoint.id, account: endpoint.account)
        else {
            throw APIError.notFound("webhook", endpoint.id.rawValue)
        }
        return context.answer(json(rotated, secret: true))
    }

    @Sendable private func test(_ request: Request, _ context: ServiceContext) async throws -> Response {
        try await request.optionalFields().finish()
        let endpoint = try await endpoint(context)
        guard
            let delivery = try await backend.store.testWebhookEndpoint(endpoint.id, account: endpoint.account)
        else { throw APIError.notFound("webhook", endpoint.id.rawValue) }
        return context.answer(json(delivery), status: .accepted)
    }

    @Sendable private func deliveries(_ request: Request, _ context: ServiceContext) async throws -> Response
    {
        let endpoint = try await endpoint(context)
        let page = try PageQuery(request, of: "deliveries \(endpoint.id)", endpoint.account, backend)
        return page.answer(
            try await backend.store.webhookDeliveries(
                of: endpoint.id, account: endpoint.account, after: page.position, limit: page.limit), context
        ) { json($0) }
    }

    @Sendable private func replay(_ request: Request, _ context: ServiceContext) async throws -> Response {
        try await request.optionalFields().finish()
        let delivery = try await context.owned(orThrow: { .notFound("delivery", $0) }) {
            try await backend.store.replayDelivery($0, account: $1)
        }
        return context.answer(json(delivery), status: .accepted)
    }
}

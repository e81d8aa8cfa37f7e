import AvatariumCore
import Foundation

/// A webhook endpoint: a URL that receives events, signed as Standard Webhooks 1.0.
public struct Webhook: Sendable, Decodable, Equatable {
    public var id: String
    public var url: String
    public var description: String?
    /// Such as `render.succeeded`; `*` for all.
    public var events: [String]
    public var enabled: Bool
    public var disabledReason: String?
    public var createdAt: Date
    /// `whsec_...`; in the answers that make it, and in no other.
    public var secret: String?
}

/// One event on its way to a webhook.
public struct WebhookDelivery: Sendable, Decodable, Equatable {
    public var id: String
    public var event: String
    /// The id of the resource that the event is about.
    public var subject: String?
    /// `pending`, `succeeded` or `failed`.
    public var state: String
    public var attempts: Int
    public var nextAt: Date?
    /// The receiver's last answer.
    public var lastStatus: Int?
    public var lastError: String?
    public var createdAt: Date
    public var finishedAt: Date?
}

extension AvatariumClient {
    private struct NewWebhook: Encodable {
        var url: String?
        var events: [String]?
        var description: String?
        var enabled: Bool?
    }

    /// Makes a webhook; its secret is in the answer and nowhere else.
    public func createWebhook(
        url: String, events: [String] = ["*"], description: String? = nil
    ) async throws -> Webhook {
        try await send(
            Call(
                .POST, "/v1/webhooks",
                json: NewWebhook(url: url, events: events, description: description)))
    }

    public func webhooks(limit: Int? = nil, after cursor: String? = nil) async throws -> Page<Webhook> {
        try await page("/v1/webhooks", limit, cursor)
    }

    public func webhook(_ id: String) async throws -> Webhook {
        try await send(Call(.GET, "/v1/webhooks/\(Self.escaped(id))"))
    }

    /// Changes what is given, and turns a webhook on or off.
    @discardableResult
    public func change(
        webhook id: String, url: String? = nil, events: [String]? = nil, description: String? = nil,
        enabled: Bool? = nil
    ) async throws -> Webhook {
        try await send(
            Call(
                .PATCH, "/v1/webhooks/\(Self.escaped(id))",
                json: NewWebhook(url: url, events: events, description: description, enabled: enabled)))
    }

    /// Gives a webhook a new secret; the old one signs beside it for a while.
    public func rotate(webhookSecret id: String) async throws -> Webhook {
        try await send(Call(.POST, "/v1/webhooks/\(Self.escaped(id))/rotate"))
    }

    /// Sends a webhook an event that means nothing.
    @discardableResult
    public func test(webhook id: String) async throws -> WebhookDelivery {
        try await send(Call(.POST, "/v1/webhooks/\(Self.escaped(id))/test"))
    }

    /// What was sent to a webhook, newest first.
    public func deliveries(
        to id: String, limit: Int? = nil, after cursor: String? = nil
    ) async throws -> Page<WebhookDelivery> {
        try await page("/v1/webhooks/\(Self.escaped(id))/deliveries", limit, cursor)
    }

    /// Sends a delivery once more.
    @discardableResult
    public func replay(delivery id: String) async throws -> WebhookDelivery {
        try await send(Call(.POST, "/v1/deliveries/\(Self.escaped(id))/replay"))
    }

    public func delete(webhook id: String) async throws {
        try await send(Call(.DELETE, "/v1/webhooks/\(Self.escaped(id))"))
    }
}

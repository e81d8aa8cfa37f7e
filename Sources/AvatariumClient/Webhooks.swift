import AvatariumCore
import Foundation

/// A webhook endpoint: a URL that receives events, signed as Standard Webhooks 1.0.
public struct Webhook: Sendable, Decodable, Equatable {
    public var id: String
    public var url: String
    public var description: String?
    /// The events to send, such as `render.succeeded`; `*` for all.
    public var events: [String]
    public var enabled: Bool
    public var disabledReason: String?
    public var createdAt: Date
    /// `whsec_...`; only in the responses that create or rotate it.
    public var secret: String?
}

/// An event that is or was delivered to a webhook.
public struct WebhookDelivery: Sendable, Decodable, Equatable {
    public var id: String
    public var event: String
    /// The id of the resource that the event is about.
    public var subject: String?
    /// `pending`, `succeeded` or `failed`.
    public var state: String
    public var attempts: Int
    public var nextAt: Date?
    /// The status of the receiver's last response.
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

    /// Creates a webhook. Only this response contains its secret.
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

    /// Changes the given properties; enables or disables a webhook.
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

    /// Rotates a webhook's secret; the old one also signs for a day.
    public func rotate(webhookSecret id: String) async throws -> Webhook {
        try await send(Call(.POST, "/v1/webhooks/\(Self.escaped(id))/rotate"))
    }

    /// Sends a test event to a webhook.
    @discardableResult
    public func test(webhook id: String) async throws -> WebhookDelivery {
        try await send(Call(.POST, "/v1/webhooks/\(Self.escaped(id))/test"))
    }

    /// Returns a page of the deliveries to a webhook, newest first.
    public func deliveries(
        to id: String, limit: Int? = nil, after cursor: String? = nil
    ) async throws -> Page<WebhookDelivery> {
        try await page("/v1/webhooks/\(Self.escaped(id))/deliveries", limit, cursor)
    }

    /// Sends a delivery again.
    @discardableResult
    public func replay(delivery id: String) async throws -> WebhookDelivery {
        try await send(Call(.POST, "/v1/deliveries/\(Self.escaped(id))/replay"))
    }

    public func delete(webhook id: String) async throws {
        try await send(Call(.DELETE, "/v1/webhooks/\(Self.escaped(id))"))
    }
}

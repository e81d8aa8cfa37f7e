import AvatariumCore

/// A URL of an account that is notified of events.
public struct WebhookEndpoint: StoredRecord, ListedRecord, Hashable {
    public var id: WebhookEndpointID
    public var account: AccountID
    public var url: String
    public var description: String?
    /// The events that it receives: `render.succeeded`, or `*` for all.
    public var events: [String]
    public var secret: String
    /// The previous secret, which also signs until `previousUntil`, so that the receiver can switch without
    /// losing an event.
    public var previousSecret: String?
    public var previousUntil: Timestamp?
    public var createdAt: Timestamp
    /// The time from which it receives no events.
    public var disabledAt: Timestamp?
    public var disabledReason: String?

    /// Returns the secrets that sign a delivery at a given time, newest first.
    public func secrets(at time: Timestamp) -> [String] {
        guard let previousSecret, let previousUntil, previousUntil > time else { return [secret] }
        return [secret, previousSecret]
    }

    func wants(_ event: String) -> Bool { events.contains("*") || events.contains(event) }
}

/// The outcome of creating an endpoint.
public enum WebhookEndpointCreated: CreationOutcome {
    case created(WebhookEndpoint)
    case replayed(StoredAnswer)
    case mismatch
    /// The account has as many as it may.
    case limitReached(Int)
}

/// Changes of an endpoint; `nil` leaves a property unchanged.
public struct WebhookEndpointChanges: Sendable {
    public var url: String?
    public var description: String?
    public var events: [String]?
    /// Whether it receives events.
    public var isEnabled: Bool?

    public init(
        url: String? = nil, description: String? = nil, events: [String]? = nil, isEnabled: Bool? = nil
    ) {
        self.url = url
        self.description = description
        self.events = events
        self.isEnabled = isEnabled
    }
}

extension ServiceStore {
    /// Creates an endpoint with a new secret.
    /// - Parameters:
    ///   - events: Event names without spaces.
    ///   - limit: The maximum number of endpoints of the account.
    public func createWebhookEndpoint(
        url: String, description: String? = nil, events: [String], account: AccountID, limit: Int = 20,
        idempotency: Idempotency<WebhookEndpoint>? = nil
    ) async throws -> WebhookEndpointCreated {
        let time = now()
        return try await createOrRefuse(idempotency, account: account, at: time) { [self] connection in
            try connection.lock("webhooks.\(account)")
            guard try Self.count(of: WebhookEndpoint.self, account, connection) < limit else {
                return .failure(Refusal(outcome: .limitReached(limit)))
            }
            let id = WebhookEndpointID.make(at: time)
            let secret = try sealed(Secrets.webhookSecret(), id)
            let row = try connection.row(
                """
                INSERT INTO webhook_endpoints (id, account_id, url, description, events, secret, created_at)
                VALUES (\(id), \(account), \(url), \(description),
                  \(events.joined(separator: " ")), \(secret), \(time)) RETURNING *
                """)
            return .success(try opened(WebhookEndpoint(row.unwrapped())))
        }
    }

    public func webhookEndpoint(
        _ id: WebhookEndpointID, account: AccountID
    ) async throws -> WebhookEndpoint? {
        try await database.read { try endpoint(id, account: account, $0) }
    }

    func endpoint(
        _ id: WebhookEndpointID, account: AccountID, _ connection: any SQLConnection
    ) throws -> WebhookEndpoint? {
        try connection.row(
            "SELECT * FROM webhook_endpoints WHERE id = \(id) AND account_id = \(account)"
        ).map { try opened(WebhookEndpoint($0)) }
    }

    /// Returns a page of an account's endpoints, newest first.
    public func webhookEndpoints(
        account: AccountID, after position: PagePosition? = nil, limit: Int = 20
    ) async throws -> Page<WebhookEndpoint> {
        try await page(
            where: "account_id = \(account)", after: position, limit: limit,
            decoded: { try opened(WebhookEndpoint($0)) })
    }

    /// - Returns: The endpoint afterwards; `nil` if the account has none with the identifier.
    public func updateWebhookEndpoint(
        _ id: WebhookEndpointID, account: AccountID, _ changes: WebhookEndpointChanges
    ) async throws -> WebhookEndpoint? {
        let time = now()
        var disabled: SQL = ""
        if changes.isEnabled == true { disabled = ", disabled_at = NULL, disabled_reason = NULL" }
        if changes.isEnabled == false {
            disabled = ", disabled_at = coalesce(disabled_at, \(time)), disabled_reason = 'by its owner'"
        }
        let change = disabled
        return try await database.write { [self] connection in
            try connection.row(
                """
                UPDATE webhook_endpoints SET url = coalesce(\(changes.url), url),
                  description = coalesce(\(changes.description), description),
                  events = coalesce(\(changes.events?.joined(separator: " ")), events)\(change)
                WHERE id = \(id) AND account_id = \(account) RETURNING *
                """
            ).map { try opened(WebhookEndpoint($0)) }
        }
    }

    /// Rotates an endpoint's secret; the old one also signs for a day.
    public func rotateWebhookSecret(
        _ id: WebhookEndpointID, account: AccountID
    ) async throws -> WebhookEndpoint? {
        let time = now()
        let secret = try sealed(Secrets.webhookSecret(), id)
        return try await database.write { [self] connection in
            try connection.row(
                """
                UPDATE webhook_endpoints SET previous_secret = secret, secret = \(secret),
                  previous_until = \(time + policy.secretRotation)
                WHERE id = \(id) AND account_id = \(account) RETURNING *
                """
            ).map { try opened(WebhookEndpoint($0)) }
        }
    }

    /// Deletes an endpoint with its log; pending deliveries are dropped when they are due.
    /// - Returns: Whether the account had it.
    public func deleteWebhookEndpoint(_ id: WebhookEndpointID, account: AccountID) async throws -> Bool {
        try await delete("webhook_endpoints WHERE id = \(id) AND account_id = \(account)") {
            try $2.run(
                "DELETE FROM webhook_deliveries WHERE account_id = \(account) AND endpoint_id = \(id)")
        }
    }
}

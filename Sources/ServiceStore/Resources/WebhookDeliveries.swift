import AvatariumCore

/// The state of a delivery.
public enum WebhookDeliveryState: String, Sendable, Codable, ColumnValue {
    case pending, succeeded, failed
}

/// An event that is or was being delivered to a receiver.
///
/// The row and its job are written in the transaction of the event itself (a transactional outbox), so no event
/// is lost and none is sent for something that did not happen. It may arrive more than once; its identifier is
/// the `webhook-id`, by which the receiver detects duplicates.
public struct WebhookDelivery: StoredRecord, ListedRecord, Hashable {
    package static let table = "webhook_deliveries"

    public var id: WebhookDeliveryID
    public var account: AccountID
    /// `nil` for a URL given in a request.
    public var endpoint: WebhookEndpointID?
    public var url: String?
    /// The job that the event is about.
    public var subject: String?
    /// `render.succeeded`.
    public var event: String
    /// The body, identical in each attempt.
    public var payload: JSONText
    public var state: WebhookDeliveryState
    public var attempts: Int
    /// The time of the next attempt, while it is pending.
    public var nextAt: Timestamp?
    public var lastStatus: Int?
    public var lastError: String?
    public var createdAt: Timestamp
    public var finishedAt: Timestamp?
}

/// A delivery with the data needed to send it.
public struct DueDelivery: Sendable {
    public var delivery: WebhookDelivery
    public var url: String
    /// The secrets that sign it, newest first.
    public var secrets: [String]
}

/// The outcome of one attempt to send a delivery.
public struct WebhookAttempt: Sendable, Hashable {
    /// The status of the receiver's response; `nil` if there was none.
    public var status: Int?
    /// The reason why there was no response.
    public var error: String?
    /// The receiver's Retry-After.
    public var retryAfter: Duration?

    public init(status: Int?, error: String? = nil, retryAfter: Duration? = nil) {
        self.status = status
        self.error = error
        self.retryAfter = retryAfter
    }

    public var isSuccess: Bool { status.map { (200..<300).contains($0) } ?? false }
}

extension ServiceStore {
    /// Queues the event of a job's end, for each endpoint of its account that wants it and for the URL that its
    /// request named. The end of a job that carries a delivery is that of the delivery.
    func announce(_ job: Job, at time: Timestamp, _ connection: any SQLConnection) throws {
        if job.kind == .webhook { return try settleDelivery(of: job, at: time, connection) }
        guard job.kind.hasEvents, job.state.isFinal else { return }
        let event = "\(job.kind.rawValue).\(job.state.rawValue)"
        let payload = Self.payload(event, of: job, at: time)
        let endpoints = try connection.rows(
            "SELECT * FROM webhook_endpoints WHERE account_id = \(job.account) AND disabled_at IS NULL"
        ).map(WebhookEndpoint.init)
        for endpoint in endpoints where endpoint.wants(event) {
            try deliver(
                event, payload, endpoint: endpoint.id, url: nil, subject: job.id.rawValue,
                account: job.account, at: time, connection)
        }
        if let url = job.webhookURL {
            try deliver(
                event, payload, endpoint: nil, url: url, subject: job.id.rawValue, account: job.account,
                at: time, connection)
        }
    }

    /// The body of an event: small, since the receiver asks for the rest (Standard Webhooks: below 20 kB).
    private static func payload(_ event: String, of job: Job, at time: Timestamp) -> JSONText {
        var data: KeyValuePairs<String, JSON> = [:]
        let reference: JSON = job.reference.map { .string($0) } ?? .null
        if let failure = job.failure, job.state == .failed {
            data = [
                "id": .string(job.id.rawValue), "state": .string(job.state.rawValue), "reference": reference,
                "error": .members([
                    "code": .string(failure.code), "name": .string(failure.name),
                    "message": .string(String(failure.message.prefix(2000))),
                    "recoverable": .bool(failure.recoverable),
                ]),
            ]
        } else {
            data = [
                "id": .string(job.id.rawValue), "state": .string(job.state.rawValue), "reference": reference,
            ]
        }
        return JSONText(
            .members([
                "type": .string(event), "timestamp": .string(time.rfc3339), "data": .members(data),
            ]))
    }

    /// Records a delivery and queues the job that carries it.
    @discardableResult
    private func deliver(
        _ event: String, _ payload: JSONText, endpoint: WebhookEndpointID?, url: String?, subject: String?,
        account: AccountID, at time: Timestamp, _ connection: any SQLConnection
    ) throws -> WebhookDelivery {
        let row = try connection.row(
            """
            INSERT INTO webhook_deliveries (id, account_id, endpoint_id, url, subject, event, payload, state,
              next_at, created_at, expires_at)
            VALUES (\(WebhookDeliveryID.make(at: time)), \(account), \(endpoint), \(url), \(subject), \(event),
              \(payload), 'pending', \(time), \(time), \(time + policy.deliveries)) RETURNING *
            """)
        let delivery = try WebhookDelivery(row.unwrapped())
        try carry(delivery, at: time, connection)
        return delivery
    }

    private func carry(
        _ delivery: WebhookDelivery, at time: Timestamp, _ connection: any SQLConnection
    ) throws {
        let request = JSONText(.members(["delivery": .string(delivery.id.rawValue)]))
        _ = try insert(
            NewJob(
                .webhook, request: request, id: .make(at: time), maxAttempts: policy.webhookDelays.count + 1,
                retention: .seconds(3600)),
            account: delivery.account, at: time, connection)
        try makeReady(
            delivery.account, lane: .webhook, from: time, maxRunning: policy.webhooksAtOnce, connection)
        connection.wake(.work(.webhook), everywhere: true)
    }

    /// Returns the delivery of a claimed job of the lane `webhook`; `nil` if the receiver was deleted or
    /// disabled, so that the job only has to be finished.
    public func dueDelivery(of job: Job) async throws -> DueDelivery? {
        let time = now()
        guard let id = try job.deliveryID else { return nil }
        return try await database.read { [self] connection in
            let row = try connection.row(
                """
                SELECT * FROM webhook_deliveries
                WHERE id = \(id) AND account_id = \(job.account) AND state = 'pending'
                """)
            guard let delivery = try row.map(WebhookDelivery.init) else { return nil }
            if let id = delivery.endpoint {
                let found = try endpoint(id, account: job.account, connection)
                guard let found, found.disabledAt == nil else { return nil }
                return DueDelivery(delivery: delivery, url: found.url, secrets: found.secrets(at: time))
            }
            let account = try connection.row("SELECT * FROM accounts WHERE id = \(job.account)")
            guard let url = delivery.url, let account = try account.map(Account.init) else { return nil }
            return DueDelivery(delivery: delivery, url: url, secrets: [try webhookSecret(of: account)])
        }
    }

    /// Finishes an attempt of a delivery: records its outcome, and queues the next attempt if it failed and one
    /// is left. 410 (Gone) disables the endpoint. Without an attempt, because the receiver no longer exists, the
    /// delivery fails.
    /// - Returns: The delivery afterwards; `nil` if the lease was lost or the delivery was deleted.
    public func finishDelivery(
        _ lease: Lease, _ attempt: WebhookAttempt?
    ) async throws -> WebhookDelivery? {
        let time = now()
        return try await database.write { [self] connection in
            let held = try connection.row(
                """
                SELECT * FROM jobs
                WHERE id = \(lease.job) AND state = 'running' AND lease_token = \(lease.token)\(connection.dialect.forUpdate)
                """)
            guard let job = try held.map(Job.init), let id = try job.deliveryID else { return nil }
            let row = try connection.row(
                "SELECT * FROM webhook_deliveries WHERE id = \(id) AND account_id = \(job.account)")
            guard let delivery = try row.map(WebhookDelivery.init) else {
                _ = try close(job.id, .cancelled, at: time, connection)
                return nil
            }
            guard let attempt else {
                _ = try close(job.id, .cancelled, at: time, connection)
                return try settle(
                    delivery, .failed, error: "the endpoint was deleted or disabled", at: time, connection)
            }
            let number = delivery.attempts + 1
            let error = attempt.error.map { String($0.prefix(500)) }
            try connection.run(
                """
                UPDATE webhook_deliveries SET attempts = \(number), last_status = \(attempt.status),
                  last_error = \(error) WHERE id = \(id)
                """)
            if attempt.status == 410, let endpoint = delivery.endpoint {
                try connection.run(
                    """
                    UPDATE webhook_endpoints SET disabled_at = coalesce(disabled_at, \(time)),
                      disabled_reason = 'the receiver answered 410 Gone'
                    WHERE id = \(endpoint) AND account_id = \(job.account)
                    """)
            }
            if attempt.isSuccess {
                _ = try close(job.id, .succeeded, at: time, connection)
                return try settle(delivery, .succeeded, error: nil, at: time, connection)
            }
            // Replays begin the row of waits anew, so the job's attempts count, not the delivery's.
            guard attempt.status != 410, job.attempt <= policy.webhookDelays.count else {
                _ = try close(job.id, .failed, at: time, connection)
                return try settle(delivery, .failed, error: error, at: time, connection)
            }
            let delay = policy.webhookDelays[job.attempt - 1] * Double.random(in: 1...1.1)
            let next = time + max(delay, min(attempt.retryAfter ?? .zero, .seconds(86_400)))
            _ = try requeue(job, from: next, attempt: job.attempt, failure: nil, connection)
            let updated = try connection.row(
                "UPDATE webhook_deliveries SET next_at = \(next) WHERE id = \(id) RETURNING *")
            return try updated.map(WebhookDelivery.init)
        }
    }

    /// Ends the delivery of a job that ended without an answer about it.
    private func settleDelivery(of job: Job, at time: Timestamp, _ connection: any SQLConnection) throws {
        guard let id = try job.deliveryID else { return }
        try connection.run(
            """
            UPDATE webhook_deliveries SET state = 'failed', next_at = NULL, finished_at = \(time),
              last_error = \(job.failure?.message ?? "the delivery was given up")
            WHERE id = \(id) AND account_id = \(job.account) AND state = 'pending'
            """)
    }

    private func settle(
        _ delivery: WebhookDelivery, _ state: WebhookDeliveryState, error: String?, at time: Timestamp,
        _ connection: any SQLConnection
    ) throws -> WebhookDelivery {
        let row = try connection.row(
            """
            UPDATE webhook_deliveries SET state = \(state), next_at = NULL, finished_at = \(time),
              last_error = \(error) WHERE id = \(delivery.id) RETURNING *
            """)
        return try WebhookDelivery(row.unwrapped())
    }

    /// Sends the test event `webhook.test` to an endpoint.
    /// - Returns: `nil` if the account has no such endpoint.
    public func testWebhookEndpoint(
        _ id: WebhookEndpointID, account: AccountID
    ) async throws -> WebhookDelivery? {
        let time = now()
        return try await database.write { [self] connection in
            guard try endpoint(id, account: account, connection) != nil else { return nil }
            let payload = JSONText(
                .members([
                    "type": .string("webhook.test"), "timestamp": .string(time.rfc3339),
                    "data": .members(["endpoint": .string(id.rawValue)]),
                ]))
            return try deliver(
                "webhook.test", payload, endpoint: id, url: nil, subject: nil, account: account, at: time,
                connection)
        }
    }

    /// Sends a finished delivery again, with the same identifier and body.
    /// - Returns: `nil` if the account has no such delivery.
    public func replayDelivery(
        _ id: WebhookDeliveryID, account: AccountID
    ) async throws -> WebhookDelivery? {
        let time = now()
        return try await database.write { [self] connection in
            let row = try connection.row(
                """
                SELECT * FROM webhook_deliveries
                WHERE id = \(id) AND account_id = \(account)\(connection.dialect.forUpdate)
                """)
            guard let delivery = try row.map(WebhookDelivery.init) else { return nil }
            guard delivery.state != .pending else { return delivery }
            try carry(delivery, at: time, connection)
            let updated = try connection.row(
                """
                UPDATE webhook_deliveries SET state = 'pending', next_at = \(time), finished_at = NULL,
                  expires_at = \(time + policy.deliveries) WHERE id = \(id) RETURNING *
                """)
            return try updated.map(WebhookDelivery.init)
        }
    }

    /// Returns a page of an endpoint's deliveries, newest first.
    public func webhookDeliveries(
        of endpoint: WebhookEndpointID, account: AccountID, after position: PagePosition? = nil,
        limit: Int = 20
    ) async throws -> Page<WebhookDelivery> {
        try await page(
            where: "account_id = \(account) AND endpoint_id = \(endpoint)", after: position, limit: limit)
    }
}

extension Job {
    /// The delivery that a job of the lane `webhook` carries.
    var deliveryID: WebhookDeliveryID? {
        get throws { try request.parsed()["delivery"]?.string.map(WebhookDeliveryID.init(_:)) }
    }
}

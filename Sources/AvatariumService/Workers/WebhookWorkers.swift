import Avatarium
import AvatariumCore
import SafeFetch
import ServiceHTTP
import ServiceLifecycle
import ServiceStore

/// Delivers events to webhooks: Standard Webhooks 1.0 (https://www.standardwebhooks.com).
struct WebhookWorkers: Service {
    let backend: Backend
    let count: Int
    let name: String

    func run() async throws {
        await WorkQueue.each(backend, lane: .webhook, name: "\(name)/webhook-", count: count) { claimed in
            await deliver(claimed)
        }
    }

    private func deliver(_ claimed: ClaimedJob) async {
        do {
            guard let message = try await backend.store.dueDelivery(of: claimed.job) else {
                _ = try await backend.store.finishDelivery(claimed.lease, nil)
                return
            }
            let attempt = await send(
                id: message.delivery.id.rawValue, body: Array(message.delivery.payload.text.utf8),
                url: message.url,
                secrets: message.secrets)
            backend.metrics.counter(
                "avatarium_webhook_deliveries_total",
                [
                    (
                        "outcome",
                        attempt.isSuccess ? "delivered" : attempt.status == nil ? "unreachable" : "refused"
                    )
                ])
            _ = try await backend.store.finishDelivery(claimed.lease, attempt)
        } catch {
            // The lease ends by itself, and the delivery comes back.
            backend.logger.warning(
                "the result of a delivery cannot be recorded",
                metadata: ["job": "\(claimed.job.id)", "error": "\(error)"])
        }
    }

    private func send(id: String, body: [UInt8], url: String, secrets: [String]) async -> WebhookAttempt {
        do {
            let message = try WebhookMessage(
                id: id, timestamp: Int(backend.store.now().milliseconds / 1000), body: body)
            var headers = message.headers(secrets: try secrets.map { try WebhookSecret($0) })
            headers.append(("content-type", "application/json"))
            headers.append(("user-agent", "avatarium-webhooks/1"))
            let answer = try await backend.fetcher.post(url, headers: headers, body: body, field: "url")
            return WebhookAttempt(status: answer.status, retryAfter: answer.retryAfter)
        } catch {
            return WebhookAttempt(
                status: nil, error: (error as? AvatariumError)?.message ?? "the receiver did not answer")
        }
    }
}

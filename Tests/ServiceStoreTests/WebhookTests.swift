import AvatariumCore
import Foundation
import ServiceStore
import Testing

private let mine: AccountID = "acc_a"

extension ServiceStore {
    fileprivate func endpoint(_ events: [String], account: AccountID = mine) async throws -> WebhookEndpoint {
        guard
            case .created(let endpoint) = try await createWebhookEndpoint(
                url: "https://example.org/hook", events: events, account: account)
        else { throw AvatariumError(.internalError, "not made") }
        return endpoint
    }

    /// Claims the next delivery, with what is to be sent.
    fileprivate func nextMessage() async throws -> (ClaimedJob, DueDelivery?)? {
        guard let claimed = try await claim(.webhook, worker: "w") else { return nil }
        return (claimed, try await dueDelivery(of: claimed.job))
    }
}

private func answer(_ status: Int?, retryAfter: Duration? = nil) -> WebhookAttempt {
    WebhookAttempt(status: status, error: status == nil ? "no answer" : nil, retryAfter: retryAfter)
}

@Suite struct WebhookTests {
    @Test(arguments: Engine.available)
    func `the end of a job is told once to each endpoint that wants it and to the job's own URL`(
        _ engine: Engine
    ) async throws {
        try await withStore(engine) { store, clock in
            let all = try await store.endpoint(["*"])
            let good = try await store.endpoint(["render.succeeded", "render.cancelled"])
            let bad = try await store.endpoint(["render.failed"])
            _ = try await store.endpoint(["*"], account: "acc_b")
            let account = try #require(try await store.createAccount(slug: "acme", plan: "free"))
            let job = try await store.queueOne(
                NewJob(.render, request: "{}", reference: "r\"1", webhookURL: "https://example.org/job"))
            try await store.end(try #require(try await store.claimRender()), .succeeded(result: "{}"))

            var told: [WebhookEndpointID?: DueDelivery] = [:]
            while let (claimed, message) = try await store.nextMessage() {
                // The account of this test has no record, so its own URL has no secret.
                if let message { told[message.delivery.endpoint] = message }
                _ = try await store.finishDelivery(claimed.lease, answer(200))
            }
            #expect(Set(told.keys) == [all.id, good.id])
            let message = try #require(told[all.id])
            #expect(message.url == "https://example.org/hook")
            #expect(message.secrets == [all.secret])
            #expect(all.secret.hasPrefix("whsec_"))
            let payload = try message.delivery.payload.parsed()
            #expect(payload["type"]?.string == "render.succeeded")
            #expect(payload["timestamp"]?.string == clock.now().rfc3339)
            #expect(payload["data"]?["id"]?.string == job.id.rawValue)
            #expect(payload["data"]?["reference"]?.string == "r\"1")
            let log = try await store.webhookDeliveries(of: all.id, account: mine)
            #expect(log.items.map(\.state) == [.succeeded])
            #expect(try await store.webhookDeliveries(of: bad.id, account: mine).items.isEmpty)

            // A job's own URL is signed with the account's secret.
            try await store.queueOne(
                NewJob(.render, request: "{}", webhookURL: "https://example.org/job"), account: account.id)
            try await store.end(
                try #require(try await store.claimRender()),
                .failed(AvatariumError(.avatarModelInvalid, "no mesh")))
            let (claimed, own) = try #require(try await store.nextMessage())
            #expect(own?.url == "https://example.org/job")
            #expect(own?.secrets == [account.webhookSecret])
            #expect(try own?.delivery.payload.parsed()["data"]?["error"]?["code"]?.string == "E024")
            _ = try await store.finishDelivery(claimed.lease, answer(204))

            // Cancelled while it waits, and given up by the sweeper.
            let waiting = try await store.queueOne()
            _ = try await store.cancel(waiting.id, account: mine)
            let late = try await store.queueOne(NewJob(.render, request: "{}", deadline: .seconds(1)))
            clock.advance(by: .seconds(1))
            _ = try await store.sweep()
            #expect(
                try await store.webhookDeliveries(of: all.id, account: mine).items.map(\.event)
                    == ["render.failed", "render.cancelled", "render.succeeded"])
            #expect(
                try await store.webhookDeliveries(of: bad.id, account: mine).items.map(\.subject)
                    == [late.id.rawValue])
        }
    }

    @Test(arguments: Engine.available)
    func `a delivery is tried again after growing waits, then given up, and may be replayed`(
        _ engine: Engine
    ) async throws {
        try await withStore(engine) { store, clock in
            let endpoint = try await store.endpoint(["*"])
            let test = try #require(try await store.testWebhookEndpoint(endpoint.id, account: mine))
            #expect(test.event == "webhook.test")
            let waits: [Int64] = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]
            for (number, wait) in waits.enumerated() {
                let (claimed, message) = try #require(try await store.nextMessage())
                #expect(message?.delivery.id == test.id)
                let delivery = try await store.finishDelivery(
                    claimed.lease, answer(number.isMultiple(of: 2) ? 500 : nil))
                #expect(delivery?.state == .pending)
                #expect(delivery?.attempts == number + 1)
                #expect(delivery?.lastStatus == (number.isMultiple(of: 2) ? 500 : nil))
                #expect(delivery?.lastError == (number.isMultiple(of: 2) ? nil : "no answer"))
                let pause = try #require(delivery?.nextAt) - clock.now()
                #expect(pause >= .seconds(wait) && pause <= .seconds(Double(wait) * 1.1))
                #expect(try await store.nextMessage() == nil)
                clock.advance(by: pause)
            }
            let (claimed, _) = try #require(try await store.nextMessage())
            let last = try await store.finishDelivery(claimed.lease, answer(503))
            #expect(last?.state == .failed)
            #expect(last?.lastStatus == 503)
            #expect(last?.attempts == 10)

            #expect(try await store.replayDelivery(test.id, account: "acc_b") == nil)
            #expect(try await store.replayDelivery(test.id, account: mine)?.state == .pending)
            // Twice asked for, once sent.
            #expect(try await store.replayDelivery(test.id, account: mine)?.state == .pending)
            let (again, message) = try #require(try await store.nextMessage())
            #expect(message?.delivery.payload == test.payload)
            #expect(try await store.nextMessage() == nil)
            let replayed = try await store.finishDelivery(again.lease, answer(200))
            #expect(replayed?.state == .succeeded)
            #expect(replayed?.attempts == 11)
        }
    }

    @Test(arguments: Engine.available)
    func `a receiver's Retry-After is kept, within a day`(_ engine: Engine) async throws {
        try await withStore(engine) { store, clock in
            let endpoint = try await store.endpoint(["*"])
            _ = try await store.testWebhookEndpoint(endpoint.id, account: mine)
            for (asked, kept) in [
                (Duration.seconds(600), Duration.seconds(600)), (.seconds(1e9), .seconds(86_400)),
            ] {
                let (claimed, _) = try #require(try await store.nextMessage())
                let delivery = try await store.finishDelivery(
                    claimed.lease, answer(429, retryAfter: asked))
                #expect(try #require(delivery?.nextAt) - clock.now() == kept)
                clock.advance(by: kept)
            }
        }
    }

    @Test(arguments: Engine.available)
    func `410 disables an endpoint, and what waits for it is dropped`(_ engine: Engine) async throws {
        try await withStore(engine) { store, clock in
            let endpoint = try await store.endpoint(["*"])
            for _ in 0..<2 { _ = try await store.testWebhookEndpoint(endpoint.id, account: mine) }
            let (first, _) = try #require(try await store.nextMessage())
            #expect(try await store.finishDelivery(first.lease, answer(410))?.state == .failed)
            let disabled = try await store.webhookEndpoint(endpoint.id, account: mine)
            #expect(disabled?.disabledAt == clock.now())
            let (second, message) = try #require(try await store.nextMessage())
            #expect(message == nil)
            #expect(try await store.finishDelivery(second.lease, nil)?.state == .failed)
            try await store.queueOne()
            try await store.end(try #require(try await store.claimRender()), .succeeded(result: "{}"))
            #expect(try await store.nextMessage() == nil)
            let enabled = try await store.updateWebhookEndpoint(
                endpoint.id, account: mine, WebhookEndpointChanges(isEnabled: true))
            #expect(enabled?.disabledAt == nil)
        }
    }

    @Test(arguments: Engine.available)
    func `two secrets sign for a day after a change`(_ engine: Engine) async throws {
        try await withStore(engine) { store, clock in
            let endpoint = try await store.endpoint(["*"])
            let rotated = try #require(try await store.rotateWebhookSecret(endpoint.id, account: mine))
            #expect(rotated.secret != endpoint.secret)
            #expect(rotated.secrets(at: clock.now()) == [rotated.secret, endpoint.secret])
            clock.advance(by: .seconds(86_400))
            #expect(rotated.secrets(at: clock.now()) == [rotated.secret])
        }
    }

    @Test(arguments: Engine.available)
    func `a worker that lost its lease leaves the log alone`(_ engine: Engine) async throws {
        try await withStore(engine) { store, clock in
            let endpoint = try await store.endpoint(["*"])
            _ = try await store.testWebhookEndpoint(endpoint.id, account: mine)
            let (stale, _) = try #require(try await store.nextMessage())
            clock.advance(by: .seconds(31))
            _ = try await store.sweep()
            #expect(try await store.finishDelivery(stale.lease, answer(500)) == nil)
            let log = try await store.webhookDeliveries(of: endpoint.id, account: mine).items
            #expect(log.map(\.attempts) == [0])
            let (fresh, _) = try #require(try await store.nextMessage())
            #expect(try await store.finishDelivery(fresh.lease, answer(200))?.attempts == 1)
            // A deleted endpoint takes its log along.
            #expect(try await store.deleteWebhookEndpoint(endpoint.id, account: mine))
            #expect(try await store.webhookDeliveries(of: endpoint.id, account: mine).items.isEmpty)
        }
    }

    @Test(arguments: Engine.available)
    func `a delivery outlives the deaths of its workers, and its end is in the log`(_ engine: Engine)
        async throws
    {
        try await withStore(engine) { store, clock in
            let endpoint = try await store.endpoint(["*"])
            let test = try #require(try await store.testWebhookEndpoint(endpoint.id, account: mine))
            for lost in 1...10 {
                let (_, message) = try #require(try await store.nextMessage())
                #expect(message?.delivery.state == .pending)
                clock.advance(by: .seconds(31))
                #expect(try await store.sweep().failed.count == (lost < 10 ? 0 : 1))
            }
            let log = try await store.webhookDeliveries(of: endpoint.id, account: mine)
            #expect(log.items.map(\.id) == [test.id])
            #expect(log.items[0].state == .failed)
            #expect(log.items[0].lastError != nil)
            #expect(try await store.replayDelivery(test.id, account: mine)?.state == .pending)
        }
    }
}

import AvatariumService
import Foundation
import LocalServer
import ServiceHTTP
import Testing

/// Events to webhooks, as Standard Webhooks 1.0 has them.
struct WebhookTests {
    @Test func `a finished clip is told to the endpoint with a signature that its secret proves`()
        async throws
    {
        let receiver = try LocalServer { _, _ in LocalServer.Answer(status: 200) }
        defer { receiver.stop() }
        let url = receiver.url + "/hook"
        try await TestService { $0.allowPrivateURLs = true }.working { client in
            let made = try await client.post(
                "/v1/webhooks", #"{"url": "\#(url)", "events": ["render.succeeded"]}"#)
            #expect(made.status == 201, "\(made.text)")
            let secret = try #require(made.data["secret"]?.string)
            let id = made.data["id"]?.string ?? ""
            let list = try await client.get("/v1/webhooks").text
            #expect(!list.contains(secret))
            let render = try await client.post(
                "/v1/renders", #"{"avatar_id": "ada", "text": "Hi."}"#, headers: [.prefer: "wait=20"])
            while receiver.requests.isEmpty { try await Task.sleep(for: .milliseconds(20)) }
            let request = try #require(receiver.requests.first)
            let headers = Dictionary(
                request.head.split(separator: "\r\n").dropFirst().compactMap { line -> (String, String)? in
                    let parts = line.split(separator: ":", maxSplits: 1)
                    guard parts.count == 2 else { return nil }
                    return (parts[0].lowercased(), parts[1].trimmingCharacters(in: .whitespaces))
                }, uniquingKeysWith: { first, _ in first })
            let message = try WebhookMessage(
                id: headers["webhook-id"] ?? "", timestamp: Int(headers["webhook-timestamp"] ?? "") ?? 0,
                body: Array(request.body.utf8))
            try message.verify(
                signatures: headers["webhook-signature"] ?? "", secrets: [try WebhookSecret(secret)])
            #expect(request.body.contains("\"type\":\"render.succeeded\""))
            #expect(request.body.contains(render.data["id"]?.string ?? "-"))

            var log = try await client.get("/v1/webhooks/\(id)/deliveries")
            while log.data[0]?["state"]?.string == "pending" {
                try await Task.sleep(for: .milliseconds(50))
                log = try await client.get("/v1/webhooks/\(id)/deliveries")
            }
            #expect(log.data[0]?["last_status"]?.int == 200)
            let delivery = log.data[0]?["id"]?.string ?? ""
            #expect(try await client.post("/v1/deliveries/\(delivery)/replay").status == 202)
            while receiver.requests.count < 2 { try await Task.sleep(for: .milliseconds(20)) }
            #expect(receiver.requests[1].body == request.body)
            #expect(try await client.post("/v1/webhooks/\(id)/test").status == 202)
            let rotated = try await client.post("/v1/webhooks/\(id)/rotate")
            #expect(rotated.data["secret"]?.string != secret)
            #expect(try await client.send(.delete, "/v1/webhooks/\(id)").status == 204)
            #expect(try await client.get("/v1/webhooks/\(id)").status == 404)
        }
    }

    @Test(arguments: [
        "http://127.0.0.1/", "http://169.254.169.254/latest", "http://[::1]/", "http://0x7f.1/",
        "http://localhost/",
        "ftp://example.org/", "http://user@example.org/", "not a url", "http://10.0.0.8/",
        "https://no-such-host.invalid/",
    ])
    func `a URL into private networks is refused`(_ url: String) async throws {
        try await TestService().routes { client in
            let reply = try await client.post("/v1/webhooks", #"{"url": "\#(url)"}"#)
            #expect((reply.status, reply.code) == (400, "INVALID_PARAMETER"), "\(reply.text)")
        }
    }

    @Test func `an unknown event is refused with the nearest`() async throws {
        try await TestService().routes { client in
            let reply = try await client.post(
                "/v1/webhooks", #"{"url": "https://example.org/", "events": ["render.succeded"]}"#)
            #expect((reply.code, reply.field) == ("INVALID_PARAMETER", "/events/0"))
            #expect(reply.message.contains("render.succeeded"))
        }
    }
}

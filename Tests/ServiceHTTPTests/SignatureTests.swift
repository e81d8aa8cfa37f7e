import AvatariumCore
import Foundation
import ServiceHTTP
import Testing

struct SignatureTests {
    private let master = Array(repeating: UInt8(7), count: 32)

    // MARK: Cursors

    @Test func `a cursor opens to the position that it was sealed from`() throws {
        let sealer = CursorSealer(master: master)
        for time in [0, 1_700_000_000_123, -1, Int64.max, Int64.min] {
            let text = sealer.seal(time: time, id: "job_01HZX", scope: "renders/acct_1")
            #expect(
                text.utf8.allSatisfy {
                    $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "=")
                })
            #expect(try sealer.open(text, scope: "renders/acct_1") == (time, "job_01HZX"))
        }
    }

    @Test func `a cursor of another list, another key or with a changed byte does not open`() throws {
        let sealer = CursorSealer(master: master)
        let text = sealer.seal(time: 5, id: "job_1", scope: "a")
        func refused(_ text: String, _ sealer: CursorSealer, scope: String = "a") -> Bool {
            do {
                _ = try sealer.open(text, scope: scope)
                return false
            } catch { return error.code == .validationError && error.context["field"] == "/cursor" }
        }
        #expect(refused(text, sealer, scope: "b"))
        #expect(refused(text, CursorSealer(master: Array(repeating: 8, count: 32))))
        for index in text.indices {
            var changed = text
            changed.replaceSubrange(index...index, with: text[index] == "A" ? "B" : "A")
            #expect(refused(changed, sealer), "\(changed)")
        }
        for bad in [
            "", "A", "====", text + "A", text + "=", String(text.dropLast()),
            String(repeating: "A", count: 600), "ü",
        ] {
            #expect(refused(bad, sealer), "\(bad)")
        }
    }

    // MARK: File URLs

    @Test func `a file URL is valid until it expires, for its key, name and time only`() throws {
        let signer = FileURLSigner(master: master)
        let query = signer.query(objectKey: "a/b.mp4", filename: "Grüße 1.mp4", expires: 1000)
        let items = try #require(URLComponents(string: "?" + query)?.queryItems)
        let values = Dictionary(uniqueKeysWithValues: items.map { ($0.name, $0.value) })
        let (time, signature, name) = (values["exp"]!, values["sig"]!, values["name"]!)
        #expect(name == "Grüße 1.mp4")
        func verdict(
            _ name: String?, _ time: String?, key: String = "a/b.mp4", at now: Double = 999
        ) -> FileURLSigner.Verdict {
            signer.judge(
                objectKey: key, filename: name, expires: time, signature: signature,
                now: Date(timeIntervalSince1970: now))
        }
        #expect(verdict(name, time) == .valid)
        #expect(verdict(name, time, at: 1000) == .expired)
        #expect(verdict(name, time, key: "a/c.mp4") == .forged)
        #expect(verdict("other.mp4", time) == .forged)
        #expect(verdict(nil, time) == .forged)
        for other in ["1001", "01000", "+1000", "99999999999999999999", "", nil] {
            #expect(verdict(name, other) == .forged)
        }
        #expect(
            signer.judge(objectKey: "a/b.mp4", filename: name, expires: time, signature: nil) == .forged)
    }

    @Test func `keys for different purposes differ, and none is printed`() {
        let cursor = SigningKey(master: master, purpose: "cursor")
        #expect("\(cursor)" == "(signing key)")
        var dumped = ""
        dump(cursor, to: &dumped)
        #expect(!dumped.contains("7, 7") && dumped.utf8.count < 60)
    }

    @Test func `comparison in constant time compares`() {
        #expect(ConstantTime.equal([1, 2, 3], [1, 2, 3]))
        #expect(!ConstantTime.equal([1, 2, 3], [1, 2, 4]))
        #expect(!ConstantTime.equal([1, 2], [1, 2, 3]))
        #expect(ConstantTime.equal([], []))
    }

    // MARK: Webhooks

    private func secretText(_ byte: UInt8) -> String {
        "whsec_" + Data(repeating: byte, count: 32).base64EncodedString()
    }

    private func makeSecret(_ byte: UInt8) throws -> WebhookSecret { try WebhookSecret(secretText(byte)) }

    /// The worked example of the Standard Webhooks libraries' own tests.
    @Test func `a webhook is signed as Standard Webhooks' example is`() throws {
        let secret = try WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        let message = try WebhookMessage(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330,
            body: Array(#"{"test": 2432232314}"#.utf8))
        let headers = message.headers(secrets: [secret])
        #expect(headers.map(\.name) == ["webhook-id", "webhook-timestamp", "webhook-signature"])
        #expect(headers[2].value == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test func `while a secret is rotated both signatures are sent and either verifies`() throws {
        let (old, new) = (try makeSecret(1), try makeSecret(2))
        #expect(old != new)
        let message = try WebhookMessage(id: "msg_1", timestamp: 1000, body: [1, 2, 3])
        let signature = message.headers(secrets: [new, old])[2].value
        #expect(signature.split(separator: " ").count == 2)
        let now = Date(timeIntervalSince1970: 1000)
        try message.verify(signatures: signature, secrets: [old], now: now)
        try message.verify(signatures: "v1a,AAAA v2,AAAA " + signature, secrets: [new], now: now)
        for (signature, body, time) in [
            (signature, [1, 2, 4] as [UInt8], 1000), (signature, [1, 2, 3], 1001), ("", [1, 2, 3], 1000),
            ("v1,", [1, 2, 3], 1000), ("v1", [1, 2, 3], 1000), ("v1,!!!!", [1, 2, 3], 1000),
        ] {
            let other = try WebhookMessage(id: "msg_1", timestamp: time, body: body)
            #expect(throws: AvatariumError.self) {
                try other.verify(signatures: signature, secrets: [old, new], now: now)
            }
        }
    }

    @Test func `a webhook that is older or newer than five minutes is refused`() throws {
        let secret = try makeSecret(1)
        let message = try WebhookMessage(id: "msg_1", timestamp: 1000, body: [])
        let signature = message.headers(secrets: [secret])[2].value
        for now in [700.0, 1300] {
            try message.verify(
                signatures: signature, secrets: [secret], now: Date(timeIntervalSince1970: now))
        }
        for now in [699.0, 1301, 1e300] {
            #expect(throws: AvatariumError.self) {
                try message.verify(
                    signatures: signature, secrets: [secret], now: Date(timeIntervalSince1970: now))
            }
        }
    }

    @Test func `a webhook secret has 24 to 64 bytes, and is never printed`() throws {
        for count in [24, 25, 32, 64] {
            let text = "whsec_" + Data(repeating: 9, count: count).base64EncodedString()
            let secret = try WebhookSecret(text)
            #expect(try WebhookSecret(text.replacing("=", with: "")) == secret)
            var dumped = "\(secret)"
            dump(secret, to: &dumped)
            #expect(!dumped.contains("CQkJ") && !dumped.contains("9, 9"))
        }
        for count in [0, 23, 65] {
            #expect(throws: AvatariumError.self) {
                try WebhookSecret("whsec_" + Data(repeating: 9, count: count).base64EncodedString())
            }
        }
        for text in [
            "", "whsec_", "secret", "whsec_!!!!",
            "WHSEC_" + Data(repeating: 9, count: 32).base64EncodedString(),
        ] {
            #expect(throws: AvatariumError.self) { try WebhookSecret(text) }
        }
    }

    @Test func `an id that would make the signed text ambiguous is refused`() {
        for id in ["", "a.b", "a b", "a\n", "ü", String(repeating: "a", count: 256)] {
            #expect(throws: AvatariumError.self) { try WebhookMessage(id: id, timestamp: 0, body: []) }
        }
    }

    /// For `scripts/test-wire-formats`, where the package standardwebhooks verifies them.
    @Test(.enabled(if: Self.folder != nil, "set by scripts/test-wire-formats"))
    func `standardwebhooks gets messages with one secret and with two`() throws {
        struct Message: Encodable {
            var body: String
            var headers: [String: String]
            var secrets: [String]
        }
        var messages: [Message] = []
        for body in ["{}", #"{"type":"render.succeeded","data":{"id":"job_1"}}"#, "{\"ü\":\"\u{1F600}\\n\"}"]
        {
            for texts in [[secretText(1)], [secretText(2), secretText(3)]] {
                let secrets = try texts.map { try WebhookSecret($0) }
                let message = try WebhookMessage(
                    id: "msg_\(messages.count)", timestamp: Int(Date().timeIntervalSince1970),
                    body: Array(body.utf8))
                messages.append(
                    Message(
                        body: body,
                        headers: Dictionary(uniqueKeysWithValues: message.headers(secrets: secrets)),
                        secrets: texts))
            }
        }
        try JSONEncoder().encode(messages).write(to: URL(fileURLWithPath: Self.folder! + "/webhooks.json"))
    }

    private static let folder = ProcessInfo.processInfo.environment["AVATARIUM_WIRE_FOLDER"]
}

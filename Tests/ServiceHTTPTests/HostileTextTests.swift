import AvatariumCore
import Foundation
import ServiceHTTP
import Testing

struct HostileTextTests {
    @Test func `no text traps a reader, whatever it is made of`() {
        var generator = SeededGenerator(seed: 11)
        let pieces = [
            "bytes", "=", "-", ",", ";", " ", "\t", "\"", "\\", "*", "/", "W/", "q", "wait", "0", "1", "99",
            "9223372036854775807",
            "9223372036854775808", "-9223372036854775808", "99999999999999999999999999", "1e999", "nan",
            "GMT", "Sun,", "06",
            "Nov", "1994", "08:49:37", "00:00:60", "9999", "0000", ":", "::", "ffff", ".", "%", "[", "]",
            "128", "v1", "A", "==",
            "ü", "\u{301}", "\u{1F600}", "\r\n", "\u{0}", "text", "plain",
        ]
        let sealer = CursorSealer(master: [1])
        let signer = FileURLSigner(master: [1])
        let trusted = ["0.0.0.0/0", "::/0"].compactMap { AddressBlock($0) }
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...10, using: &generator)
            let text = (0..<count).map { _ in pieces.randomElement(using: &generator)! }.joined()
            for length in [0, 1, Int.max] {
                let range = ByteRange.resolve(header: text, length: length)
                if case .part(let part) = range { #expect(!part.isEmpty && part.upperBound <= length) }
                _ = range.contentRange(length: length)
            }
            _ = ByteRange.resolve(
                header: "bytes=" + text, length: Int.max, etag: EntityTag(text), ifRange: text)
            _ = EntityTagCondition(text)?.isNotModified(EntityTag(opaque: text))
            _ = Preferences([text, "wait=" + text]).wait(limit: 60)
            _ = MediaType(text)
            _ = Accept([text, "text/plain;q=" + text]).preferred(of: [text, "text/plain"])
            _ = RetryAfter.parse(text)
            if let date = HTTPDate.parse(text) { _ = HTTPDate.format(date) }
            if let address = IPAddress(text) { #expect(IPAddress(address.description) == address) }
            _ = AddressBlock(text)?.contains(.v4(0))
            _ = ClientAddress.resolve(peer: .v4(1), forwardedFor: [text, text], trusted: trusted)
            _ = try? sealer.open(text, scope: text)
            #expect(signer.judge(objectKey: text, expires: text, signature: text) == .forged)
            _ = try? Slug(text)
            _ = try? WebhookSecret("whsec_" + text)
            _ = ContentDisposition.attachment(filename: text)
        }
    }

    @Test func `readers of long text are linear and bounded`() {
        for piece in [
            "a,", "\"a\",", "W/", "bytes=1-2,", "1.2.3.4,", ";a=b", "::", "text/plain;q=1,", "wait=1,",
        ] {
            let text = String(repeating: piece, count: 300_000)
            #expect(ByteRange.resolve(header: text, length: 10) == .whole)
            #expect(EntityTagCondition(text) == nil)
            #expect(MediaType(text) == nil && IPAddress(text) == nil && AddressBlock(text) == nil)
            #expect(RetryAfter.parse(text) == nil && HTTPDate.parse(text) == nil)
            #expect(Preferences([text]).wait(limit: 60) == nil)
            #expect(Accept([text]).preferred(of: ["a/b"]) == "a/b")
            #expect(throws: AvatariumError.self) { try Slug(text) }
            #expect(throws: AvatariumError.self) { try CursorSealer(master: [1]).open(text, scope: "") }
        }
    }
}

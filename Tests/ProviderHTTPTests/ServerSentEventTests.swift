import ProviderHTTP
import Testing

/// `text/event-stream` as the WHATWG standard, section 9.2.6, defines it.
@Suite struct ServerSentEventTests {
    private func events(_ bytes: [UInt8], cutAt cuts: [Int] = []) throws -> [ServerSentEvent] {
        var parser = ServerSentEventParser(limit: 1000)
        var events: [ServerSentEvent] = []
        var start = 0
        for cut in cuts + [bytes.count] {
            events += try parser.events(in: bytes[start..<cut])
            start = cut
        }
        return events
    }

    private static let stream = Array(
        "\u{FEFF}: a comment\r\nevent: delta\r\ndata: {\"a\":\r\ndata: \"ü\"}\r\n\r\ndata:two\n\nid: 7\nretry: 5\n\ndata\n\nevent: x\n\ndata:  three\r\rdata: lost"
            .utf8)

    @Test func `events come with their names and joined lines`() throws {
        #expect(
            try events(Self.stream) == [
                ServerSentEvent(name: "delta", data: "{\"a\":\n\"ü\"}"),
                ServerSentEvent(name: "message", data: "two"),
                // A number stays until the next one.
                ServerSentEvent(name: "message", data: "", id: "7"),
                ServerSentEvent(name: "message", data: " three", id: "7"),
            ])
    }

    @Test func `the bytes may be cut anywhere`() throws {
        let whole = try events(Self.stream)
        for cut in Self.stream.indices { #expect(try events(Self.stream, cutAt: [cut]) == whole) }
        #expect(try events(Self.stream, cutAt: Array(Self.stream.indices)) == whole)
    }

    @Test func `an event longer than the limit is refused`() {
        #expect(throws: ServerSentEventParser.TooLong.self) {
            try events(Array(("data: " + String(repeating: "a", count: 2000)).utf8))
        }
    }
}

import Avatarium
import AvatariumCore
import HTTPTypes
import Hummingbird
import NIOCore

/// Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
struct EventWriter {
    private var writer: any ResponseBodyWriter

    init(_ writer: any ResponseBodyWriter) { self.writer = writer }

    /// - Parameter id: what a client that comes back sends as `Last-Event-ID`.
    mutating func send(_ event: String, id: Int64?, _ data: JSON) async throws {
        var text = "event: \(event)\n"
        if let id { text += "id: \(id)\n" }
        // JSON of ours is one line.
        text += "data: \(String(decoding: data.encoded(), as: UTF8.self))\n\n"
        try await writer.write(ByteBuffer(string: text))
    }

    /// Keeps proxies from closing a connection on which nothing happens, and notices that the client is gone.
    mutating func ping() async throws { try await writer.write(ByteBuffer(string: ": ping\n\n")) }

    mutating func retry(milliseconds: Int) async throws {
        try await writer.write(ByteBuffer(string: "retry: \(milliseconds)\n\n"))
    }

    consuming func finish() async throws { try await writer.finish(nil) }
}

enum EventStream {
    static let pingInterval = Duration.seconds(15)

    /// An answer that stays open: it ends when the body ends, the client leaves, or the server drains.
    /// - Parameter request: Whose connection is watched for its client's leave; nil where the request's body was read, after
    ///   which Hummingbird cannot watch (it ends the process when the client leaves): then a ping that fails tells.
    static func response(
        _ request: Request?, drain: Drain,
        _ body: @escaping @Sendable (inout EventWriter) async throws -> Void
    ) -> Response {
        let requestBody = request?.body
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/event-stream", .cacheControl: "no-store",
                // Whoever watches a connection for its client's leave cannot read another request from it.
                .connection: "close",
                // nginx would collect the events otherwise.
                HTTPField.Name("X-Accel-Buffering")!: "no",
            ],
            body: ResponseBody { writer in
                let raw = UncheckedWriter(writer)
                let write: @Sendable () async throws -> Void = {
                    try await drain.cancelling {
                        var events = EventWriter(raw.writer)
                        try await events.retry(milliseconds: 2000)
                        try await body(&events)
                    }
                }
                if let requestBody {
                    _ = try? await requestBody.consumeWithCancellationOnInboundClose { _ in try await write()
                    }
                } else {
                    try? await write()
                }
                try await raw.writer.finish(nil)
            })
    }

    /// The writer, which Hummingbird hands over without `Sendable`, used by one task at a time.
    private struct UncheckedWriter: @unchecked Sendable {
        let writer: any ResponseBodyWriter
        init(_ writer: any ResponseBodyWriter) { self.writer = writer }
    }
}

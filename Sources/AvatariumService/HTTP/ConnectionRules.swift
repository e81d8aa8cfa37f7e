import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// What HTTP asks of a server on one connection and Hummingbird leaves to others:
///
/// - `Expect: 100-continue` gets its 100 when a route asks for the body, and none where the request is refused without it
///   (RFC 9110 section 10.1.1). Without it curl holds each body over 1 MB back for a second.
/// - `Connection` is a list of options in any case, of which `close` may be one (RFC 9112 section 9.6).
/// - A client that speaks HTTP/1.0 gets no chunks, and its connection ends with the answer; one that sends chunks itself is
///   refused, since what stands before this service may have understood another length (RFC 9112 section 6.1).
///
/// It stands before Hummingbird's codec, behind which a request has no version.
final class ConnectionRules: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// An outbound event: the body of the request at hand is wanted.
    struct BodyIsWanted: Sendable {}

    private struct Exchange {
        var closes: Bool
        var isOld: Bool
        /// Whether the client holds its body back until it is told to go on.
        var awaitsContinue: Bool
    }

    /// Requests that are not answered, the oldest first.
    private var exchanges: [Exchange] = []
    private var isRefused = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isRefused else { return }
        switch Self.unwrapInboundIn(data) {
        case .head(var head):
            let isOld = head.version == .http1_0 || head.version.major < 1
            guard !isOld || !head.headers.contains(name: "transfer-encoding") else {
                isRefused = true
                context.fireErrorCaught(HTTPParserError.unexpectedContentLength)
                return
            }
            let closes = isOld || Self.has("close", in: head.headers["connection"])
            if closes { head.headers.replaceOrAdd(name: "connection", value: "close") }
            exchanges.append(
                Exchange(
                    closes: closes, isOld: isOld,
                    awaitsContinue: !isOld && Self.has("100-continue", in: head.headers["expect"])))
            context.fireChannelRead(Self.wrapInboundOut(.head(head)))
        case .body, .end:
            // A client that did not wait need not be told.
            if !exchanges.isEmpty { exchanges[exchanges.count - 1].awaitsContinue = false }
            context.fireChannelRead(data)
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch Self.unwrapOutboundIn(data) {
        case .head(var head) where !head.status.isInformational && !exchanges.isEmpty:
            exchanges[0].awaitsContinue = false
            if exchanges[0].isOld { head.version = .http1_0 }
            if exchanges[0].closes { head.headers.replaceOrAdd(name: "connection", value: "close") }
            context.write(Self.wrapOutboundOut(.head(head)), promise: promise)
        case .end:
            if !exchanges.isEmpty { exchanges.removeFirst() }
            context.write(data, promise: promise)
        case .head, .body: context.write(data, promise: promise)
        }
    }

    func triggerUserOutboundEvent(
        context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
    ) {
        guard event is BodyIsWanted else {
            context.triggerUserOutboundEvent(event, promise: promise)
            return
        }
        if exchanges.first?.awaitsContinue == true {
            exchanges[0].awaitsContinue = false
            let head = HTTPResponseHead(version: .http1_1, status: .continue)
            context.writeAndFlush(Self.wrapOutboundOut(.head(head)), promise: nil)
        }
        promise?.succeed()
    }

    /// Whether the lines of a field that is a list have an element, in any case.
    private static func has(_ element: String, in lines: [String]) -> Bool {
        lines.contains { line in
            line.split(separator: ",").contains { part in
                let trimmed = part.drop { $0 == " " || $0 == "\t" }
                let end = trimmed.lastIndex { $0 != " " && $0 != "\t" }
                return end.map { trimmed[...$0].lowercased() == element } ?? false
            }
        }
    }

    /// Puts the rules where they belong: Hummingbird adds handlers behind its codec alone.
    final class Installer: ChannelInboundHandler, RemovableChannelHandler {
        typealias InboundIn = NIOAny

        func handlerAdded(context: ChannelHandlerContext) {
            let pipeline = context.pipeline.syncOperations
            do {
                let codec = try pipeline.handler(type: HTTP1ToHTTPServerCodec.self)
                try pipeline.addHandler(ConnectionRules(), position: .before(codec))
            } catch {
                context.close(promise: nil)
            }
        }
    }
}

extension HTTPResponseStatus {
    fileprivate var isInformational: Bool { 100..<200 ~= code }
}

extension Request {
    private static let expect = HTTPField.Name("Expect")!

    /// The request with a body that tells a waiting client to go on, when it is read.
    func invitingBody(_ context: ServiceContext) -> Request {
        // An event stream watches the body that a GET does not have, and must have Hummingbird's own.
        guard method != .get, method != .head, headers[Self.expect]?.lowercased() == "100-continue" else {
            return self
        }
        context.notes.update { $0.holdsBodyBack = true }
        var request = self
        request.body = RequestBody(asyncSequence: InvitedBody(body: body, context: context))
        return request
    }
}

/// A body that is asked for when it is first read.
private struct InvitedBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    let body: RequestBody
    let context: ServiceContext

    struct AsyncIterator: AsyncIteratorProtocol {
        var bytes: RequestBody.AsyncIterator
        let context: ServiceContext

        mutating func next() async throws -> ByteBuffer? {
            if context.notes.current.holdsBodyBack {
                context.notes.update { $0.holdsBodyBack = false }
                context.channel.triggerUserOutboundEvent(ConnectionRules.BodyIsWanted(), promise: nil)
            }
            return try await bytes.next()
        }
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(bytes: body.makeAsyncIterator(), context: context)
    }
}

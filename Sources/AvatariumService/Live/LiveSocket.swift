import AvatariumCore
import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOWebSocket
import Synchronization

/// Turns a request for `/v1/live` into a WebSocket (RFC 6455); every other request passes untouched.
///
/// It sits between the HTTP codec and Hummingbird. An upgraded connection never reaches the router: its HTTP handlers are
/// taken out and a socket handler is put in. A request that is no proper upgrade goes on to the router, which says 426.
final class LiveUpgradeHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundOut = HTTPResponsePart

    static let path = "/v1/live"
    /// Bytes of the longest message of a client: five seconds of PCM at 24 kHz.
    static let longestMessage = 256 << 10

    private let serve: @Sendable (LiveSocket, HTTPRequest) async -> Void
    private var request: HTTPRequest?

    init(serve: @escaping @Sendable (LiveSocket, HTTPRequest) async -> Void) { self.serve = serve }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head) where Self.accept(head) != nil: request = head
        case .body where request != nil: context.close(promise: nil)
        case .end where request != nil:
            // The decoder is still at work with this request: it is taken out when it has come to rest.
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.eventLoop.execute {
                let (handler, context) = bound.value
                handler.upgrade(context)
            }
        default: context.fireChannelRead(data)
        }
    }

    /// The answer to the client's key; nil where the request asks for no WebSocket of ours.
    private static func accept(_ head: HTTPRequest) -> String? {
        func has(_ name: HTTPField.Name, _ token: String) -> Bool {
            head.headerFields[values: name].contains { line in
                line.split(separator: ",").contains {
                    $0.trimmingCharacters(in: .whitespaces).lowercased() == token
                }
            }
        }
        let keys = head.headerFields[values: .secWebSocketKey]
        guard head.method == .get, head.path.map({ $0.prefix { $0 != "?" } }) == path[...],
            has(.upgrade, "websocket"), has(.connection, "upgrade"),
            head.headerFields[values: .secWebSocketVersion] == ["13"], keys.count == 1,
            Data(base64Encoded: keys[0])?.count == 16
        else { return nil }
        let digest = Insecure.SHA1.hash(data: Data((keys[0] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))
        return Data(digest).base64EncodedString()
    }

    private func upgrade(_ context: ChannelHandlerContext) {
        guard let request, let accept = Self.accept(request), context.channel.isActive else { return }
        let answer = HTTPResponse(
            status: .switchingProtocols,
            headerFields: [.upgrade: "websocket", .connection: "Upgrade", .secWebSocketAccept: accept])
        context.write(wrapOutboundOut(.head(answer)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        let channel = context.channel
        let socket = LiveSocket(channel)
        do {
            let pipeline = context.pipeline.syncOperations
            pipeline.removeHandler(
                context: try pipeline.context(handlerType: ByteToMessageHandler<HTTPRequestDecoder>.self),
                promise: nil)
            for handler in [
                try pipeline.handler(type: HTTP1ToHTTPServerCodec.self) as any RemovableChannelHandler,
                try pipeline.handler(type: HTTPResponseEncoder.self),
                try pipeline.handler(type: HTTPConnectionStateHandler.self),
                try pipeline.handler(type: ParseErrorHandler.self),
                try pipeline.handler(type: ConnectionCloser.self), self,
            ] {
                pipeline.removeHandler(handler, promise: nil)
            }
            try pipeline.addHandlers(
                [
                    WebSocketFrameEncoder(),
                    ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: Self.longestMessage)),
                    WebSocketProtocolErrorHandler(), MaskCheck(),
                    NIOWebSocketFrameAggregator(
                        minNonFinalFragmentSize: 1, maxAccumulatedFrameCount: 1024,
                        maxAccumulatedFrameSize: Self.longestMessage),
                    LiveSocketHandler(socket),
                ], position: .first)
        } catch {
            context.close(promise: nil)
            return
        }
        // Pictures leave at once, and few of them wait in the kernel: what waits there cannot be dropped any more.
        _ = channel.setOption(.tcpOption(.tcp_nodelay), value: 1)
        _ = channel.setOption(.socketOption(.so_sndbuf), value: 256 << 10)
        let serve = serve
        let task = Task {
            await serve(socket, request)
            socket.close(.normalClosure)
        }
        channel.closeFuture.whenComplete { _ in task.cancel() }
    }
}

extension HTTPField.Name {
    fileprivate static let secWebSocketKey = HTTPField.Name("Sec-WebSocket-Key")!
    fileprivate static let secWebSocketVersion = HTTPField.Name("Sec-WebSocket-Version")!
    fileprivate static let secWebSocketAccept = HTTPField.Name("Sec-WebSocket-Accept")!
}

/// One end of a WebSocket: messages come in order, messages go out, and how much has not left yet is known.
final class LiveSocket: Sendable {
    enum Incoming: Sendable {
        case text([UInt8])
        case binary([UInt8])
    }

    /// The client's messages; ends with the connection.
    let incoming: AsyncStream<Incoming>
    fileprivate let received: AsyncStream<Incoming>.Continuation
    private let channel: any Channel
    private let waiting = Atomic<Int>(0)
    private let unread = Atomic<Int>(0)
    private let heard = Atomic<UInt64>(DispatchTime.now().uptimeNanoseconds)

    /// Bytes of messages that may wait to be looked at; a client that sends faster is put out.
    private static let mostUnread = 4 << 20
    /// Bytes that may wait for the client at all; one that takes nothing is put out.
    private static let mostWaiting = 16 << 20

    init(_ channel: any Channel) {
        self.channel = channel
        (incoming, received) = AsyncStream<Incoming>.makeStream()
    }

    /// Bytes that were sent and have not left this process.
    var backlog: Int { waiting.load(ordering: .relaxed) }

    /// Seconds since anything came from the client.
    var silentSeconds: Double {
        Double(DispatchTime.now().uptimeNanoseconds &- heard.load(ordering: .relaxed)) / 1e9
    }

    func send(text bytes: [UInt8]) { send(.text, bytes) }
    func send(binary bytes: [UInt8]) { send(.binary, bytes) }
    func ping() { send(.ping, []) }

    private func send(_ opcode: WebSocketOpcode, _ bytes: [UInt8]) {
        guard channel.isActive else { return }
        let count = bytes.count
        guard waiting.add(count, ordering: .relaxed).newValue < Self.mostWaiting else {
            channel.close(promise: nil)
            return
        }
        let promise = channel.eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { [self] _ in waiting.subtract(count, ordering: .relaxed) }
        channel.writeAndFlush(
            WebSocketFrame(fin: true, opcode: opcode, data: channel.allocator.buffer(bytes: bytes)),
            promise: promise)
    }

    /// Says why, and closes.
    func close(_ code: WebSocketErrorCode) {
        guard channel.isActive else { return }
        var data = channel.allocator.buffer(capacity: 2)
        data.write(webSocketErrorCode: code)
        let frame = WebSocketFrame(fin: true, opcode: .connectionClose, data: data)
        let channel = channel
        channel.writeAndFlush(frame).whenComplete { _ in channel.close(promise: nil) }
    }

    /// What was taken from `incoming` does not wait any more.
    func took(_ message: Incoming) {
        switch message {
        case .text(let bytes), .binary(let bytes): unread.subtract(bytes.count, ordering: .relaxed)
        }
    }

    fileprivate func receive(_ message: Incoming, count: Int) -> Bool {
        guard unread.add(count, ordering: .relaxed).newValue <= Self.mostUnread else { return false }
        received.yield(message)
        return true
    }

    fileprivate func hears() { heard.store(DispatchTime.now().uptimeNanoseconds, ordering: .relaxed) }
}

/// Frames of the wire to messages of a `LiveSocket`.
private final class LiveSocketHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let socket: LiveSocket

    init(_ socket: LiveSocket) { self.socket = socket }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        socket.hears()
        switch frame.opcode {
        case .text, .binary:
            let bytes = Array(frame.unmaskedData.readableBytesView)
            if !socket.receive(frame.opcode == .text ? .text(bytes) : .binary(bytes), count: bytes.count) {
                socket.close(.policyViolation)
            }
        case .ping:
            let answer = WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData)
            context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
        case .connectionClose: socket.close(.normalClosure)
        default: break
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        socket.received.finish()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The protocol's own error handler has told the client; there is nothing to go on with.
        context.close(promise: nil)
    }
}

/// Refuses clients that do not mask their frames (RFC 6455 5.1).
private final class MaskCheck: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = WebSocketFrame

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard unwrapInboundIn(data).maskKey != nil else {
            context.close(promise: nil)
            return
        }
        context.fireChannelRead(data)
    }
}

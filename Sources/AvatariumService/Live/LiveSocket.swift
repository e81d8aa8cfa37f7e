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
import ServiceHTTP
import Synchronization

/// Turns a request for `/v1/live` into a WebSocket (RFC 6455); every other request passes untouched.
///
/// It sits between the HTTP codec and Hummingbird. An upgraded connection never reaches the router: its HTTP handlers are
/// taken out and a socket handler is put in. A request that is not a proper upgrade goes on to the router, which says 426;
/// so does one that comes while an earlier request of its connection is being answered, since that answer needs the HTTP
/// handlers.
final class LiveUpgradeHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    static let path = "/v1/live"
    /// Bytes of the longest message of a client: five seconds of PCM at 24 kHz.
    static let longestMessage = 256 << 10

    private let serve: @Sendable (LiveSocket, HTTPRequest) async -> Void
    /// The request that asks for a socket: what follows it on its connection is no longer HTTP.
    private var request: HTTPRequest?
    private var isWhole = false
    /// Requests that went on to the router and are not answered.
    private var unanswered = 0

    init(serve: @escaping @Sendable (LiveSocket, HTTPRequest) async -> Void) { self.serve = serve }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        guard request == nil else {
            guard case .end = part, !isWhole else {
                context.close(promise: nil)
                return
            }
            isWhole = true
            // The decoder is still at work with this request: it is taken out when it has come to rest.
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.eventLoop.execute {
                let (handler, context) = bound.value
                handler.upgrade(context)
            }
            return
        }
        if case .head(let head) = part {
            if unanswered == 0, Self.accept(head) != nil {
                request = head
                return
            }
            unanswered += 1
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { unanswered -= 1 }
        context.write(data, promise: promise)
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
                try pipeline.handler(type: ConnectionRules.self) as any RemovableChannelHandler,
                try pipeline.handler(type: ConnectionRules.Installer.self),
                try pipeline.handler(type: HTTP1ToHTTPServerCodec.self),
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
                    WebSocketProtocolErrorHandler(), FrameCheck(socket),
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
    /// Frames of one moment; nil outside of `together`.
    private let gathered = Mutex<[WebSocketFrame]?>(nil)
    private let isClosing = Atomic<Bool>(false)
    private let left = Atomic<Bool>(false)

    /// Bytes of messages that may wait to be looked at; a client that sends faster is put out.
    private static let mostUnread = 4 << 20
    /// Bytes that may wait for the client at all; one that takes nothing is put out.
    private static let mostWaiting = 16 << 20
    /// What a message takes besides its bytes, however short it is.
    private static let overhead = 256
    /// How long a client may read on when this end has closed.
    private static let lingering = TimeAmount.seconds(1)

    init(_ channel: any Channel) {
        self.channel = channel
        (incoming, received) = AsyncStream<Incoming>.makeStream()
    }

    /// The address of the connection, which may be a proxy's.
    var peer: IPAddress? { channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) } }

    /// Bytes that were sent and have not left this process.
    var backlog: Int { waiting.load(ordering: .relaxed) }

    /// Seconds since anything came from the client.
    var silentSeconds: Double {
        Double(DispatchTime.now().uptimeNanoseconds &- heard.load(ordering: .relaxed)) / 1e9
    }

    /// Whether the client has closed the connection on purpose, and does not come back.
    var hasLeft: Bool { left.load(ordering: .relaxed) }

    func send(_ answer: LiveAnswer) { send(.text, channel.allocator.buffer(bytes: answer.json.encoded())) }
    func send(binary bytes: [UInt8]) { send(.binary, channel.allocator.buffer(bytes: bytes)) }
    func ping() { send(.ping, ByteBuffer()) }

    fileprivate func send(_ opcode: WebSocketOpcode, _ bytes: ByteBuffer) {
        guard channel.isActive, !isClosing.load(ordering: .relaxed) else { return }
        guard
            waiting.add(bytes.readableBytes + Self.overhead, ordering: .relaxed).newValue < Self.mostWaiting
        else {
            channel.close(promise: nil)
            return
        }
        let frame = WebSocketFrame(fin: true, opcode: opcode, data: bytes)
        let isGathered = gathered.withLock { frames in
            frames?.append(frame)
            return frames != nil
        }
        if !isGathered { write([frame]) }
    }

    /// Sends what `body` sends in one go: one wake-up of the connection's thread, one call of the kernel.
    func together(_ body: () -> Void) {
        gathered.withLock { $0 = [] }
        body()
        let frames = gathered.withLock { frames in
            defer { frames = nil }
            return frames ?? []
        }
        if !frames.isEmpty { write(frames) }
    }

    private func write(_ frames: [WebSocketFrame]) {
        let count = frames.reduce(0) { $0 + $1.data.readableBytes + Self.overhead }
        channel.eventLoop.execute { [self] in
            // They leave in their order: with the last one all have left.
            let promise = channel.eventLoop.makePromise(of: Void.self)
            promise.futureResult.whenComplete { [self] _ in waiting.subtract(count, ordering: .relaxed) }
            for (index, frame) in frames.enumerated() {
                channel.write(frame, promise: index == frames.count - 1 ? promise : nil)
            }
            channel.flush()
        }
    }

    /// Says why, and closes; what the client still sends is dropped.
    ///
    /// TCP resets a connection that is closed with unread bytes, and the client would not hear why: so the output ends, and
    /// the rest a little later.
    func close(_ code: WebSocketErrorCode) {
        guard channel.isActive, !isClosing.exchange(true, ordering: .relaxed) else { return }
        received.finish()
        var data = channel.allocator.buffer(capacity: 2)
        data.write(webSocketErrorCode: code)
        let frame = WebSocketFrame(fin: true, opcode: .connectionClose, data: data)
        let channel = channel
        channel.writeAndFlush(frame).whenComplete { _ in channel.close(mode: .output, promise: nil) }
        channel.eventLoop.scheduleTask(in: Self.lingering) { channel.close(promise: nil) }
    }

    /// Answers the client's close frame.
    fileprivate func closed(by data: ByteBuffer) {
        guard !isClosing.load(ordering: .relaxed) else {
            channel.close(promise: nil)
            return
        }
        guard String(validating: data.readableBytesView.dropFirst(2), as: UTF8.self) != nil else {
            close(.dataInconsistentWithMessage)
            return
        }
        let code = data.getInteger(at: data.readerIndex, as: UInt16.self)
        switch code {
        case nil where data.readableBytes == 0, 1000, 1001:
            left.store(true, ordering: .relaxed)
            close(.normalClosure)
        case .some(1002...1003), .some(1007...1014), .some(3000...4999): close(.normalClosure)
        default: close(.protocolError)
        }
    }

    /// What was taken from `incoming` does not wait any more.
    func took(_ message: Incoming) { unread.subtract(Self.weight(message), ordering: .relaxed) }

    fileprivate func receive(_ message: Incoming) {
        guard !isClosing.load(ordering: .relaxed) else { return }
        guard unread.add(Self.weight(message), ordering: .relaxed).newValue <= Self.mostUnread else {
            close(.policyViolation)
            return
        }
        received.yield(message)
    }

    private static func weight(_ message: Incoming) -> Int {
        switch message {
        case .text(let bytes), .binary(let bytes): bytes.count + overhead
        }
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
        case .text:
            let bytes = Array(frame.unmaskedData.readableBytesView)
            // RFC 6455, 8.1.
            guard String(validating: bytes, as: UTF8.self) != nil else {
                socket.close(.dataInconsistentWithMessage)
                return
            }
            socket.receive(.text(bytes))
        case .binary: socket.receive(.binary(Array(frame.unmaskedData.readableBytesView)))
        case .ping: socket.send(.pong, frame.unmaskedData)
        case .connectionClose: socket.closed(by: frame.unmaskedData)
        default: break
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // A client that says nothing more, not even why, has lost its connection.
        if case .inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        socket.received.finish()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case NIOWebSocketFrameAggregator.Error.accumulatedFrameSizeIsTooLarge,
            NIOWebSocketFrameAggregator.Error.tooManyFragments:
            socket.close(.messageTooLarge)
        case is NIOWebSocketFrameAggregator.Error: socket.close(.protocolError)
        default:
            // The protocol's own error handler has told the client; there is nothing to go on with.
            context.close(promise: nil)
        }
    }
}

/// Refuses frames that RFC 6455 does not have: unmasked ones (5.1), and bits and kinds without a meaning (5.2).
private final class FrameCheck: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = WebSocketFrame

    private let socket: LiveSocket

    init(_ socket: LiveSocket) { self.socket = socket }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        let isKnown =
            switch frame.opcode {
            case .continuation, .text, .binary, .connectionClose, .ping, .pong: true
            default: false
            }
        guard isKnown, frame.maskKey != nil, !frame.rsv1, !frame.rsv2, !frame.rsv3 else {
            socket.close(.protocolError)
            return
        }
        context.fireChannelRead(data)
    }
}

import Avatarium
import AvatariumCore
import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Closes a connection after an answer that says `Connection: close`, even while the client still sends a body that nobody
/// wants: Hummingbird would read it to its end first.
///
/// Closing at once would lose the answer, since TCP resets a connection with unread bytes. So the output ends, what still
/// arrives is dropped, and the rest is closed when the client has had time to read (RFC 9112 section 9.6).
final class ConnectionCloser: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private static let lingering = TimeAmount.seconds(2)
    private var isLast = false
    private var isOver = false

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head):
            isLast = head.headerFields[.connection]?.lowercased() == "close"
            context.write(data, promise: promise)
        case .body: context.write(data, promise: promise)
        case .end:
            guard isLast, !isOver else {
                context.write(data, promise: promise)
                return
            }
            isOver = true
            let channel = context.channel
            let written = promise ?? context.eventLoop.makePromise(of: Void.self)
            written.futureResult.whenComplete { _ in
                channel.close(mode: .output, promise: nil)
                channel.eventLoop.scheduleTask(in: Self.lingering) { channel.close(promise: nil) }
            }
            context.writeAndFlush(data, promise: written)
            // What was waiting for the body to be read goes on.
            context.read()
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard isOver else {
            context.fireChannelRead(data)
            return
        }
        context.read()
    }
}

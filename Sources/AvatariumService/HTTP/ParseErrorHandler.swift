import Avatarium
import AvatariumCore
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import ServiceStore

/// Answers bytes that are not HTTP with the envelope: Hummingbird answers a parser's error with an empty 400 before any router sees it.
final class ParseErrorHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private var parserFailed = false

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is HTTPParserError { parserFailed = true }
        context.fireErrorCaught(error)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard parserFailed, case .head(let head) = unwrapOutboundIn(data), head.status == .badRequest,
            head.headerFields[.contentLength] == "0"
        else {
            context.write(data, promise: promise)
            return
        }
        parserFailed = false
        let id = Identifier<ConnectionRequest>.make().rawValue
        let refusal = APIError(
            .invalidRequest,
            "the request is not valid HTTP/1.1 (RFC 9112), or its header is too large; check the client")
        let body = refusal.body(requestID: id).encoded()
        let answer = HTTPResponse(
            status: .badRequest,
            headerFields: [
                .connection: "close", .contentType: "application/json", .contentLength: "\(body.count)",
                .requestID: id,
            ])
        context.write(wrapOutboundOut(.head(answer)), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(bytes: body))), promise: promise)
    }
}

private enum ConnectionRequest: Identified {
    static let identifierPrefix = "req"
}

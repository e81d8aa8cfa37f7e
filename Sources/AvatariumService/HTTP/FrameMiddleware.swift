import Avatarium
import AvatariumCore
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import Synchronization

/// The outermost layer: request id, envelope for every failure, rate headers, access log and request metrics.
///
/// Added to the router before any other, it also sees what no route matches.
struct FrameMiddleware: RouterMiddleware {
    let routes: RouteTable
    let crossOrigin: CrossOrigin
    let metrics: ServiceMetrics
    let logger: Logger

    func handle(
        _ request: Request, context: ServiceContext,
        next: (Request, ServiceContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var response: Response
        do {
            try checkHost(request)
            if let answer = crossOrigin.preflight(request, methods: routes.methods(of: request.uri.path)) {
                response = answer
            } else {
                response = try await next(request.invitingBody(context), context)
            }
        } catch let error as HTTPParserError {
            // The connection is beyond repair; `ParseErrorHandler` answers.
            throw error
        } catch {
            let failure = refusal(error, request)
            context.notes.update { $0.error = failure }
            response = context.answer(failure)
        }
        finish(&response, request, context)
        return logged(response, request, context, start)
    }

    /// One `Host`, and a host in it: what stands before this service may have understood another (RFC 9112 section 3.2). None
    /// at all is taken, since HTTP/1.0 has none and load balancers ask so.
    private func checkHost(_ request: Request) throws {
        let isOne = request.headers[HTTPField.Name("Host")!] == nil
        guard isOne, request.head.authority?.contains(where: { " \t/@\\?#,".contains($0) }) != true else {
            throw APIError(
                .invalidRequest,
                "the request must have exactly one Host header, with a name and an "
                    + "optional port; check the client",
                field: "Host")
        }
    }

    /// A path that exists with another method is 405, with the methods in `Allow`.
    private func refusal(_ error: any Error, _ request: Request) -> APIError {
        var failure = APIError(error)
        guard error is HTTPError, failure.status == .notFound else { return failure }
        let methods = routes.methods(of: request.uri.path)
        guard !methods.isEmpty else { return failure }
        let allow = methods.joined(separator: ", ")
        failure = APIError(
            .invalidRequest,
            "\(request.method.rawValue.quotedForMessage(limit: 20)) is not allowed for this path; use "
                + "\(allow)",
            status: .methodNotAllowed)
        failure.headers[.allow] = allow
        return failure
    }

    private func finish(_ response: inout Response, _ request: Request, _ context: ServiceContext) {
        response.headers[.requestID] = context.requestID
        response.headers[.xContentTypeOptions] = "nosniff"
        crossOrigin.allow(&response, to: request)
        for (name, value) in context.notes.current.rateHeaders { response.headers[name] = value }
        // A body that was not read to its end, or that its client has not sent and may send or not, would be read as the
        // next request: rather part.
        if response.status == .contentTooLarge || response.status == .requestTimeout
            || context.notes.current.holdsBodyBack
        {
            response.headers[.connection] = "close"
        }
        if request.method == .head { response = response.createHeadResponse() }
    }

    /// Writes the line of the log when the last byte is out, or when the client is gone.
    private func logged(
        _ response: Response, _ request: Request, _ context: ServiceContext, _ start: ContinuousClock.Instant
    ) -> Response {
        var response = response
        let status = response.status.code
        let length = response.body.contentLength
        let body = response.body
        let write: @Sendable (Int, Bool) -> Void = { bytes, whole in
            log(request, context, status: status, bytes: bytes, whole: whole, start)
        }
        guard length == nil else {
            write(length ?? 0, true)
            return response
        }
        let headers = response.headers
        response.body = ResponseBody { writer in
            let counted = CountingWriter(writer)
            do {
                try await body.write(counted)
                write(counted.bytes, true)
            } catch {
                write(counted.bytes, false)
                throw error
            }
        }
        response.headers = headers
        return response
    }

    private func log(
        _ request: Request, _ context: ServiceContext, status: Int, bytes: Int, whole: Bool,
        _ start: ContinuousClock.Instant
    ) {
        let seconds = (ContinuousClock.now - start).seconds
        let notes = context.notes.current
        let route = notes.route ?? "-"
        metrics.request(route: route, method: request.method, status: status, seconds: seconds)
        var metadata: Logger.Metadata = [
            "requestId": "\(context.requestID)",
            "method": "\(request.method.rawValue.quotedForMessage(limit: 20))",
            "route": "\(route)", "status": "\(status)",
            "ms": "\((seconds * 10000).rounded() / 10)", "bytes": "\(bytes)",
        ]
        // The path and not the query: a query may hold a signature.
        metadata["path"] = "\(request.uri.path.quotedForMessage(limit: 200))"
        if let account = notes.account { metadata["account"] = "\(account)" }
        if let key = notes.key { metadata["key"] = "\(key)" }
        if let id = request.headers[.requestID] {
            metadata["clientRequestId"] = "\(id.quotedForMessage(limit: 100))"
        }
        if !whole { metadata["aborted"] = "true" }
        if let error = notes.error {
            metadata["code"] = "\(error.code.rawValue)"
            metadata["reason"] = "\(error.message)"
            if let cause = error.cause { metadata["cause"] = "\("\(cause)".quotedForMessage(limit: 2000))" }
        }
        logger.log(level: status >= 500 ? .error : .info, "request", metadata: metadata)
    }
}

/// Passes a body on and counts it.
private final class CountingWriter: ResponseBodyWriter, @unchecked Sendable {
    // Used by the one task that writes the body.
    private var inner: (any ResponseBodyWriter)?
    private(set) var bytes = 0

    init(_ inner: any ResponseBodyWriter) { self.inner = inner }

    func write(_ buffer: ByteBuffer) async throws {
        bytes += buffer.readableBytes
        try await inner?.write(buffer)
    }

    func finish(_ trailingHeaders: HTTPFields?) async throws {
        guard let inner else { return }
        self.inner = nil
        try await inner.finish(trailingHeaders)
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

import AsyncHTTPClient
import AvatariumCore
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import ServiceHTTP

/// What the failure of a fetch means. Only the host of the URL is shown, since its query may hold secrets.
enum FetchFailure {
    static func refusal(
        _ code: ErrorCode, _ place: FetchURL, _ field: String, _ words: String, status: Int? = nil
    ) -> AvatariumError {
        var context = ["field": field, "host": place.hostText]
        context["status"] = status.map(String.init)
        // A server that is busy or broken for the moment; what it says of a URL that it does not have stays true.
        let mayPass = status == 408 || status == 429 || (500...599).contains(status ?? 0)
        return AvatariumError(
            code, "\(field) cannot be read: \(place.hostText) \(words); check the URL", context: context,
            retryAfter: mayPass ? 1000 : nil)
    }

    static func tooLong(_ place: FetchURL, _ field: String, _ limit: Int) -> AvatariumError {
        AvatariumError(
            .validationError, "\(field) is longer than \(limit) bytes; give a shorter file",
            context: ["field": field, "rule": "too-long", "host": place.hostText])
    }

    static func tooSlow(_ place: FetchURL, _ field: String, _ deadline: Duration) -> AvatariumError {
        AvatariumError(
            .timeout,
            "\(field): \(place.hostText) did not finish within \(deadline); check the URL or try again later",
            context: ["field": field, "host": place.hostText])
    }

    /// Whether a connection failed before the request was sent, so that another address may be tried.
    static func isBeforeRequest(_ error: any Error) -> Bool {
        error is NIOConnectionError || error is IOError || error as? HTTPClientError == .connectTimeout
    }

    /// Failures below HTTP. Errors of our own and cancellation pass.
    static func transport(_ error: any Error, _ place: FetchURL, _ field: String) -> any Error {
        if error is AvatariumError || error is CancellationError { return error }
        if let problem = error as? HTTPClientError, problem == .cancelled { return CancellationError() }
        let broken: [HTTPClientError] = [.remoteConnectionClosed, .uncleanShutdown, .bodyLengthMismatch]
        let isBroken =
            error is HTTPParserError || (error as? HTTPClientError).map { broken.contains($0) } ?? false
        let words =
            isBroken
            ? "closed the connection or violated HTTP"
            : error is NIOSSLError ? "has no TLS certificate that is valid for its name" : "cannot be reached"
        return AvatariumError(
            isBroken ? .networkError : .connectionFailed,
            "\(field): \(place.hostText) \(words); check the URL or try again later",
            context: ["field": field, "host": place.hostText], cause: error)
    }
}

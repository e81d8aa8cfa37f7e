import HTTPTypes
import Hummingbird

/// Lets pages of other origins call the routes (https://fetch.spec.whatwg.org/#http-cors-protocol), where the operator names
/// them.
///
/// Keys and tokens go in a header that the page itself sets. There are no cookies, so that a browser adds nothing of its own
/// that would have to be kept from other pages.
struct CrossOrigin: Sendable {
    /// Origins as browsers write them; `*` is every page's.
    private let origins: Set<String>

    /// What a page may send, besides what it may send anywhere.
    private static let requestFields =
        "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, If-Range, Last-Event-ID, Prefer, Range, X-Request-Id"
    /// What a page may read of an answer, besides what it may read anywhere.
    private static let answerFields =
        "Accept-Ranges, Content-Disposition, Content-Range, ETag, Idempotent-Replayed, Location, Preference-Applied, "
        + "Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id"
    /// Seconds for which a browser need not ask again.
    private static let memory = 600

    init(_ origins: [String]) { self.origins = Set(origins) }

    /// Says which page may read the answer to a request.
    func allow(_ response: inout Response, to request: Request) {
        guard !origins.isEmpty else { return }
        let isAll = origins.contains("*")
        // What is kept for one page is not for another.
        if !isAll { response.headers[.vary] = "Origin" }
        guard let origin = request.headers[.origin], isAll || origins.contains(origin) else { return }
        if response.headers[.accessControlAllowOrigin] == nil {
            response.headers[.accessControlAllowOrigin] = isAll ? "*" : origin
        }
        response.headers[.accessControlExposeHeaders] = Self.answerFields
    }

    /// The answer to a browser that asks whether a page may send a request; nil for any other request, and where the page may
    /// not or the path is not there.
    func preflight(_ request: Request, methods: [String]) -> Response? {
        guard request.method == .options, request.headers[.accessControlRequestMethod] != nil,
            let origin = request.headers[.origin], origins.contains("*") || origins.contains(origin),
            !methods.isEmpty
        else { return nil }
        return Response(
            status: .noContent,
            headers: [
                .accessControlAllowMethods: methods.joined(separator: ", "),
                .accessControlAllowHeaders: Self.requestFields,
                .accessControlMaxAge: "\(Self.memory)",
            ])
    }
}

import Hummingbird
import ServiceStore

/// One route of the service.
package struct Route: Sendable {
    typealias Handler = @Sendable (Request, ServiceContext) async throws -> Response

    package var method: HTTPRequest.Method
    /// `/v1/renders/{id}`.
    package var path: String
    var access: Access
    /// The parameters that its query may have; nil for what browsers load, of which any query is taken and none is read.
    package var query: [String]?
    /// Whether what it shows or changes has versions, which `ETag` names and `If-Match` asks for (`Conditions`).
    package var hasVersions: Bool
    var handler: Handler

    init(
        _ method: HTTPRequest.Method, _ path: String, _ access: Access, query: [String]? = [],
        hasVersions: Bool = false, _ handler: @escaping Handler
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.query = query
        self.hasVersions = hasVersions
        self.handler = handler
    }

    /// A list that is read page by page.
    /// - Parameter query: Its parameters besides those of the pages.
    static func list(
        _ path: String, _ scope: Scope, query: [String] = [], _ handler: @escaping Handler
    ) -> Route {
        Route(.get, path, .scope(scope), query: PageQuery.names + query, handler)
    }

    /// - Throws: INVALID_PARAMETER for a query parameter that the route does not have; 412 for an `If-Match` on a route
    ///   without versions.
    func check(_ request: Request) throws {
        if let query { try QueryFields(request).check(against: query) }
        if !hasVersions { try Conditions.refuse(request) }
    }

    /// Asked by machines that look after the service, which must never be told to come less often.
    var isProbe: Bool { ["/healthz", "/readyz", "/metrics"].contains(path) }

    /// Who may come in.
    enum Access: Sendable, Equatable {
        /// Anyone: health, documents, the page.
        case open
        /// A bearer with this scope.
        case scope(Scope)
    }
}

/// Every route, in one list: the router, `Allow` and the test of /openapi.json read it.
package struct RouteTable: Sendable {
    package let routes: [Route]
    private let byPath: [String: [Route]]

    init(_ routes: [Route]) {
        self.routes = routes
        byPath = Dictionary(grouping: routes, by: \.path)
    }

    /// The methods of a path as a client sent it, for `Allow`; none where no route has such a path.
    func methods(of path: String) -> [String] {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        var methods: [String] = []
        // The router prefers a path that is written out, and looks no further.
        let written = byPath["/" + parts.joined(separator: "/")]
        for route in written ?? routes.filter({ Self.matches($0.path, parts) }) {
            methods.append(route.method.rawValue)
            if route.method == .get { methods.append("HEAD") }
        }
        return methods.sorted()
    }

    private static func matches(_ template: String, _ parts: [Substring]) -> Bool {
        let wanted = template.split(separator: "/", omittingEmptySubsequences: true)
        if wanted.last == "**", parts.count >= wanted.count {
            return zip(wanted.dropLast(), parts).allSatisfy { $0 == $1 || $0.hasPrefix("{") }
        }
        return wanted.count == parts.count && zip(wanted, parts).allSatisfy { $0 == $1 || $0.hasPrefix("{") }
    }

    /// The route that the router has found.
    func route(_ path: String, _ method: HTTPRequest.Method) -> Route? {
        byPath[path]?.first { $0.method == method || ($0.method == .get && method == .head) }
    }

    func add(to router: Router<ServiceContext>) {
        for route in routes {
            router.on(RouterPath(route.path), method: route.method) { request, context -> Response in
                try await route.handler(request, context)
            }
        }
    }
}

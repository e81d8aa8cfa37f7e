import Avatarium
import AvatariumCore
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceHTTP
import ServiceStore
import Synchronization

/// What goes with a request from the first byte to the last.
struct ServiceContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// `req_` and 26 characters; in every answer, and in every line of the log.
    let requestID: String
    /// The address of the connection, which may be a proxy's.
    let peer: IPAddress?
    /// The connection.
    let channel: any Channel
    /// What is learned about the request on its way.
    let notes = RequestNotes()
    /// The address of the client, behind the operator's own proxies.
    var client: IPAddress?
    var principal: Principal?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        requestID = Identifier<RequestEntity>.make().rawValue
        channel = source.channel
        peer = source.channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) }
        self.logger[metadataKey: "requestId"] = .string(requestID)
    }

    /// A body of that size would be a mistake: every route reads its own with its own limit.
    var maxUploadSize: Int { 1 << 20 }
}

private enum RequestEntity: Identified {
    static let identifierPrefix = "req"
}

/// Written by the parts that find things out, read by the outermost one when it answers and logs.
final class RequestNotes: Sendable {
    struct Values: Sendable {
        var account: String?
        var key: String?
        var route: String?
        var rateHeaders: [(name: HTTPField.Name, value: String)] = []
        var error: APIError?
        /// Whether the client waits to be told to send its body.
        var holdsBodyBack = false
    }
    private let values = Mutex(Values())

    var current: Values { values.withLock { $0 } }
    func update(_ change: (inout sending Values) -> Void) { values.withLock { change(&$0) } }
}

extension HTTPField.Name {
    package static let requestID = HTTPField.Name("X-Request-Id")!
    package static let rateLimit = HTTPField.Name("X-RateLimit-Limit")!
    package static let rateRemaining = HTTPField.Name("X-RateLimit-Remaining")!
    package static let rateReset = HTTPField.Name("X-RateLimit-Reset")!
    package static let prefer = HTTPField.Name("Prefer")!
    package static let preferenceApplied = HTTPField.Name("Preference-Applied")!
    package static let idempotencyKey = HTTPField.Name("Idempotency-Key")!
    package static let idempotentReplayed = HTTPField.Name("Idempotent-Replayed")!
    package static let lastEventID = HTTPField.Name("Last-Event-ID")!
    package static let xForwardedFor = HTTPField.Name("X-Forwarded-For")!
    package static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
    package static let waitSeconds = HTTPField.Name("Retry-After")!
}

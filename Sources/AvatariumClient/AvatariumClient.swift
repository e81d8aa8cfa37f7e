import AsyncHTTPClient
import AvatariumCore
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import ProviderHTTP

/// A client of the HTTP service `avatarium serve`.
///
/// ```swift
/// let client = try AvatariumClient(url: "http://127.0.0.1:8080", key: "av_live_...")
/// let render = try await client.render(RenderOrder(avatar: "ada", text: "Hello, world."), wait: .seconds(60))
/// try await client.download(videoOf: render.id, to: "hello.mp4")
/// ```
///
/// Every failure is an ``AvatariumError``: the service's codes are translated (docs/ERRORS.md), and `context` has
/// `requestId`, `status` and `httpCode`. A request answered with 429 is retried after `Retry-After`, one answered
/// with 5xx after growing, randomised delays (``Retries``); other 4xx responses are not retried. A request whose
/// connection breaks is retried if repeating it is safe.
public struct AvatariumClient: Sendable {
    /// How often requests are retried, and after which delays.
    public struct Retries: Sendable {
        /// The maximum number of attempts, including the first.
        public var attempts: Int
        /// The longest delay before the second attempt; it doubles before each further one.
        public var firstDelay: Duration
        /// The longest `Retry-After` that is waited for; if it is longer, the error is thrown at once.
        public var longestDelay: Duration

        public init(
            attempts: Int = 4, firstDelay: Duration = .milliseconds(500),
            longestDelay: Duration = .seconds(60)
        ) {
            self.attempts = max(1, attempts)
            self.firstDelay = firstDelay
            self.longestDelay = longestDelay
        }

        /// A single attempt.
        public static let none = Retries(attempts: 1)
    }

    let base: String
    let key: String?
    let retries: Retries
    /// The longest that one answer may take, without what is downloaded or streamed.
    let timeout: Duration

    /// - Parameters:
    ///   - url: The base URL of the service, such as `http://127.0.0.1:8080`.
    ///   - key: An API key, or the access token of a login; nil for the few routes that need none.
    ///   - timeout: The longest that one attempt may take, in addition to the wait that the request asks for.
    /// - Throws: E071 if the URL is not valid.
    public init(
        url: String, key: String? = nil, retries: Retries = Retries(), timeout: Duration = .seconds(60)
    ) throws {
        guard let parsed = URL(string: url), ["http", "https"].contains(parsed.scheme), parsed.host != nil,
            parsed.query == nil, parsed.fragment == nil
        else {
            throw AvatariumError(
                .invalidConfig,
                "'\(url.quotedForMessage())' is not the service's URL; write http://host:port or https://host",
                context: ["field": "url"])
        }
        base = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.key = key
        self.retries = retries
        self.timeout = timeout
    }

    /// Returns a client with another key or token.
    public func with(key: String?) -> AvatariumClient {
        AvatariumClient(base: base, key: key, retries: retries, timeout: timeout)
    }

    private init(base: String, key: String?, retries: Retries, timeout: Duration) {
        (self.base, self.key, self.retries, self.timeout) = (base, key, retries, timeout)
    }

    // MARK: Asking

    /// A request before it is sent.
    struct Call: Sendable {
        var method = HTTPMethod.GET
        var path: String
        var query: [(name: String, value: String)] = []
        var headers: [(name: String, value: String)] = []
        var body: (bytes: [UInt8], type: String)?
        /// What the answer may take longer, since the service was asked to wait.
        var patience = Duration.zero
        /// Whether the request may be sent again when it is not known whether the first one arrived.
        var isRepeatable = true

        init(_ method: HTTPMethod = .GET, _ path: String) {
            self.method = method
            self.path = path
            isRepeatable = method != .POST
        }

        /// A POST without a body that may be sent again.
        init(repeatable path: String) {
            self.init(.POST, path)
            isRepeatable = true
        }

        /// With a body of JSON.
        init(_ method: HTTPMethod, _ path: String, json value: some Encodable) throws {
            self.init(method, path)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            encoder.dateEncodingStrategy = .iso8601
            body = (Array(try encoder.encode(value)), "application/json")
        }

        mutating func ask(_ name: String, _ value: String?) {
            if let value { query.append((name, value)) }
        }
    }

    /// Answers are read up to so many bytes; those of JSON are far smaller.
    private static let largestAnswer = 16 << 20

    /// Sends a request and reads the `data` of its answer.
    func send<Value: Decodable>(_ call: Call, as type: Value.Type = Value.self) async throws -> Value {
        try await envelope(call).data
    }

    /// Sends a request and reads a page of a list.
    func page<Item: Decodable & Sendable>(_ call: Call, of type: Item.Type = Item.self) async throws -> Page<
        Item
    > {
        let answer: Envelope<[Item]> = try await envelope(call)
        return Page(items: answer.data, nextCursor: answer.meta.nextCursor)
    }

    /// Reads a page of a list that is narrowed by nothing else.
    func page<Item: Decodable & Sendable>(
        _ path: String, _ limit: Int?, _ cursor: String?
    ) async throws -> Page<Item> {
        var call = Call(.GET, path)
        call.page(limit, cursor)
        return try await page(call)
    }

    /// Sends a request whose answer has no body.
    func send(_ call: Call) async throws { _ = try await bytes(call) }

    private func envelope<Value: Decodable>(_ call: Call) async throws -> Envelope<Value> {
        let (bytes, id) = try await bytes(call)
        do {
            return try Envelope<Value>.read(bytes)
        } catch {
            throw AvatariumError(
                .unknownError,
                "the response of \(call.path) is not as expected: \(error); use the client of the server's "
                    + "version", context: ["requestId": id ?? ""], cause: error)
        }
    }

    /// Sends a request and reads its whole answer.
    func bytes(_ call: Call) async throws -> (bytes: [UInt8], requestID: String?) {
        try await attempts(call) { response in
            let buffer = try await response.body.collect(upTo: Self.largestAnswer)
            return (Array(buffer.readableBytesView), response.headers.first(name: "x-request-id"))
        }
    }

    /// Sends a request until it is answered by 2xx.
    func attempts<Value: Sendable>(
        _ call: Call, _ read: @Sendable (HTTPClientResponse) async throws -> Value
    ) async throws -> Value {
        let policy = RetryPolicy(attempts: retries.attempts, firstDelay: retries.firstDelay)
        var attempt = 1
        while true {
            let failure: AvatariumError
            var pause: Duration?
            do {
                let response = try await HTTPClient.failingFast.execute(
                    try request(call),
                    timeout: .milliseconds(Int64((timeout + call.patience) / .milliseconds(1)))
                )
                if (200..<300).contains(response.status.code) { return try await read(response) }
                let status = Int(response.status.code)
                let body = try await response.body.collect(upTo: Self.largestAnswer)
                let refused = ServiceFailure(
                    status: status, body: try? JSONParser.parse(Array(body.readableBytesView)),
                    requestID: response.headers.first(name: "x-request-id"), hasKey: key != nil,
                    retryAfter: RetryPolicy.retryAfter { response.headers.first(name: $0) }
                ).error
                guard status == 429 || status >= 500 else { throw refused }
                failure = refused
                pause = refused.retryAfter.map { .milliseconds($0) }
            } catch let error as AvatariumError {
                throw error
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                try Task.checkCancellation()
                let (error, mayHaveArrived) = Self.broken(error)
                guard call.isRepeatable || !mayHaveArrived else { throw error }
                failure = error
            }
            guard attempt < retries.attempts, pause ?? .zero <= retries.longestDelay else { throw failure }
            try await Task.sleep(for: policy.delay(after: attempt, retryAfter: pause))
            attempt += 1
        }
    }

    private func request(_ call: Call) throws -> HTTPClientRequest {
        guard key?.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) ?? true else {
            throw AvatariumError(
                .apiKeyInvalid,
                "the key contains a space or a line break, which keys never do; copy it again")
        }
        var address = base + call.path
        for (index, pair) in call.query.enumerated() {
            address += "\(index == 0 ? "?" : "&")\(Self.escaped(pair.name))=\(Self.escaped(pair.value))"
        }
        var request = HTTPClientRequest(url: address)
        request.method = call.method
        request.headers.add(name: "user-agent", value: "avatarium-swift")
        if let key { request.headers.add(name: "authorization", value: "Bearer \(key)") }
        for (name, value) in call.headers { request.headers.add(name: name, value: value) }
        if let body = call.body {
            request.headers.add(name: "content-type", value: body.type)
            request.body = .bytes(ByteBuffer(bytes: body.bytes))
        }
        return request
    }

    /// A part of a path or of a query: letters, digits and `-._~` stay (RFC 3986, 2.3).
    static func escaped(_ text: some StringProtocol) -> String {
        let plain = CharacterSet(
            charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        return text.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
    }

    /// A failure below HTTP, and whether the request may have arrived all the same.
    private static func broken(_ problem: any Error) -> (AvatariumError, mayHaveArrived: Bool) {
        switch problem {
        case is NIOTooManyBytesError:
            return (AvatariumError(.unknownError, "the response is larger than any of the service's"), true)
        case let problem as HTTPClientError where problem == .connectTimeout:
            return (unreachable(problem), false)
        case let problem as HTTPClientError
        where [.deadlineExceeded, .readTimeout, .writeTimeout].contains(problem):
            return (
                AvatariumError(.timeout, "the service did not answer in time; try again", cause: problem),
                true
            )
        case let problem as HTTPClientError
        where [.remoteConnectionClosed, .uncleanShutdown, .bodyLengthMismatch].contains(problem):
            return (
                AvatariumError(
                    .networkError, "the service closed the connection before its response ended; try again",
                    cause: problem), true
            )
        case is HTTPParserError:
            return (
                AvatariumError(.networkError, "the response is not HTTP; check the URL", cause: problem), true
            )
        case is NIOConnectionError, is IOError: return (unreachable(problem), false)
        default: return (unreachable(problem), true)
        }
    }

    private static func unreachable(_ cause: any Error) -> AvatariumError {
        AvatariumError(
            .connectionFailed, "the service cannot be reached; check its URL and that it runs", cause: cause)
    }
}

/// A page of a list, newest first.
public struct Page<Item: Sendable>: Sendable {
    public var items: [Item]
    /// The cursor of the next page; nil on the last page.
    public var nextCursor: String?
}

/// What every answer of JSON is wrapped in.
struct Envelope<Value: Decodable>: Decodable {
    struct Meta: Decodable {
        var requestId: String
        var nextCursor: String?
    }
    var data: Value
    var meta: Meta

    static func read(_ bytes: [UInt8]) throws -> Envelope {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        decoder.dateDecodingStrategy = .custom { decoder in
            let text = try decoder.singleValueContainer().decode(String.self)
            let style = Date.ISO8601FormatStyle(includingFractionalSeconds: text.contains("."))
            return try Date(text, strategy: style)
        }
        return try decoder.decode(Envelope.self, from: Data(bytes))
    }
}

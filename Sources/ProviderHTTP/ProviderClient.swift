import AsyncHTTPClient
import AvatariumCore
import Foundation
import NIOCore
import NIOHTTP1

/// Requests to a vendor with the caller's own key, tried again where that helps: whole JSON answers, and streams of
/// server-sent events.
package struct ProviderClient: Sendable {
    /// The vendor's name in errors: `"elevenlabs"`.
    package var provider: String
    /// The address before every path, without a slash at its end.
    package var base: String
    package var key: ProviderKey
    /// Where the key goes.
    package var placement: KeyPlacement
    /// Headers of every request besides the key's: a version, an organisation.
    package var headers: [(name: String, value: String)] = []
    package var policy: RetryPolicy
    /// The code of a failure that the vendor does not explain: `ttsProviderError`, `aiProviderError`.
    package var unexplained: ErrorCode
    /// What an answer other than 200 means: its status, its body where that is JSON.
    package var failure: @Sendable (Int, JSON?) -> Failure

    /// The header that carries the key.
    package enum KeyPlacement: Sendable {
        /// A header of the vendor's own, with the key alone.
        case header(String)
        /// `Authorization: Bearer KEY` (RFC 6750).
        case bearer
    }

    /// A vendor's refusal, classified.
    package struct Failure: Sendable {
        package var code: ErrorCode
        /// The vendor's own words.
        package var message: String
        /// Whether waiting will not help, whatever the status says: a quota that is used up.
        package var isPermanent: Bool
        /// Whether waiting helps, besides 429 and 5xx, where it always may.
        package var isTemporary = false
        /// The wait that the body asks for, where no header does.
        package var retryAfter: Duration?

        package init(code: ErrorCode, message: String, isPermanent: Bool = false) {
            self.code = code
            self.message = message
            self.isPermanent = isPermanent
        }
    }

    /// Answers larger than this many bytes are refused: ten minutes of base64 at 24 kHz.
    package static let maximumBytes = 64 << 20
    /// Messages of vendors are cut to this many characters.
    private static let longestMessage = 300

    package init(
        provider: String, base: String, key: ProviderKey, placement: KeyPlacement,
        headers: [(name: String, value: String)] = [], policy: RetryPolicy = .standard,
        unexplained: ErrorCode, failure: @escaping @Sendable (Int, JSON?) -> Failure
    ) {
        self.provider = provider
        self.base = base
        self.key = key
        self.placement = placement
        self.headers = headers
        self.policy = policy
        self.unexplained = unexplained
        self.failure = failure
    }

    /// Returns the body of a 200 answer to a GET, or to a POST where there is a body to send.
    /// - Throws: what `failure` says; E001, E004 where there is no answer; E005 where the deadline passes; E051 after
    ///   the last 429; `unexplained` after the last 5xx.
    package func send(_ path: String, body: JSON? = nil) async throws -> JSON {
        let deadline = ContinuousClock.now + policy.deadline
        return try await withThrowingTaskGroup(of: JSON.self) { group in
            group.addTask {
                try await Task.sleep(until: deadline, clock: .continuous)
                throw tooLate()
            }
            group.addTask {
                try await attempts(path, body, accept: "application/json", until: deadline) { response in
                    let bytes = Array(buffer: try await response.body.collect(upTo: Self.maximumBytes))
                    guard let value = try? JSONParser.parse(bytes) else {
                        throw error(
                            unexplained, "sent a response that is not valid JSON; try again", status: 200)
                    }
                    return value
                }
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }

    /// Streams the events of a 200 answer to a POST (`text/event-stream`), until it ends or the deadline passes.
    ///
    /// Only what fails before the first event is tried again: what was heard cannot be taken back.
    /// - Throws: as `send`; E004 where the stream breaks off inside an event.
    package func events(_ path: String, body: JSON) -> AsyncThrowingStream<ServerSentEvent, any Error> {
        AsyncThrowingStream { continuation in
            let task = Task {
                do {
                    try await events(path, body) { continuation.yield($0) }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    private func events(
        _ path: String, _ body: JSON, give: (ServerSentEvent) -> Void
    ) async throws {
        let deadline = ContinuousClock.now + policy.deadline
        let response = try await attempts(
            path, body, accept: "text/event-stream", until: deadline
        ) { $0 }
        var parser = ServerSentEventParser(limit: Self.maximumBytes)
        do {
            for try await part in response.body {
                for event in try parser.events(in: part.readableBytesView) { give(event) }
            }
        } catch is ServerSentEventParser.TooLong {
            throw error(unexplained, "sent an event of more than 64 MiB; request less")
        } catch {
            try Task.checkCancellation()
            throw failed(error).error
        }
    }

    /// Why a try failed, and whether and when the next may succeed.
    private struct Setback {
        var error: AvatariumError
        var mayRetry: Bool
        var retryAfter: Duration?
    }

    private func attempts<Value: Sendable>(
        _ path: String, _ body: JSON?, accept: String, until deadline: ContinuousClock.Instant,
        _ read: @Sendable (HTTPClientResponse) async throws -> Value
    ) async throws -> Value {
        var attempt = 1
        while true {
            try Task.checkCancellation()
            let setback: Setback
            do {
                let response = try await HTTPClient.failingFast.execute(
                    request(path, body, accept: accept), timeout: .left(until: deadline))
                if response.status == .ok { return try await read(response) }
                setback = try await refused(response)
            } catch is CancellationError {
                throw CancellationError()
            } catch let error as AvatariumError {
                throw error
            } catch {
                try Task.checkCancellation()
                setback = failed(error)
            }
            let delay = policy.delay(after: attempt, retryAfter: setback.retryAfter)
            guard setback.mayRetry, attempt < policy.attempts, ContinuousClock.now + delay < deadline else {
                throw setback.error
            }
            try await Task.sleep(for: delay)
            attempt += 1
        }
    }

    private func request(_ path: String, _ body: JSON?, accept: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: base + path)
        switch placement {
        // A server of one's own asks for no key.
        case _ where key.secret.isEmpty: break
        case .header(let name): request.headers.add(name: name, value: key.secret)
        case .bearer: request.headers.add(name: "authorization", value: "Bearer \(key.secret)")
        }
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        request.headers.add(name: "accept", value: accept)
        if let body {
            request.method = .POST
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body.encoded()))
        }
        return request
    }

    /// An answer other than 200.
    private func refused(_ response: HTTPClientResponse) async throws -> Setback {
        let status = Int(response.status.code)
        let bytes = Array(buffer: try await response.body.collect(upTo: Self.maximumBytes))
        let known = failure(status, try? JSONParser.parse(bytes))
        let words =
            known.message.isEmpty
            ? "status \(status)" : key.redacted(known.message).quotedForMessage(limit: Self.longestMessage)
        let advice = response.headers.first(name: "x-should-retry")?.lowercased()
        let isTemporary = status == 429 || (500...599).contains(status) || known.isTemporary
        guard isTemporary || advice == "true", !known.isPermanent else {
            return Setback(error: error(known.code, "refused: \(words)", status: status), mayRetry: false)
        }
        let after = RetryPolicy.retryAfter { response.headers.first(name: $0) } ?? known.retryAfter
        var failed =
            status == 429
            ? error(.rateLimited, "asks to wait: \(words)", status: status)
            : error(
                isTemporary && !known.isTemporary ? unexplained : known.code, "failed: \(words)",
                status: status)
        failed.retryAfter = after.map { Int(($0 / .milliseconds(1)).rounded(.up)) }
        return Setback(error: failed, mayRetry: advice != "false", retryAfter: after)
    }

    /// A failure below HTTP.
    private func failed(_ problem: any Error) -> Setback {
        switch problem {
        case is NIOTooManyBytesError:
            return Setback(
                error: error(
                    unexplained,
                    "sent a response of more than 64 MiB; request less"), mayRetry: false
            )
        case let problem as HTTPClientError where [.invalidURL, .emptyHost, .emptyScheme].contains(problem):
            return Setback(
                error: AvatariumError(
                    .invalidConfig,
                    "the address '\(base.quotedForMessage())' of \(provider) is not a URL; write https://host",
                    context: ["provider": provider, "field": "url"]), mayRetry: false)
        case let problem as HTTPClientError
        where [.deadlineExceeded, .readTimeout, .writeTimeout].contains(problem):
            return Setback(error: tooLate(problem), mayRetry: false)
        case let problem as HTTPClientError
        where [.remoteConnectionClosed, .uncleanShutdown, .bodyLengthMismatch].contains(problem):
            return Setback(
                error: error(
                    .networkError,
                    "closed the connection before its response ended", cause: problem),
                mayRetry: true)
        case is HTTPParserError:
            return Setback(
                error: error(
                    .networkError, "closed the connection or violated HTTP in its response", cause: problem),
                mayRetry: true)
        default:
            return Setback(
                error: error(.connectionFailed, "cannot be reached; check the network", cause: problem),
                mayRetry: true)
        }
    }

    private func tooLate(_ cause: (any Error)? = nil) -> AvatariumError {
        error(
            .timeout, "did not answer within \(policy.deadline); try again, or check the connection",
            cause: cause)
    }

    private func error(
        _ code: ErrorCode, _ message: String, status: Int? = nil, cause: (any Error)? = nil
    ) -> AvatariumError {
        var context = ["provider": provider]
        context["status"] = status.map(String.init)
        return AvatariumError(code, "\(provider) \(message)", context: context, cause: cause)
    }
}

extension TimeAmount {
    fileprivate static func left(until deadline: ContinuousClock.Instant) -> TimeAmount {
        .milliseconds(Int64(max(1, ContinuousClock.now.duration(to: deadline) / .milliseconds(1))))
    }
}

import AsyncHTTPClient
import AvatariumCore
import Foundation
import NIOCore
import NIOHTTP1

/// Requests to a speech provider with the caller's own key, tried again where that helps.
struct ProviderClient: Sendable {
    /// `"elevenlabs"`.
    var provider: String
    /// Without a slash at its end.
    var base: String
    var key: ProviderKey
    /// The header that carries the key.
    var keyHeader: String
    var policy: RetryPolicy
    /// What an answer other than 200 means: its status, its body where that is JSON.
    var failure: @Sendable (Int, JSON?) -> Failure

    /// A provider's refusal, classified.
    struct Failure: Sendable {
        var code: ErrorCode
        /// The provider's own words.
        var message: String
    }

    /// Answers larger than this many bytes are refused: ten minutes of base64 at 24 kHz.
    static let maximumBytes = 64 << 20

    /// Made at the first request. Tries are counted here, not there.
    private static let http: HTTPClient = {
        var configuration = HTTPClient.Configuration.singletonConfiguration
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout.connect = .seconds(10)
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// The body of a 200 answer to a GET, or to a POST where there is a body to send.
    /// - Throws: what `failure` says; E001, E004 where there is no answer; E005 where the deadline passes; E051 after
    ///   the last 429; E032 after the last 5xx.
    func send(_ path: String, body: JSON? = nil) async throws -> JSON {
        let deadline = ContinuousClock.now + policy.deadline
        return try await withThrowingTaskGroup(of: JSON.self) { group in
            group.addTask {
                try await Task.sleep(until: deadline, clock: .continuous)
                throw error(
                    .timeout,
                    "did not answer within \(policy.deadline); try again, or check the connection")
            }
            group.addTask { try await persist(path, body, until: deadline) }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }

    /// What one try came to.
    private enum Outcome {
        case success(JSON)
        case final(AvatariumError)
        case passing(AvatariumError, retryAfter: Duration?)
    }

    private func persist(
        _ path: String, _ body: JSON?, until deadline: ContinuousClock.Instant
    ) async throws -> JSON {
        var attempt = 1
        while true {
            try Task.checkCancellation()
            switch try await once(path, body, until: deadline) {
            case .success(let value): return value
            case .final(let error): throw error
            case .passing(let error, let retryAfter):
                let delay = policy.delay(after: attempt, retryAfter: retryAfter)
                guard attempt < policy.attempts, ContinuousClock.now + delay < deadline else { throw error }
                try await Task.sleep(for: delay)
                attempt += 1
            }
        }
    }

    private func once(
        _ path: String, _ body: JSON?, until deadline: ContinuousClock.Instant
    ) async throws -> Outcome {
        var request = HTTPClientRequest(url: base + path)
        request.headers.add(name: keyHeader, value: key.secret)
        request.headers.add(name: "accept", value: "application/json")
        if let body {
            request.method = .POST
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body.encoded()))
        }
        let response: HTTPClientResponse
        let bytes: [UInt8]
        do {
            let left = ContinuousClock.now.duration(to: deadline)
            response = try await Self.http.execute(
                request, timeout: .milliseconds(Int64(max(1, left / .milliseconds(1)))))
            bytes = Array(buffer: try await response.body.collect(upTo: Self.maximumBytes))
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            try Task.checkCancellation()
            return outcome(of: error)
        }
        return outcome(of: response, bytes)
    }

    private func outcome(of response: HTTPClientResponse, _ bytes: [UInt8]) -> Outcome {
        let status = Int(response.status.code)
        let value = try? JSONParser.parse(bytes)
        guard status != 200 else {
            guard let value else {
                return .final(
                    error(.ttsProviderError, "gave an answer that is not valid JSON; try again", status: 200))
            }
            return .success(value)
        }
        let known = failure(status, value)
        let words = known.message.isEmpty ? "status \(status)" : key.redacted(known.message)
        guard status == 429 || (500...599).contains(status) else {
            return .final(error(known.code, "refused: \(words)", status: status))
        }
        // A quota that is used up does not come back in seconds.
        if known.code == .ttsQuotaExceeded {
            return .final(error(known.code, "refused: \(words)", status: status))
        }
        let after = RetryPolicy.retryAfter(response.headers.first(name: "retry-after"))
        var passing =
            status == 429
            ? error(.rateLimited, "asks to wait: \(words)", status: status)
            : error(.ttsProviderError, "failed: \(words)", status: status)
        passing.retryAfter = after.map {
            Int($0.components.seconds * 1000 + $0.components.attoseconds / 1_000_000_000_000_000)
        }
        return .passing(passing, retryAfter: after)
    }

    /// Failures below HTTP.
    private func outcome(of problem: any Error) -> Outcome {
        switch problem {
        case is NIOTooManyBytesError:
            return .final(error(.ttsProviderError, "gave an answer of more than 64 MiB; give a shorter text"))
        case let problem as HTTPClientError where [.invalidURL, .emptyHost, .emptyScheme].contains(problem):
            return .final(
                AvatariumError(
                    .invalidConfig, "the address '\(base)' of \(provider) is not a URL; write https://host",
                    context: ["provider": provider, "field": "url"]))
        case let problem as HTTPClientError
        where [.deadlineExceeded, .readTimeout, .writeTimeout].contains(problem):
            return .final(
                error(.timeout, "did not answer within \(policy.deadline); try again later", cause: problem))
        case let problem as HTTPClientError
        where [.remoteConnectionClosed, .uncleanShutdown, .bodyLengthMismatch].contains(problem):
            return .passing(
                error(.networkError, "closed the connection before its answer ended", cause: problem),
                retryAfter: nil)
        case is HTTPParserError:
            return .passing(
                error(.networkError, "closed the connection or broke HTTP inside its answer", cause: problem),
                retryAfter: nil)
        default:
            return .passing(
                error(.connectionFailed, "cannot be reached; check the network", cause: problem),
                retryAfter: nil)
        }
    }

    private func error(
        _ code: ErrorCode, _ message: String, status: Int? = nil, cause: (any Error)? = nil
    ) -> AvatariumError {
        var context = ["provider": provider]
        context["status"] = status.map(String.init)
        return AvatariumError(code, "\(provider) \(message)", context: context, cause: cause)
    }
}

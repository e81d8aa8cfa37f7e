import AsyncHTTPClient
import AvatariumCore
import Crypto
import Foundation
import NIOCore
import NIOHTTP1
import ServiceHTTP
import Synchronization

/// Sends signed requests to one bucket, and again where that helps.
final class S3Client: Sendable {
    /// One request before it is signed.
    struct Request: Sendable {
        var method: HTTPMethod
        /// The key with the configuration's prefix; empty for the bucket.
        var name = ""
        var query: [(name: String, value: String)] = []
        var headers: [(name: String, value: String)] = []
        var body = Body.empty
        /// For errors.
        var key: ObjectKey?
    }

    enum Body: Sendable {
        case empty
        case bytes([UInt8])
        case file(FileChunks, sha256: String)
    }

    /// Answers that are not objects: S3's lists of 1000 entries are below 1 MiB.
    private static let maximumAnswer = 4 << 20
    private static let maximumDelay = Duration.seconds(5)

    /// Shared by all stores, and never shut down: it lives as long as the process.
    private static let http: HTTPClient = {
        var configuration = HTTPClient.Configuration.singletonConfiguration
        configuration.redirectConfiguration = .disallow
        // Objects come as they are stored, and S3 speaks HTTP/1.1 only.
        configuration.decompression = .disabled
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout.connect = .seconds(10)
        configuration.timeout.read = .seconds(60)
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// What the server has taught.
    private struct Learned {
        var configuration: S3Configuration
        /// The server's clock minus ours, in seconds.
        var skew: TimeInterval = 0
    }

    private let learned: Mutex<Learned>

    init(_ configuration: S3Configuration) { learned = Mutex(Learned(configuration: configuration)) }

    var configuration: S3Configuration { learned.withLock { $0.configuration } }

    /// A signer with the server's present time.
    var signer: SigV4 {
        learned.withLock { learned in
            SigV4(
                credentials: learned.configuration.credentials, region: learned.configuration.region,
                date: Date(timeIntervalSinceNow: learned.skew))
        }
    }

    /// Sends a request until it succeeds: answers 2xx come back with their body still to be read.
    ///
    /// Connection errors, 429 and 5xx are tried again after a random wait (full jitter,
    /// `S3Configuration.firstDelay`). A wrong clock, a wrong region and a temporary redirect are corrected
    /// once each.
    /// - Throws: `S3Failure`'s errors.
    func send(_ request: Request) async throws -> HTTPClientResponse {
        var attempt = 1
        var corrections: Set<String> = []
        var detour: S3Place?
        while true {
            try Task.checkCancellation()
            do {
                let response = try await once(request, detour)
                if (200..<300).contains(response.status.code) { return response }
                let refusal = await S3Refusal(response)
                if let correction = correction(of: refusal), corrections.insert(correction.name).inserted {
                    if case .detour(let place) = correction { detour = place }
                    continue
                }
                throw S3Failure.answer(
                    status: refusal.status, code: refusal.code, requestID: refusal.requestID,
                    retryAfter: refusal.retryAfter, bucket: configuration.bucket, key: request.key)
            } catch {
                let failure = S3Failure.transport(error, key: request.key)
                guard let known = failure as? AvatariumError, known.recoverable,
                    attempt < configuration.attempts
                else {
                    throw failure
                }
                let bound = configuration.firstDelay * (1 << min(attempt - 1, 10))
                let wait = max(bound * Double.random(in: 0...1), .milliseconds(known.retryAfter ?? 0))
                try await Task.sleep(for: min(wait, Self.maximumDelay))
                attempt += 1
            }
        }
    }

    /// Sends a request and reads its short answer.
    func answer(_ request: Request) async throws -> [UInt8] {
        let response = try await send(request)
        do {
            return Array(buffer: try await response.body.collect(upTo: Self.maximumAnswer))
        } catch {
            throw S3Failure.transport(error, key: request.key)
        }
    }

    private func once(_ request: Request, _ detour: S3Place?) async throws -> HTTPClientResponse {
        let target = detour ?? configuration.place(of: request.name)
        let payload: String
        var body: HTTPClientRequest.Body?
        var length = 0
        switch request.body {
        case .empty: payload = SigV4.emptyPayload
        case .bytes(let bytes):
            payload = SHA256.hash(data: bytes).hex
            body = .bytes(ByteBuffer(bytes: bytes))
            length = bytes.count
        case .file(let chunks, let sha256):
            payload = sha256
            length = chunks.range.count
            body = length == 0 ? nil : .stream(chunks, length: .known(Int64(length)))
        }
        let headers = signer.authorized(
            method: request.method.rawValue, path: target.path, query: request.query,
            headers: [("host", target.endpoint.authority)] + request.headers, payload: payload)
        let query = request.query.isEmpty ? "" : "?" + SigV4.encodedQuery(request.query)
        var message = HTTPClientRequest(url: target.url + query)
        message.method = request.method
        message.headers = HTTPHeaders(headers.map { ($0.name, $0.value) })
        message.body = body
        // A minute, and the time of the body at 128 KiB/s.
        return try await Self.http.execute(message, timeout: .seconds(60 + Int64(length >> 17)))
    }

    /// What a refusal teaches; it is kept for later requests.
    private func correction(of refusal: S3Refusal) -> S3Correction? {
        learned.withLock { learned in
            if refusal.code == "RequestTimeTooSkewed", let date = refusal.date {
                learned.skew = date.timeIntervalSinceNow
                return .clock
            }
            // Never from HTTPS to HTTP, where the session token could be read.
            if refusal.status == 307, let place = refusal.location.flatMap({ S3Place(redirect: $0) }),
                place.endpoint.scheme == learned.configuration.endpoint.scheme
            {
                return .detour(place)
            }
            // HEAD has no body: status 301 or 400 and the header must do.
            if [301, 400].contains(refusal.status), let region = refusal.region {
                // Another request may have learned it since this one was signed.
                if region != learned.configuration.region {
                    learned.configuration = learned.configuration.moved(to: region)
                }
                return .region
            }
            return nil
        }
    }
}

import AsyncHTTPClient
import AvatariumCore
import Foundation
import NIOCore
import NIOHTTP1
import ObjectStorage
import ServiceHTTP

/// Requests to URLs that users gave, which must not reach the operator's own network (server-side request
/// forgery).
///
/// The host is resolved first and all its addresses are judged as numbers; then the connection goes to a
/// judged address and not to whatever DNS says by then. TLS still checks the certificate against the host's
/// name. Redirects are followed here, each judged anew.
public struct SafeFetcher: Sendable {
    let policy: FetchPolicy
    let resolver: HostResolver

    public init(policy: FetchPolicy = FetchPolicy(), resolver: HostResolver = .system) {
        self.policy = policy
        self.resolver = resolver
    }

    /// What a download is for, and what its failure means.
    public struct Subject: Sendable {
        /// The field of the request that held the URL.
        public var field: String
        /// Raised when the server has no such file: E021 for avatars, E033 for audio.
        public var unreadable: ErrorCode

        public init(field: String, unreadable: ErrorCode) {
            self.field = field
            self.unreadable = unreadable
        }

        public static let avatar = Subject(field: "avatar_url", unreadable: .avatarLoadFailed)
        public static let audio = Subject(field: "audio_url", unreadable: .ttsAudioDecodeFailed)
    }

    /// A file that was downloaded. The content type is only what the server says: look into the file.
    public struct Fetched: Sendable {
        public var file: LocalFile
        public var contentType: MediaType?
        /// The URL after redirects.
        public var url: FetchURL
    }

    /// The answer to a POST.
    public struct Answer: Sendable, Equatable {
        public var status: Int
        public var retryAfter: Duration?
        /// The first 4 KiB of the body, for the delivery log.
        public var excerpt: [UInt8]
    }

    /// Judges a URL as a download or POST would, DNS included, and sends nothing. Use it when a webhook is
    /// registered.
    /// - Throws: E093 if it is malformed or forbidden; E001 or E005 if the host cannot be resolved.
    public func check(_ url: String, field: String) async throws {
        let place = try FetchURL(url, field: field)
        try await withDeadline(policy.deadline, place, field) {
            _ = try await judged(place, field)
        }
    }

    /// Downloads a file.
    /// - Parameters:
    ///   - path: Where it goes; replaced if it is there, removed again on failure.
    ///   - limit: In bytes; longer files are refused, before they are read if the server tells their length.
    /// - Throws: E093 for a URL that is malformed or forbidden, or for a file that is too long;
    ///   `subject.unreadable` for a status other than 200; E001, E004 or E005 for the network; E025 if the
    ///   disk refuses.
    public func download(
        _ url: String, to path: String, limit: Int, subject: Subject
    ) async throws -> Fetched {
        let place = try FetchURL(url, field: subject.field)
        return try await withDeadline(policy.deadline, place, subject.field) {
            try await follow(place, path, limit, subject)
        }
    }

    /// Sends a small body, as webhooks do. Redirects are not followed: their status comes back.
    /// - Parameter timeout: For everything, the lookup of the host included.
    /// - Throws: E093 for a URL that is malformed or forbidden; E001, E004 or E005 for the network.
    public func post(
        _ url: String, headers: [(name: String, value: String)], body: [UInt8], field: String,
        timeout: Duration = .seconds(20)
    ) async throws -> Answer {
        let fields = headers
        let place = try FetchURL(url, field: field)
        return try await withDeadline(timeout, place, field) {
            var request = Self.request(place, .POST)
            for (name, value) in fields { request.headers.replaceOrAdd(name: name, value: value) }
            request.body = .bytes(ByteBuffer(bytes: body))
            return try await exchange(request, place, field) { response in
                var excerpt: [UInt8] = []
                for try await chunk in response.body {
                    excerpt += chunk.readableBytesView.prefix(4096 - excerpt.count)
                    if excerpt.count >= 4096 { break }
                }
                return Answer(
                    status: Int(response.status.code),
                    retryAfter: RetryAfter.parse(response.headers.first(name: "retry-after")),
                    excerpt: excerpt)
            }
        }
    }

    // MARK: One request

    private enum Step {
        case fetched(Fetched)
        case redirected(FetchURL)
    }

    private func follow(
        _ start: FetchURL, _ path: String, _ limit: Int, _ subject: Subject
    ) async throws -> Fetched {
        var next = start
        for _ in 0...max(0, policy.maximumRedirects) {
            let place = next
            let step = try await exchange(Self.request(place, .GET), place, subject.field) { response in
                try await take(response, place, path, limit, subject)
            }
            switch step {
            case .fetched(let file): return file
            case .redirected(let target): next = target
            }
        }
        throw FetchFailure.refusal(
            subject.unreadable, next, subject.field, "redirects more than \(policy.maximumRedirects) times")
    }

    private func take(
        _ response: HTTPClientResponse, _ place: FetchURL, _ path: String, _ limit: Int, _ subject: Subject
    ) async throws -> Step {
        let status = Int(response.status.code)
        if [301, 302, 303, 307, 308].contains(status), let location = response.headers.first(name: "location")
        {
            return .redirected(try place.redirected(to: location, field: subject.field))
        }
        guard status == 200 else {
            throw FetchFailure.refusal(
                subject.unreadable, place, subject.field, "answered with status \(status)", status: status)
        }
        let encoding = response.headers.first(name: "content-encoding")?.lowercased() ?? "identity"
        guard encoding == "identity" else {
            throw FetchFailure.refusal(
                subject.unreadable, place, subject.field,
                "sent the file compressed, although it was asked not to")
        }
        let announced = response.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
        guard announced <= limit else { throw FetchFailure.tooLong(place, subject.field, limit) }
        let writer = try LocalFileWriter(path: path)
        // Now, and not when the last task that knew the writer has gone.
        defer { writer.discard() }
        for try await chunk in response.body {
            let length = try await writer.write(chunk)
            guard length <= limit else { throw FetchFailure.tooLong(place, subject.field, limit) }
        }
        return .fetched(
            Fetched(
                file: try await writer.finish(),
                contentType: response.headers.first(name: "content-type").flatMap { MediaType($0) },
                url: place))
    }
}

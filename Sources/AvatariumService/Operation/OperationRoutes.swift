import Avatarium
import AvatariumCore
import Foundation
import HTTPTypes
import Hummingbird
import ObjectStorage
import PrometheusMetrics
import ServiceHTTP
import ServiceStore

/// What those who run the service ask: health, readiness, metrics; and the files of signed URLs, and voices.
struct OperationRoutes {
    let backend: Backend

    var routes: [Route] {
        [
            Route(.get, "/healthz", .open, health),
            Route(.get, "/readyz", .open, ready),
            Route(.get, "/metrics", .open, metrics),
            Route(.get, "/v1/voices", .scope(.renders), query: ["language", "provider"], voices),
            Route(
                .get, "/v1/files/**", .open, query: ["exp", "sig", "name"], hasVersions: true, file),
        ]
    }

    /// The process is alive: nothing else is asked, so that a database that is away restarts nobody.
    @Sendable private func health(_ request: Request, _ context: ServiceContext) async throws -> Response {
        context.answer(.members(["status": .string("ok")]))
    }

    @Sendable private func ready(_ request: Request, _ context: ServiceContext) async throws -> Response {
        var failing: [String] = []
        if backend.drain.isDraining { failing.append("draining") }
        if await fails({ try await backend.store.ping() }) { failing.append("database") }
        if await fails({ try await backend.objects.check() }) { failing.append("storage") }
        if Disk.freeBytes(at: backend.work.root).map({ $0 < 256 << 20 }) ?? true { failing.append("disk") }
        guard failing.isEmpty else {
            throw APIError.temporarilyUnavailable(
                "not ready: \(failing.joined(separator: ", "))", retryAfter: 5)
        }
        return context.answer(
            .members(["status": .string("ready"), "role": .string(backend.configuration.role.rawValue)]))
    }

    private func fails(_ check: @escaping @Sendable () async throws -> Void) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { (try? await check()) == nil }
            group.addTask {
                try? await Task.sleep(for: .seconds(1))
                return true
            }
            defer { group.cancelAll() }
            return await group.next() ?? true
        }
    }

    @Sendable private func metrics(_ request: Request, _ context: ServiceContext) async throws -> Response {
        if let token = backend.configuration.metricsToken {
            guard let sent = request.headers[.authorization],
                ConstantTime.equal(Array(sent.utf8), Array("Bearer \(token)".utf8))
            else {
                throw APIError(.unauthorized, "metrics need their own token; send Authorization: Bearer ...")
            }
        } else if context.client?.isLoopback == false {
            throw APIError(
                .forbidden,
                "metrics are available only from this host unless AVATARIUM_METRICS_TOKEN is set")
        }
        return .text(
            backend.metrics.registry.text(), type: PrometheusRegistry.contentType,
            headers: [.cacheControl: "no-store"])
    }

    @Sendable private func voices(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let query = try QueryFields(request)
        let language = query.string("language")?.lowercased()
        let provider = query.string("provider")?.lowercased()
        let all =
            if let provider {
                try await ProviderVoices(backend: backend).list(
                    provider, account: context.requirePrincipal().id)
            } else {
                try await backend.voices.voices()
            }
        let voices = all.filter { voice in
            language.map { voice.language.hasPrefix($0) } ?? true
        }
        return context.answer(
            .array(
                voices.map { voice in
                    .members([
                        "id": .string(voice.id), "name": .string(voice.name),
                        "language": .string(voice.language),
                        "gender": .optional(voice.gender), "engine": .string(voice.engine),
                    ])
                }), nextCursor: .some(nil))
    }

    /// A file by a signed URL, which needs no key until it expires.
    @Sendable private func file(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let prefix = "/v1/files/"
        guard request.uri.path.hasPrefix(prefix),
            let key = String(request.uri.path.dropFirst(prefix.count)).removingPercentEncoding
        else { throw APIError(.notFound, "there is no such file") }
        let query = try QueryFields(request)
        let (expires, signature, name) = (query.string("exp"), query.string("sig"), query.string("name"))
        switch backend.files.judge(objectKey: key, filename: name, expires: expires, signature: signature) {
        case .valid: break
        case .expired:
            throw APIError(.forbidden, "the URL has expired; GET the render again for a new one")
        case .forged: throw APIError(.forbidden, "the URL's signature is wrong; copy the complete URL")
        }
        if StoredPlaylist.isPlaylist(key) {
            // What it is depends on when it is read.
            try Conditions.refuse(request)
            return try await playlist(key)
        }
        let type =
            VideoFormat.allCases.first { key.hasSuffix(".\($0.rawValue)") }?.contentType
            ?? StoredPlaylist.contentType(of: key)
        // A key holds the token of the attempt that made the file, so it names one content for ever.
        let tag = EntityTag(opaque: key.split(separator: "/").last.map(String.init) ?? key)
        return try await FileAnswer(backend: backend).response(
            request, key: key, contentType: type ?? "application/octet-stream", etag: tag, filename: name)
    }

    /// A playlist by a signed URL: the URLs in it are signed too, and work for an hour from now on.
    private func playlist(_ key: String) async throws -> Response {
        var text: [UInt8] = []
        for try await chunk in try await backend.objects.read(ObjectKey(key), range: nil).chunks {
            text += chunk.readableBytesView
        }
        return .text(
            StoredPlaylist.signed(String(decoding: text, as: UTF8.self), key: key) {
                backend.signature(of: $0)
            }, type: VideoFormat.hls.contentType, headers: [.cacheControl: "no-store"])
    }
}

extension IPAddress {
    /// 127.0.0.0/8 and ::1.
    var isLoopback: Bool {
        switch unmapped {
        case .v4(let value): value >> 24 == 127
        case .v6(let high, let low): high == 0 && low == 1
        }
    }
}

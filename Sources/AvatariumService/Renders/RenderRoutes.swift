import Avatarium
import AvatariumCore
import Foundation
import HTTPTypes
import Hummingbird
import ObjectStorage
import ServiceHTTP
import ServiceStore

/// Clips: `/v1/renders`.
struct RenderRoutes {
    let backend: Backend
    private static let longestWait = 60
    /// Orders in one request.
    private static let largestBatch = 100

    var routes: [Route] {
        [
            Route(.post, "/v1/renders", .scope(.renders), create),
            .list("/v1/renders", .renders, query: ["state", "reference"], list),
            Route(.post, "/v1/renders/preview.png", .scope(.renders), preview),
            Route(.get, "/v1/renders/{id}", .scope(.renders), hasVersions: true, show),
            Route(.delete, "/v1/renders/{id}", .scope(.renders), hasVersions: true, delete),
            Route(.get, "/v1/renders/{id}/events", .scope(.renders), events),
            Route(.post, "/v1/renders/{id}/cancel", .scope(.renders), hasVersions: true, cancel),
            Route(.post, "/v1/renders/{id}/retry", .scope(.renders), hasVersions: true, retry),
            Route(.get, "/v1/renders/{id}/video", .scope(.renders), hasVersions: true, video),
            Route(.get, "/v1/renders/{id}/hls/{file}", .scope(.renders), hasVersions: true, hls),
            Route(.get, "/v1/renders/{id}/captions.vtt", .scope(.renders), hasVersions: true, captions),
            Route(.get, "/v1/renders/{id}/curves", .scope(.renders), hasVersions: true, curves),
            Route(.get, "/v1/renders/{id}/poster.png", .scope(.renders), hasVersions: true, poster),
        ]
    }

    private var view: RenderView { RenderView(backend: backend) }

    // MARK: Making

    @Sendable private func create(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let body = try await request.json(limit: backend.configuration.maxBody)
        let echo = try RequestFields.document(body)
        let idempotency = try IdempotencyKey.read(request, body: body, backend)
        if let answer = try await backend.earlier(idempotency, principal.id) {
            return try await replayed(answer, principal, request, context)
        }
        let jobs = try await jobs(echo, principal)
        let isBatch = echo.array != nil
        let outcome = try await backend.store.enqueue(
            jobs, account: principal.id, limits: backend.queueLimits(principal),
            idempotency: idempotency?.keeping { jobs in
                let ids = jobs.map(\.id.rawValue)
                return isBatch ? JSON.array(ids.map(JSON.string)).text : ids.first ?? ""
            })
        switch outcome {
        case .queued(let jobs):
            if isBatch {
                return context.answer(.array(jobs.map { view.json($0) }), status: .accepted)
            }
            guard let job = jobs.first else { throw APIError(.internalError, "nothing was queued") }
            return try await waited(job, request, context, created: true)
        case .replayed(let answer): return try await replayed(answer, principal, request, context)
        case .mismatch: throw IdempotencyKey.mismatch
        case .overQuota(let used, let limit): throw Quotas.exceeded(principal, used: used, limit: limit)
        case .queueFull(let queued, let limit):
            throw APIError(
                .rateLimitExceeded,
                "\(queued) clips are queued already, and the limit is \(limit); wait until some are finished",
                retryAfter: 30)
        }
    }

    /// The jobs of a body that is one order or a list of them.
    /// - Throws: the first mistake, whose pointer starts with the order's place in the list.
    private func jobs(_ body: JSON, _ principal: Principal) async throws -> [NewJob] {
        guard let orders = body.array else { return [try await job(body, principal)] }
        guard (1...Self.largestBatch).contains(orders.count) else {
            throw APIError(
                .invalidRequest,
                "the list contains \(orders.count) requests; give 1 to \(Self.largestBatch) in one request")
        }
        var jobs: [NewJob] = []
        for (index, order) in orders.enumerated() {
            do {
                jobs.append(try await job(order, principal))
            } catch var error as APIError {
                error.field = "/\(index)\(error.field ?? "")"
                error.message = "request \(index): \(error.message)"
                throw error
            }
        }
        return jobs
    }

    private func job(_ order: JSON, _ principal: Principal) async throws -> NewJob {
        let parsed = try await RenderParser(backend: backend, principal: principal).parse(
            RequestFields(order, pointer: ""), echo: order)
        // Who brings a key of their own does not use the plan's messages.
        let isFree = principal.isTest || parsed.order.speechKey != nil
        return NewJob(
            .render, request: try JSONText(encoding: parsed.order), priority: parsed.priority,
            reference: parsed.reference, deadline: .seconds(parsed.deadlineSeconds),
            retention: .seconds(backend.configuration.retentionHours * 3600),
            meter: isFree ? nil : .messages, webhookURL: parsed.webhookURL)
    }

    /// The same renders as the first time, as they are now. A client whose wait broke off waits again.
    private func replayed(
        _ answer: StoredAnswer, _ principal: Principal, _ request: Request, _ context: ServiceContext
    ) async throws -> Response {
        func found(_ id: String) async throws -> Job {
            guard let job = try await backend.store.job(JobID(id), account: principal.id) else {
                throw APIError.notFound("render", id)
            }
            return job
        }
        var response: Response
        if let ids = try? JSONParser.parse(answer.body).array {
            var views: [JSON] = []
            for id in ids.compactMap(\.string) { views.append(view.json(try await found(id))) }
            response = context.answer(.array(views), status: .accepted)
        } else {
            response = try await waited(try await found(answer.body), request, context, created: true)
        }
        response.headers[.idempotentReplayed] = "true"
        return response
    }

    /// Answers when the clip is done, or as it is when the client's patience is over.
    private func waited(
        _ job: Job, _ request: Request, _ context: ServiceContext, created: Bool
    ) async throws -> Response {
        var job = job
        let wait = Preferences(request.headers[values: .prefer]).wait(limit: Self.longestWait)
        if let wait, !job.state.isFinal {
            let (id, account, store) = (job.id, job.account, backend.store)
            do {
                let end = try await backend.drain.cancelling {
                    try await store.waitForEnd(of: id, account: account, timeout: .seconds(wait))
                }
                guard let end else { throw APIError.notFound("render", id.rawValue) }
                job = end
            } catch is CancellationError {
                // A drain ends the wait, not the answer.
            }
        }
        var response = try await respond(
            job, status: created && !job.state.isFinal ? .accepted : created ? .created : .ok, context)
        if let wait { response.headers[.preferenceApplied] = "wait=\(wait)" }
        if created { response.headers[.location] = "/v1/renders/\(job.id)" }
        if created, Self.wants(request, job), let url = try view.videoURL(job) {
            // A client that asks for the file and follows (curl -L) has it with one command.
            response.status = .seeOther
            response.headers[.location] = url
        }
        return response
    }

    /// Whether the client asks for the clip itself: `Accept: video/mp4`, or `audio/*` for the sound alone.
    private static func wants(_ request: Request, _ job: Job) -> Bool {
        guard let made = try? job.result?.decoded(as: RenderResult.self).contentType,
            let type = ServiceHTTP.MediaType(made)?.type
        else { return false }
        return request.headers[values: .accept].contains { line in
            line.split(separator: ",").contains {
                let asked = ServiceHTTP.MediaType(String($0).trimmingCharacters(in: .whitespaces))
                // A playlist is of the type `application`, as JSON is, which many ask for.
                return type == "application" ? asked?.essence == made : asked?.type == type
            }
        }
    }

    private func respond(_ job: Job, status: HTTPResponse.Status, _ context: ServiceContext) async throws
        -> Response
    {
        let position =
            job.state == .queued
            ? try await backend.store.queuePosition(of: job.id, account: job.account) : nil
        var headers: HTTPFields = [.eTag: "\(Self.tag(job))", .cacheControl: "private, no-cache"]
        if !job.state.isFinal { headers[.waitSeconds] = "1" }
        return context.answer(view.json(job, queuePosition: position), status: status, headers: headers)
    }

    private static func tag(_ job: Job) -> EntityTag { EntityTag(opaque: "\(job.version)") }

    private func store(changing job: Job, _ request: Request) throws -> ServiceStore {
        try backend.store(changing: job.id, job.account, by: request) { Self.tag($0) }
    }

    // MARK: Looking

    private func job(_ context: ServiceContext) async throws -> Job {
        try await context.owned(orThrow: { .notFound("render", $0) }) {
            (id: JobID, account) in
            let job = try await backend.store.job(id, account: account)
            return job?.kind.hasEvents == true ? job : nil
        }
    }

    @Sendable private func show(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let job = try await job(context)
        // A version changes with every change that clients see, but for the place in the queue.
        let tag = Self.tag(job)
        if try Conditions.isKnown(request, tag), job.state != .queued {
            return .notModified(tag, cache: "private, no-cache")
        }
        return try await waited(job, request, context, created: false)
    }

    @Sendable private func list(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let query = try QueryFields(request)
        let state = try query.choice("state", of: JobState.self)
        let reference = query.string("reference")
        let page = try PageQuery(
            request, of: "renders \(state?.rawValue ?? "") \(reference ?? "")", principal.id, backend)
        return page.answer(
            try await backend.store.jobs(
                JobFilter(.render, state: state, reference: reference), account: principal.id,
                after: page.position, limit: page.limit), context
        ) { view.json($0) }
    }

    @Sendable private func events(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let job = try await job(context)
        let last = request.headers[.lastEventID].flatMap { Int64($0) } ?? 0
        // An id that the render has not come to is of another stream, and says nothing of what was seen of this one.
        let seen = last > job.version ? 0 : last
        // The one answer after which a browser does not come back for more.
        if job.state.isFinal, seen >= job.version { return .noContent }
        let (backend, view) = (backend, view)
        return EventStream.response(request, drain: backend.drain) { events in
            let changes = ChangeQueue(backend.store.changes(of: job.id, account: job.account, after: seen))
            defer { changes.cancel() }
            for try await step in changes.steps {
                switch step {
                case .change(let job):
                    let position =
                        job.state == .queued
                        ? try await backend.store.queuePosition(of: job.id, account: job.account) : nil
                    let name = job.state.isFinal ? "render.\(job.state.rawValue)" : "progress"
                    try await events.send(name, id: job.version, view.json(job, queuePosition: position))
                case .nothing: try await events.ping()
                case .end: return
                }
            }
        }
    }

    // MARK: Changing

    @Sendable private func cancel(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let fields = try await request.optionalFields()
        try fields.finish()
        let job = try await job(context)
        guard let cancelled = try await store(changing: job, request).cancel(job.id, account: job.account)
        else {
            throw APIError.notFound("render", job.id.rawValue)
        }
        return try await respond(cancelled, status: .ok, context)
    }

    @Sendable private func retry(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let fields = try await request.optionalFields()
        try fields.finish()
        let principal = try context.requirePrincipal()
        let job = try await job(context)
        let id = job.id
        switch try await store(changing: job, request).retry(
            id, account: principal.id, limits: backend.queueLimits(principal))
        {
        case .queued(let job): return try await respond(job, status: .accepted, context)
        case .unchanged(let job): return try await respond(job, status: .ok, context)
        case .overQuota(let used, let limit): throw Quotas.exceeded(principal, used: used, limit: limit)
        case .notFound: throw APIError.notFound("render", id.rawValue)
        }
    }

    @Sendable private func delete(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let job = try await job(context)
        guard try await store(changing: job, request).delete(job.id, account: job.account) else {
            throw APIError.notFound("render", job.id.rawValue)
        }
        return .noContent
    }

    // MARK: Files

    private func result(_ context: ServiceContext) async throws -> (job: Job, result: RenderResult) {
        let job = try await job(context)
        guard job.state == .succeeded, let result = try job.result?.decoded(as: RenderResult.self) else {
            throw APIError(
                .notFound,
                job.state.isFinal
                    ? "the render \(job.state == .cancelled ? "was cancelled" : "failed"), so it has no file; GET /v1/renders/\(job.id) says why"
                    : "the render is \(job.state.rawValue); wait for it with Prefer: wait=60, events or a webhook"
            )
        }
        return (job, result)
    }

    @Sendable private func video(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let (job, result) = try await result(context)
        guard result.playlist == nil else {
            return .redirect(
                to: backend.url("/v1/renders/\(job.id)/hls/\(StoredPlaylist.name)"), type: .found)
        }
        return try await FileAnswer(backend: backend).response(
            request, key: result.key, contentType: result.contentType, etag: EntityTag(opaque: result.sha256),
            filename: result.filename(job.id))
    }

    /// The playlist of a clip in segments, and the segments, which it names by names beside its own.
    @Sendable private func hls(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let (job, result) = try await result(context)
        let name = try context.parameters.require("file")
        guard let playlist = result.playlist else {
            throw APIError(
                .notFound,
                "this clip is one file, at /v1/renders/\(job.id)/video; request one with format: hls"
            )
        }
        guard let key = playlist.key(named: name), let type = StoredPlaylist.contentType(of: name) else {
            throw APIError(
                .notFound,
                "the clip has no file '\(name.quotedForMessage())'; \(StoredPlaylist.name) names those that it has"
            )
        }
        return try await FileAnswer(backend: backend).response(
            request, key: key, contentType: type, etag: EntityTag(opaque: "\(result.sha256)-\(name)"),
            // The playlist names its parts by names beside its own, so it stays at its address.
            filename: nil, redirects: !StoredPlaylist.isPlaylist(key))
    }

    @Sendable private func captions(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let result = try await result(context).result
        guard let key = result.captionsKey else { throw APIError(.notFound, "this clip has no captions") }
        return try await FileAnswer(backend: backend).response(
            request, key: key, contentType: "text/vtt; charset=utf-8",
            etag: EntityTag(opaque: result.sha256 + "-vtt"), filename: nil)
    }

    @Sendable private func curves(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let result = try await result(context).result
        guard let key = result.curvesKey else { throw APIError(.notFound, "this clip has no face track") }
        return try await FileAnswer(backend: backend).response(
            request, key: key, contentType: "application/json",
            etag: EntityTag(opaque: result.sha256 + "-curves"),
            filename: nil)
    }

    @Sendable private func poster(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let result = try await result(context).result
        guard let key = result.posterKey else {
            throw APIError(.notFound, "this clip has no poster; request one with poster: true")
        }
        return try await FileAnswer(backend: backend).response(
            request, key: key, contentType: "image/png",
            etag: EntityTag(opaque: result.sha256 + "-poster"), filename: nil)
    }

    // MARK: Preview

    @Sendable private func preview(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let fields = try await request.fields(limit: 256 << 10)
        return try await PreviewRoute(backend: backend, principal: principal).respond(fields)
    }
}

enum Quotas {
    /// The refusal of the contract, on a free plan and on a paid one.
    static func exceeded(_ principal: Principal, used: Int, limit: Int) -> APIError {
        var refusal = APIError(
            .freeTierLimitExceeded,
            principal.plan.isFree
                ? "You've used \(used) of your \(limit) free messages this month. Upgrade, or bring your own key (BYOK) for "
                    + "unlimited use."
                : "Your plan's limit of \(limit) \(limit == 1 ? "message" : "messages") this month has been reached. Bring your own key (BYOK) for "
                    + "unlimited use.",
            cause: AvatariumError(.quotaExceeded, "the month's messages are used up"))
        refusal.companions = [
            ("upgrade", .bool(true)), ("byokRequired", .bool(true)),
            (
                "usage",
                .members([
                    "used": .integer(used), "limit": .integer(limit),
                    "remaining": .integer(max(0, limit - used)),
                ])
            ),
        ]
        return refusal
    }
}

extension Backend {
    func position(_ cursor: String?, scope: String) throws -> PagePosition? {
        guard let cursor, !cursor.isEmpty else { return nil }
        do {
            let position = try cursors.open(cursor, scope: scope)
            return PagePosition(createdAt: Timestamp(milliseconds: position.time), id: position.id)
        } catch {
            throw APIError.invalid("cursor", error.message)
        }
    }

    func cursor(_ position: PagePosition?, scope: String) -> String? {
        position.map { cursors.seal(time: $0.createdAt.milliseconds, id: $0.id, scope: scope) }
    }
}

import Avatarium
import AvatariumCore
import Foundation
import Hummingbird
import ObjectStorage
import SafeFetch
import ServiceHTTP
import ServiceStore

/// Avatars: `/v1/avatars`.
struct AvatarRoutes {
    let backend: Backend

    var routes: [Route] {
        [
            .list("/v1/avatars", .renders, list),
            Route(.post, "/v1/avatars", .scope(.avatars), query: ["slug", "name"], create),
            Route(.get, "/v1/avatars/{id}", .scope(.renders), hasVersions: true, show),
            Route(.patch, "/v1/avatars/{id}", .scope(.avatars), hasVersions: true, update),
            Route(.delete, "/v1/avatars/{id}", .scope(.avatars), hasVersions: true, delete),
            Route(.get, "/v1/avatars/{id}/report", .scope(.renders), hasVersions: true, report),
            Route(.get, "/v1/avatars/{id}/preview.png", .scope(.renders), hasVersions: true, preview),
        ]
    }

    // MARK: Uploading

    @Sendable private func create(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let query = try QueryFields(request)
        var slug = query.string("slug")
        var name = query.string("name")
        if let name { try RequestFields.checkName(name, "name") }
        // Before anything is read: an account that is full need not send 200 MB.
        let present = try await backend.store.avatarCount(account: principal.id)
        guard present < principal.plan.avatars else {
            throw Self.limitReached(present, principal.plan.avatars)
        }
        let id = AvatarID.make()
        let isJSON =
            request.headers[.contentType].flatMap { ServiceHTTP.MediaType($0) }?.essence == "application/json"
        return try await backend.work.with { folder in
            let path = folder + "/model.glb"
            let file: LocalFile
            let idempotency: IdempotencyKey?
            if isJSON {
                let body = try await request.bytes("the body", limit: 64 << 10)
                idempotency = try IdempotencyKey.read(request, body: body, backend)
                if let answer = try await backend.earlier(idempotency, principal.id) {
                    return try await replayed(answer, principal, context)
                }
                var fields = try RequestFields(body)
                let url = try fields.string("url", limit: 4000)
                let recipe = try fields.object("recipe")
                slug = try fields.string("slug", limit: 200) ?? slug
                name = try fields.name() ?? name
                try fields.finish()
                switch (url, recipe) {
                case (let url?, nil):
                    file = try await backend.fetcher.download(
                        url, to: path, limit: backend.configuration.maxAvatar,
                        subject: SafeFetcher.Subject(field: "url", unreadable: .avatarLoadFailed)
                    ).file
                case (nil, let recipe?):
                    file = try await backend.makeAvatar(recipe, into: path)
                case (nil, nil):
                    throw fields.missing("url", orElse: "or send a recipe, or the model itself as the body")
                case (.some, .some):
                    throw APIError.invalid("/recipe", "url and recipe contradict each other; give only one")
                }
            } else {
                try request.checkContentType(
                    Self.isModel, orSay: "model/gltf-binary, or application/json with a url or a recipe")
                file = try await request.save("the model", to: path, limit: backend.configuration.maxAvatar)
                idempotency = try IdempotencyKey.read(request, body: [UInt8](file.sha256Hex.utf8), backend)
                if let answer = try await backend.earlier(idempotency, principal.id) {
                    return try await replayed(answer, principal, context)
                }
            }
            // Where the slug was given: in the body, which pointers reach, or in the query.
            let field = isJSON ? "/slug" : "slug"
            let chosen = try Self.slug(slug ?? Self.slug(of: id), field: field)
            guard !backend.catalog.avatars().contains(where: { $0.name == chosen }) else {
                throw APIError.invalid(field, "the slug '\(chosen)' is a bundled avatar's; choose another")
            }
            let report = try await inspect(path)
            let prefix = ObjectPrefix.avatar(id, account: principal.id)
            let key = try ObjectKey(prefix + "model.\(try Self.kind(of: path))")
            // Should this process die before the record is made, the object goes by itself.
            try await backend.store.expectRecord(of: prefix)
            try await backend.objects.put(file, at: key, contentType: "model/gltf-binary")
            do {
                switch try await backend.store.createAvatar(
                    id: id, slug: chosen, name: name ?? chosen, report: JSONText(report),
                    bytes: Int64(file.length), sha256: file.sha256Hex, account: principal.id,
                    limit: principal.plan.avatars,
                    idempotency: idempotency?.keeping { $0.id.rawValue })
                {
                case .created(let avatar): return created(avatar, context)
                case .slugTaken:
                    throw APIError.invalid(
                        field, "the slug '\(chosen)' is taken; choose another, or delete that avatar")
                case .limitReached(let limit): throw Self.limitReached(limit, limit)
                case .replayed(let answer):
                    try? await backend.objects.delete(key)
                    return try await replayed(answer, principal, context)
                case .mismatch: throw IdempotencyKey.mismatch
                }
            } catch {
                try? await backend.objects.delete(key)
                throw error
            }
        }
    }

    private func created(_ avatar: Avatar, _ context: ServiceContext) -> Response {
        context.answer(
            shown(avatar), status: .created, headers: [.location: "/v1/avatars/\(avatar.id)"]
        )
    }

    /// The same avatar as the first time.
    private func replayed(
        _ answer: StoredAnswer, _ principal: Principal, _ context: ServiceContext
    ) async throws -> Response {
        guard let avatar = try await backend.store.avatar(answer.body, account: principal.id) else {
            throw Backend.avatarNotFound(answer.body, field: nil)
        }
        var response = created(avatar, context)
        response.headers[.idempotentReplayed] = "true"
        return response
    }

    /// - Throws: INVALID_SLUG with the field.
    private static func slug(_ text: String, field: String) throws -> String {
        do {
            return try ServiceHTTP.Slug(text).description
        } catch {
            var refusal = APIError(error)
            refusal.field = field
            throw refusal
        }
    }

    private static func limitReached(_ used: Int, _ limit: Int) -> APIError {
        APIError(
            .avatarLimitExceeded,
            "this account has as many avatars as its plan allows (\(used)/\(limit)); delete one, or upgrade")
    }

    private static func isModel(_ type: ServiceHTTP.MediaType) -> Bool {
        type.type == "model" || ["application/octet-stream", "application/vrm"].contains(type.essence)
    }

    /// A slug for who gives none: the end of the id.
    private static func slug(of id: AvatarID) -> String { "avatar-" + id.rawValue.suffix(10).lowercased() }

    /// GLB files start with `glTF`; a .gltf alone would need files beside it.
    private static func kind(of path: String) throws -> String {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? file.close() }
        return try file.read(upToCount: 4) == Data("glTF".utf8) ? "glb" : "gltf"
    }

    /// The report of the checks.
    /// - Throws: INVALID_PARAMETER with the report where the model cannot be used.
    private func inspect(_ path: String) async throws -> JSON {
        let report: JSON
        do {
            report = try await backend.renderer.inspect(model: path)
        } catch let error as AvatariumError where error.context["signal"] != nil || error.code == .timeout {
            throw APIError(
                .invalidParameter,
                error.code == .timeout
                    ? "checking the model took too long; simplify it"
                    : "the model crashed the process that checks it; check it with glTF-Validator, and "
                        + "report it to us",
                cause: error)
        }
        let shown = Self.shown(report)
        if let message = report["error"]?["message"]?.string {
            var refusal = APIError.invalid("", "the model cannot be used: \(message)")
            refusal.field = nil
            refusal.details = [("report", shown)]
            let code = ErrorCode.all.first { $0.code == report["error"]?["code"]?.string }
            refusal.cause = AvatariumError(code ?? .avatarModelInvalid, message)
            throw refusal
        }
        guard report["model"] != nil, report["model"] != .null else {
            var refusal = APIError(
                AvatariumError(.avatarModelInvalid, "the model contains nothing to draw; give it a mesh"))
            refusal.details = [("report", shown)]
            throw refusal
        }
        return shown
    }

    /// Without the paths of the server, and bounded.
    private static func shown(_ report: JSON) -> JSON {
        var members = JSONObject()
        if let error = report["error"], error != .null {
            var kept = JSONObject()
            for key in ["code", "name", "message"] { if let value = error[key] { kept.set(key, value) } }
            if let context = error["context"]?.object {
                kept.set("context", .object(context.replacing(removing: ["path", "field"])))
            }
            members.set("error", .object(kept))
        }
        members.set("diagnostics", .array(Array((report["diagnostics"]?.array ?? []).prefix(200))))
        members.set("model", report["model"] ?? .null)
        return .object(members)
    }

    // MARK: Looking

    private func json(_ avatar: Avatar, withReport: Bool = false) -> JSON {
        var view = JSONObject()
        view.set("id", .string(avatar.id.rawValue))
        view.set("slug", .string(avatar.slug))
        view.set("name", .string(avatar.name))
        view.set("bundled", .bool(false))
        view.set("state", .string(avatar.state.rawValue))
        view.set("public", .bool(avatar.isPublic))
        view.set("bytes", .integer(Int(avatar.bytes)))
        view.set("sha256", .string(avatar.sha256))
        view.set("preview", .string(backend.url("/v1/avatars/\(avatar.id)/preview.png")))
        view.set("settings", (try? avatar.settings.parsed()) ?? .null)
        view.set("created_at", .string(avatar.createdAt.rfc3339))
        if withReport { view.set("report", (try? avatar.report.parsed()) ?? .null) }
        return .object(view)
    }

    private func json(bundled name: String) -> JSON {
        .members([
            "id": .string(name), "slug": .string(name),
            "name": .string(name.prefix(1).uppercased() + name.dropFirst()),
            "bundled": .bool(true), "state": .string("ready"), "public": .bool(true),
            "preview": .string(backend.url("/v1/avatars/\(name)/preview.png")),
        ])
    }

    @Sendable private func list(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let page = try PageQuery(request, of: "avatars", principal.id, backend)
        let own = try await backend.store.avatars(
            account: principal.id, after: page.position, limit: page.limit)
        let bundled = backend.catalog.avatars().map { json(bundled: $0.name) }
        return page.answer(own, context, first: bundled) { json($0) }
    }

    private enum Found {
        case bundled(String)
        case uploaded(Avatar)
    }

    private func find(_ context: ServiceContext) async throws -> Found {
        let principal = try context.requirePrincipal()
        let name = try context.parameters.require("id")
        if let avatar = try await backend.store.avatar(name, account: principal.id) {
            return .uploaded(avatar)
        }
        guard backend.catalog.avatars().contains(where: { $0.name == name }) else {
            throw Backend.avatarNotFound(name, field: nil)
        }
        return .bundled(name)
    }

    /// All that a client sees of an avatar: what its version is of.
    private func shown(_ avatar: Avatar) -> JSON { json(avatar, withReport: true) }

    private func store(changing avatar: Avatar, _ request: Request) throws -> ServiceStore {
        try backend.store(changing: avatar.id, avatar.account, by: request) { EntityTag(of: shown($0)) }
    }

    /// An avatar of the account itself.
    private func own(_ context: ServiceContext) async throws -> Avatar {
        switch try await find(context) {
        case .uploaded(let avatar): return avatar
        case .bundled(let name):
            throw APIError(.forbidden, "'\(name)' is a bundled avatar, which cannot be changed")
        }
    }

    @Sendable private func show(_ request: Request, _ context: ServiceContext) async throws -> Response {
        switch try await find(context) {
        case .uploaded(let avatar): try context.answer(versioned: shown(avatar), to: request)
        case .bundled(let name): try context.answer(versioned: json(bundled: name), to: request)
        }
    }

    @Sendable private func report(_ request: Request, _ context: ServiceContext) async throws -> Response {
        switch try await find(context) {
        case .uploaded(let avatar):
            return try context.answer(versioned: (try? avatar.report.parsed()) ?? .null, to: request)
        case .bundled(let name):
            let report = try await backend.reports.value(name) { [backend] in
                try await backend.renderer.inspect(model: try backend.catalog.path(of: name))
            }.value
            return try context.answer(versioned: Self.shown(report), to: request)
        }
    }

    @Sendable private func update(_ request: Request, _ context: ServiceContext) async throws -> Response {
        var fields = try await request.fields(limit: 64 << 10)
        var changes = AvatarChanges()
        changes.slug = try fields.string("slug", limit: 200).map { try Self.slug($0, field: "/slug") }
        changes.name = try fields.name()
        changes.isPublic = try fields.bool("public")
        if let settings = try fields.object("settings") {
            changes.settings = JSONText(try AvatarSettings.checked(settings))
        }
        try fields.finish()
        let avatar = try await own(context)
        if let slug = changes.slug, backend.catalog.avatars().contains(where: { $0.name == slug }) {
            throw APIError.invalid("/slug", "the slug '\(slug)' is a bundled avatar's; choose another")
        }
        switch try await store(changing: avatar, request).updateAvatar(
            avatar.id, account: avatar.account, changes)
        {
        case .updated(let avatar): return try context.answer(versioned: shown(avatar))
        case .slugTaken:
            throw APIError.invalid("/slug", "the slug '\(changes.slug ?? "")' is taken; choose another")
        case .notFound: throw Backend.avatarNotFound(avatar.id.rawValue, field: nil)
        }
    }

    @Sendable private func delete(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let avatar = try await own(context)
        guard try await store(changing: avatar, request).deleteAvatar(avatar.id, account: avatar.account)
        else {
            throw Backend.avatarNotFound(avatar.id.rawValue, field: nil)
        }
        return .noContent
    }

    @Sendable private func preview(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let found = try await find(context)
        let name: String
        let etag: EntityTag
        switch found {
        case .bundled(let bundled): (name, etag) = (bundled, EntityTag(opaque: "bundled-\(bundled)"))
        case .uploaded(let avatar): (name, etag) = (avatar.id.rawValue, EntityTag(opaque: avatar.sha256))
        }
        let cache = "private, max-age=86400"
        if try Conditions.isKnown(request, etag) { return .notModified(etag, cache: cache) }
        let principal = try context.requirePrincipal()
        var still = StillRequest(avatar: name)
        still.size = ImageSize(width: 320, height: 320)
        still.camera = .bust
        still.samples = 1
        let key = if case .bundled = found { "\(etag)" } else { "\(principal.id) \(etag)" }
        return try await PreviewRoute(backend: backend, principal: principal).avatarPicture(
            still, avatar: try await backend.avatar(name, account: principal.id, field: "id"),
            key: key,
            headers: [.eTag: "\(etag)", .cacheControl: cache])
    }
}

/// What the owner may say of an avatar for conversations.
enum AvatarSettings {
    static func checked(_ fields: RequestFields) throws -> JSON {
        var fields = fields
        var settings = JSONObject()
        if let text = try fields.string("persona", limit: 8000) { settings.set("persona", .string(text)) }
        if let text = try fields.string("system", limit: 32_000) { settings.set("system", .string(text)) }
        if let text = try fields.string("voice", limit: 200) { settings.set("voice", .string(text)) }
        try fields.finish()
        return .object(settings)
    }
}

extension Backend {
    static func avatarNotFound(_ name: String, field: String?) -> APIError {
        APIError(
            .avatarNotFound, "there is no avatar '\(name.quotedForMessage())'; GET /v1/avatars lists them",
            field: field)
    }

    /// The avatar that a request names: one of the account's own by id or slug, else a bundled one.
    /// - Throws: AVATAR_NOT_FOUND; INVALID_PARAMETER for one that cannot be used.
    func avatar(_ name: String, account: AccountID, field: String) async throws -> RenderOrder.Avatar {
        if let avatar = try await store.avatar(name, account: account) {
            switch avatar.state {
            case .ready: break
            case .quarantined:
                throw APIError.invalid(
                    field,
                    "the avatar '\(avatar.slug)' crashed the renderer twice and is locked; repair it and "
                        + "upload it again"
                )
            }
            let prefix = ObjectPrefix.avatar(avatar.id, account: account)
            for suffix in ["glb", "gltf"] {
                let key = try ObjectKey(prefix + "model.\(suffix)")
                if try await objects.head(key) != nil {
                    return .uploaded(
                        id: avatar.id.rawValue, key: key.description, fileExtension: suffix,
                        sha256: avatar.sha256)
                }
            }
            throw APIError(.internalError, "the avatar's file is missing; upload it again")
        }
        guard catalog.avatars().contains(where: { $0.name == name }) else {
            throw Self.avatarNotFound(name, field: field)
        }
        return .bundled(name)
    }
}

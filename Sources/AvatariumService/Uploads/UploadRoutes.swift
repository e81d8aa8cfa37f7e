import Avatarium
import AvatariumCore
import Hummingbird
import ObjectStorage
import ServiceHTTP
import ServiceStore

/// Files that clips use: `/v1/uploads`.
struct UploadRoutes {
    let backend: Backend
    /// Bytes that all uploads of an account may have together.
    private static let perAccount: Int64 = 2 << 30

    var routes: [Route] {
        [
            Route(.post, "/v1/uploads", .scope(.renders), query: ["kind"], create),
            Route(.get, "/v1/uploads/{id}", .scope(.renders), hasVersions: true, show),
            Route(.delete, "/v1/uploads/{id}", .scope(.renders), hasVersions: true, delete),
        ]
    }

    @Sendable private func create(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let kind = try kind(QueryFields(request).string("kind"))
        let type = try contentType(request)
        let id = UploadID.make()
        let prefix = ObjectPrefix.upload(id, account: principal.id)
        return try await backend.work.with { folder in
            let file = try await request.save(
                "the upload", to: folder + "/upload", limit: backend.configuration.maxUpload)
            let idempotency = try IdempotencyKey.read(
                request, body: [UInt8]("\(type) \(file.sha256Hex)".utf8), backend)
            if let answer = try await backend.earlier(idempotency, principal.id) {
                return try await replayed(answer, principal, context)
            }
            // Should this process die before the record is made, the object goes by itself.
            try await backend.store.expectRecord(of: prefix)
            try await backend.objects.put(file, at: ObjectKey(prefix + "file"), contentType: type)
            switch try await backend.store.createUpload(
                id: id, kind: kind, contentType: type, bytes: Int64(file.length), sha256: file.sha256Hex,
                account: principal.id, limit: Self.perAccount,
                idempotency: idempotency?.keeping { $0.id.rawValue })
            {
            case .created(let upload):
                return context.answer(
                    Self.json(upload), status: .created, headers: [.location: "/v1/uploads/\(upload.id)"])
            case .overLimit(let used, let limit):
                try? await backend.objects.delete(ObjectKey(prefix + "file"))
                throw APIError(
                    .invalidRequest,
                    "the account's uploads use \(ByteCount.text(Int(used))) of "
                        + "\(ByteCount.text(Int(limit))); delete some, or wait until they "
                        + "expire", status: .contentTooLarge)
            case .replayed(let answer): return try await replayed(answer, principal, context)
            case .mismatch: throw IdempotencyKey.mismatch
            }
        }
    }

    /// The same upload as the first time.
    private func replayed(
        _ answer: StoredAnswer, _ principal: Principal, _ context: ServiceContext
    ) async throws -> Response {
        guard let upload = try await backend.store.upload(UploadID(answer.body), account: principal.id)
        else { throw APIError.notFound("upload", answer.body) }
        return context.answer(
            Self.json(upload), status: .created,
            headers: [.location: "/v1/uploads/\(upload.id)", .idempotentReplayed: "true"])
    }

    private func kind(_ text: String?) throws -> UploadKind {
        guard let text else { throw APIError.missing("kind") }
        guard let kind = UploadKind(rawValue: text) else {
            throw APIError.invalid(
                "kind",
                "kind '\(text.quotedForMessage())' is not known; choose "
                    + UploadKind.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return kind
    }

    /// Only noted: what reads the file looks into it.
    private func contentType(_ request: Request) throws -> String {
        guard let text = request.headers[.contentType] else { return "application/octet-stream" }
        guard let type = ServiceHTTP.MediaType(text), type.type != "multipart",
            type.essence != "application/x-www-form-urlencoded"
        else {
            throw APIError(
                .invalidRequest,
                "the content type '\(text.quotedForMessage())' is not that of a file; send the file's bytes "
                    + "as the body, as curl --data-binary @FILE -H 'Content-Type: audio/wav' does",
                status: .unsupportedMediaType,
                field: "Content-Type")
        }
        return type.essence
    }

    @Sendable private func show(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let upload = try await context.owned(orThrow: { .notFound("upload", $0) }) {
            try await backend.store.upload($0, account: $1)
        }
        return try context.answer(versioned: Self.json(upload), to: request)
    }

    @Sendable private func delete(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let id = try context.parameters.require("id")
        let store = try backend.store(changing: UploadID(id), principal.id, by: request) {
            EntityTag(of: Self.json($0))
        }
        guard try await store.deleteUpload(UploadID(id), account: principal.id) else {
            throw APIError.notFound("upload", id)
        }
        return .noContent
    }

    static func json(_ upload: Upload) -> JSON {
        .members([
            "id": .string(upload.id.rawValue), "kind": .string(upload.kind.rawValue),
            "content_type": .string(upload.contentType), "bytes": .integer(Int(upload.bytes)),
            "sha256": .string(upload.sha256), "created_at": .string(upload.createdAt.rfc3339),
            "expires_at": .string(upload.expiresAt.rfc3339),
        ])
    }
}

extension Backend {
    /// The upload that a request names.
    /// - Throws: NOT_FOUND when the account has none of that id, INVALID_PARAMETER for one of another kind.
    func upload(_ id: String, _ kinds: [UploadKind], account: AccountID, field: String) async throws
        -> RenderOrder.Source
    {
        guard let upload = try await store.upload(UploadID(id), account: account) else {
            throw APIError(
                .notFound,
                "there is no upload '\(id.quotedForMessage())'; it may have expired: upload the file again",
                field: field)
        }
        guard kinds.contains(upload.kind) else {
            throw APIError.invalid(
                field,
                "the upload is of kind \(upload.kind.rawValue); \(kinds.map(\.rawValue).joined(separator: " or ")) is needed"
            )
        }
        // Kept at least as long as a clip may wait for its turn.
        _ = try await store.holdUploads(
            [upload.id], account: account, for: .seconds(configuration.deadlineSeconds + 3600))
        return .object(
            key: ObjectPrefix.upload(upload.id, account: account) + "file",
            fileExtension: Self.fileExtension(of: upload.kind))
    }

    /// Readers look at the content; a name helps those that look at it too.
    private static func fileExtension(of kind: UploadKind) -> String {
        switch kind {
        case .environment: "hdr"
        case .body: "vrma"
        case .mapping, .performance: "json"
        default: "bin"
        }
    }
}

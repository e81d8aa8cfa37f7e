import Avatarium
import AvatariumCore
import Chat
import Hummingbird
import ServiceHTTP
import ServiceStore

/// Sessions and conversations: `/v1/sessions`, `/v1/conversations`.
struct SessionRoutes {
    let backend: Backend
    private static var aiProviders: [String] { ChatProvider.names }

    var routes: [Route] {
        [
            Route(.post, "/v1/sessions", .scope(.conversations), createSession),
            Route(.get, "/v1/sessions/{id}", .scope(.conversations), hasVersions: true, showSession),
            Route(.delete, "/v1/sessions/{id}", .scope(.conversations), hasVersions: true, deleteSession),
            Route(.post, "/v1/conversations", .scope(.conversations), createConversation),
            .list("/v1/conversations", .conversations, listConversations),
            Route(
                .get, "/v1/conversations/{id}", .scope(.conversations), hasVersions: true, showConversation),
            Route(
                .delete, "/v1/conversations/{id}", .scope(.conversations), hasVersions: true,
                deleteConversation),
            Route(
                .post, "/v1/conversations/{id}/end", .scope(.conversations), hasVersions: true,
                endConversation),
            .list("/v1/conversations/{id}/messages", .conversations, messages),
        ]
    }

    // MARK: Sessions

    static func noSession(_ id: String) -> APIError {
        APIError(
            .sessionNotFound,
            "there is no session '\(id.quotedForMessage())'; sessions expire after 30 minutes, so start "
                + "another")
    }

    static func noConversation(_ id: String) -> APIError {
        APIError(
            .conversationNotFound,
            "there is no conversation '\(id.quotedForMessage())'; it was deleted, or its session has expired")
    }

    private func json(_ session: Session) -> JSON {
        .members([
            "id": .string(session.id.rawValue), "avatar_id": .string(session.avatar),
            "settings": ConversationKeys.without(session.settings),
            "created_at": .string(session.createdAt.rfc3339),
            "expires_at": .string(session.expiresAt.rfc3339),
        ])
    }

    /// Avatar and settings that a session or a conversation starts with.
    private func start(_ fields: inout RequestFields, _ principal: Principal) async throws -> (String, JSON) {
        let name = try fields.required("avatar_id", limit: 100)
        var settings = JSONObject()
        if let voice = try fields.string("voice", limit: 200) {
            try await backend.voices.check(voice, field: "/voice")
            settings.set("voice", .string(voice))
        }
        if var ai = try fields.object("ai") {
            var chosen = JSONObject()
            let provider = try ai.required("provider", limit: 40)
            guard Self.aiProviders.contains(provider) else {
                throw APIError.invalid(
                    "/ai/provider",
                    "there is no provider '\(provider.quotedForMessage())'; choose \(Self.aiProviders.joined(separator: ", "))"
                )
            }
            chosen.set("provider", .string(provider))
            if let model = try ai.string("model", limit: 200) { chosen.set("model", .string(model)) }
            if let system = try ai.string("system", limit: 32_000) { chosen.set("system", .string(system)) }
            try ai.finish()
            settings.set("ai", .object(chosen))
        }
        let keys = try ConversationKeys(&fields)
        _ = try await backend.avatar(name, account: principal.id, field: "/avatar_id")
        settings = try keys.sealed(into: settings, account: principal.id, masterKey: backend.masterKey)
        return (name, .object(settings))
    }

    @Sendable private func createSession(_ request: Request, _ context: ServiceContext) async throws
        -> Response
    {
        let principal = try context.requirePrincipal()
        let body = try await request.json(limit: 128 << 10)
        let idempotency = try IdempotencyKey.read(request, body: body, backend)
        var fields = try RequestFields(body)
        let (avatar, settings) = try await start(&fields, principal)
        try fields.finish()
        let created = { (session: Session) in
            context.answer(
                json(session), status: .created, headers: [.location: "/v1/sessions/\(session.id)"])
        }
        return try await backend.store.createSession(
            avatar: avatar, settings: JSONText(settings), account: principal.id,
            idempotency: idempotency?.keeping { $0.id.rawValue }
        ).answer(created) { stored in
            guard
                let session = try await backend.store.session(
                    SessionID(stored.body), account: principal.id)
            else { throw Self.noSession(stored.body) }
            return created(session)
        }
    }

    @Sendable private func showSession(_ request: Request, _ context: ServiceContext) async throws -> Response
    {
        let session = try await context.owned(orThrow: Self.noSession) {
            try await backend.store.session($0, account: $1)
        }
        return try context.answer(versioned: json(session), to: request)
    }

    @Sendable private func deleteSession(_ request: Request, _ context: ServiceContext) async throws
        -> Response
    {
        let principal = try context.requirePrincipal()
        let id = try context.parameters.require("id")
        let store = try backend.store(changing: SessionID(id), principal.id, by: request) {
            EntityTag(of: json($0))
        }
        guard try await store.deleteSession(SessionID(id), account: principal.id) else {
            throw Self.noSession(id)
        }
        return .noContent
    }

    // MARK: Conversations

    private func json(_ conversation: Conversation) -> JSON {
        .members([
            "id": .string(conversation.id.rawValue), "session_id": .optional(conversation.session?.rawValue),
            "avatar_id": .string(conversation.avatar),
            "settings": ConversationKeys.without(conversation.settings),
            "created_at": .string(conversation.createdAt.rfc3339),
            "updated_at": .string(conversation.updatedAt.rfc3339),
            "ended_at": .optional(conversation.endedAt?.rfc3339),
        ])
    }

    @Sendable private func createConversation(_ request: Request, _ context: ServiceContext) async throws
        -> Response
    {
        let principal = try context.requirePrincipal()
        let body = try await request.json(limit: 128 << 10)
        let idempotency: Idempotency<Conversation>? = try IdempotencyKey.read(request, body: body, backend)?
            .keeping { $0.id.rawValue }
        var fields = try RequestFields(body)
        let once: Once<Conversation>
        if let session = try fields.string("session_id", limit: 100) {
            try fields.finish()
            guard
                let begun = try await backend.store.createConversation(
                    session: SessionID(session), account: principal.id, idempotency: idempotency)
            else { throw Self.noSession(session) }
            once = begun
        } else {
            let (avatar, settings) = try await start(&fields, principal)
            try fields.finish()
            once = try await backend.store.createConversation(
                avatar: avatar, settings: JSONText(settings), account: principal.id, idempotency: idempotency)
        }
        let created = { (conversation: Conversation) in
            context.answer(
                json(conversation), status: .created,
                headers: [.location: "/v1/conversations/\(conversation.id)"])
        }
        return try await once.answer(created) { stored in
            guard
                let found = try await backend.store.conversation(
                    ConversationID(stored.body), account: principal.id)
            else { throw Self.noConversation(stored.body) }
            return created(found)
        }
    }

    @Sendable private func listConversations(_ request: Request, _ context: ServiceContext) async throws
        -> Response
    {
        let principal = try context.requirePrincipal()
        let page = try PageQuery(request, of: "conversations", principal.id, backend)
        return page.answer(
            try await backend.store.conversations(
                account: principal.id, after: page.position, limit: page.limit), context
        ) { json($0) }
    }

    @Sendable private func showConversation(_ request: Request, _ context: ServiceContext) async throws
        -> Response
    {
        let found = try await context.owned(orThrow: Self.noConversation) {
            try await backend.store.conversation($0, account: $1)
        }
        return try context.answer(versioned: json(found), to: request)
    }

    @Sendable private func deleteConversation(_ request: Request, _ context: ServiceContext) async throws
        -> Response
    {
        let principal = try context.requirePrincipal()
        let id = try context.parameters.require("id")
        let store = try store(changing: ConversationID(id), principal, request)
        guard try await store.deleteConversation(ConversationID(id), account: principal.id) else {
            throw Self.noConversation(id)
        }
        return .noContent
    }

    private func store(
        changing id: ConversationID, _ principal: Principal, _ request: Request
    ) throws -> ServiceStore {
        try backend.store(changing: id, principal.id, by: request) { EntityTag(of: json($0)) }
    }

    /// The conversation can still be read, and takes no more messages.
    @Sendable private func endConversation(_ request: Request, _ context: ServiceContext) async throws
        -> Response
    {
        let principal = try context.requirePrincipal()
        let id = try context.parameters.require("id")
        try await request.optionalFields().finish()
        let store = try store(changing: ConversationID(id), principal, request)
        guard let ended = try await store.endConversation(ConversationID(id), account: principal.id) else {
            throw Self.noConversation(id)
        }
        return try context.answer(versioned: json(ended))
    }

    @Sendable private func messages(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let id = try context.parameters.require("id")
        let page = try PageQuery(request, of: "messages \(id)", principal.id, backend)
        let found = try await backend.store.messages(
            in: ConversationID(id), account: principal.id, after: page.position, limit: page.limit)
        guard let found else { throw Self.noConversation(id) }
        return page.answer(found, context) { message in
            .members([
                "id": .string(message.id.rawValue), "role": .string(message.role.rawValue),
                "state": .string(message.state.rawValue), "content": .string(message.content),
                "text": .string(
                    message.role == .assistant
                        ? ExpressionMarks.parse(message.content).text : message.content),
                "render_id": .optional(message.job?.rawValue), "error": Self.error(message),
                "created_at": .string(message.createdAt.rfc3339),
            ])
        }
    }

    /// Why a message has no answer; what concerns the server alone stays in its log.
    private static func error(_ message: Message) -> JSON {
        guard let failure = message.failure else { return .null }
        let isOurs = [ErrorCode.invalidConfig, .internalError].contains { $0.code == failure.code }
        return .members([
            "code": .string(failure.code), "name": .string(failure.name),
            "message": .string(isOurs ? "the server is not configured for this" : failure.message),
            "recoverable": .bool(failure.recoverable), "retryAfter": .optional(failure.retryAfter),
        ])
    }
}

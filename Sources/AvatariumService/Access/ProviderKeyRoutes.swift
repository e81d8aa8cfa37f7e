import Avatarium
import AvatariumCore
import Hummingbird
import ServiceStore

/// Customers' own keys to providers: `/v1/byok`.
struct ProviderKeyRoutes {
    let backend: Backend
    static let providers = ["openai", "anthropic", "groq", "gemini", "google", "elevenlabs"]

    var routes: [Route] {
        [
            Route(.get, "/v1/byok", .scope(.admin), list),
            Route(.put, "/v1/byok/{provider}", .scope(.admin), set),
            Route(.delete, "/v1/byok/{provider}", .scope(.admin), delete),
        ]
    }

    private func json(_ key: StoredProviderKey) -> JSON {
        .members([
            "provider": .string(key.provider), "last4": .string(key.last4),
            "created_at": .string(key.createdAt.rfc3339), "updated_at": .string(key.updatedAt.rfc3339),
        ])
    }

    /// - Throws: INVALID_PARAMETER, which is E073 in the library's words.
    private func provider(_ context: ServiceContext) throws -> String {
        let name = try context.parameters.require("provider")
        guard Self.providers.contains(name) else {
            let near =
                NearMatches.of(name.lowercased(), in: Self.providers).first.map { "did you mean '\($0)'? " }
                ?? ""
            throw APIError.invalid(
                "provider",
                "there is no provider '\(name.quotedForMessage())'; \(near)choose \(Self.providers.joined(separator: ", "))"
            )
        }
        return name
    }

    @Sendable private func list(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let keys = try await backend.store.providerKeys(account: principal.id)
        return context.answer(.array(keys.map(json)), nextCursor: .some(nil))
    }

    @Sendable private func set(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let provider = try provider(context)
        var fields = try await request.fields(limit: 16 << 10)
        let key = try fields.required("key", limit: 500)
        try fields.finish()
        guard key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw APIError.invalid("/key", "key must be printable ASCII without spaces; copy it again")
        }
        let stored = try await backend.store.setProviderKey(
            key, provider: provider, account: principal.id, masterKey: backend.masterKey)
        return context.answer(json(stored))
    }

    @Sendable private func delete(_ request: Request, _ context: ServiceContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let provider = try provider(context)
        guard try await backend.store.deleteProviderKey(provider, account: principal.id) else {
            throw APIError.notFound("key of your own for", provider)
        }
        return .noContent
    }
}

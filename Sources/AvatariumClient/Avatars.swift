import AvatariumCore
import Foundation

public struct Avatar: Sendable, Decodable, Equatable {
    public var id: String
    public var slug: String
    public var name: String
    public var bundled: Bool
    /// `ready`, or `quarantined` after it crashed the renderer twice.
    public var state: String
    /// SHA-256 of the model, in hexadecimal digits; nil for a bundled avatar.
    public var sha256: String?
    /// The URL of its preview image, which requires the same key.
    public var preview: String?
}

public struct Voice: Sendable, Decodable, Equatable {
    public var id: String
    public var name: String
    public var language: String
    public var gender: String?
    public var engine: String
}

public struct Upload: Sendable, Decodable, Equatable {
    public var id: String
    public var kind: String
    public var bytes: Int
    public var expiresAt: Date?
}

extension AvatariumClient {
    public func avatars(limit: Int? = nil, after cursor: String? = nil) async throws -> Page<Avatar> {
        try await page("/v1/avatars", limit, cursor)
    }

    public func avatar(_ id: String) async throws -> Avatar {
        try await send(Call(.GET, "/v1/avatars/\(Self.escaped(id))"))
    }

    /// Uploads a model, GLB or VRM.
    /// - Throws: E024 if the model is not valid.
    public func upload(avatar bytes: [UInt8], slug: String? = nil, name: String? = nil) async throws -> Avatar
    {
        var call = Call(.POST, "/v1/avatars")
        call.ask("slug", slug)
        call.ask("name", name)
        call.body = (bytes, "model/gltf-binary")
        return try await send(call)
    }

    private struct NewAvatar: Encodable {
        var url: String?
        var recipe: AvatarRecipe?
        var slug: String?
        var name: String?
    }

    /// Makes the service download a model, GLB or VRM.
    /// - Throws: E021 if it cannot be downloaded, E024 if it is not valid.
    public func upload(avatarAt url: String, slug: String? = nil, name: String? = nil) async throws -> Avatar
    {
        try await send(Call(.POST, "/v1/avatars", json: NewAvatar(url: url, slug: slug, name: name)))
    }

    /// Creates an avatar from parts of the bundled ones.
    /// - Throws: E093 with the recipe's field if a value is not known.
    public func make(avatar recipe: AvatarRecipe, slug: String? = nil, name: String? = nil) async throws
        -> Avatar
    {
        try await send(Call(.POST, "/v1/avatars", json: NewAvatar(recipe: recipe, slug: slug, name: name)))
    }

    private struct AvatarChange: Encodable {
        var slug: String?
        var name: String?
    }

    /// Changes an avatar's slug, its name, or both.
    @discardableResult
    public func change(avatar id: String, slug: String? = nil, name: String? = nil) async throws -> Avatar {
        try await send(
            Call(.PATCH, "/v1/avatars/\(Self.escaped(id))", json: AvatarChange(slug: slug, name: name)))
    }

    /// Returns an avatar's preview image, a PNG.
    public func preview(ofAvatar id: String) async throws -> [UInt8] {
        try await bytes(Call(.GET, "/v1/avatars/\(Self.escaped(id))/preview.png")).bytes
    }

    public func delete(avatar id: String) async throws {
        try await send(Call(.DELETE, "/v1/avatars/\(Self.escaped(id))"))
    }

    public func voices(language: String? = nil) async throws -> [Voice] {
        var call = Call(.GET, "/v1/voices")
        call.ask("language", language)
        return try await send(call)
    }

    /// Uploads a file for use in clips. It is kept for a day.
    /// - Parameters:
    ///   - kind: `audio`, `timings`, `background`, `overlay`, `music`, `environment`, `mapping`, `body` or `performance`.
    ///   - contentType: The media type, such as `audio/wav`.
    public func upload(_ bytes: [UInt8], kind: String, contentType: String) async throws -> Upload {
        var call = Call(.POST, "/v1/uploads")
        call.ask("kind", kind)
        call.body = (bytes, contentType)
        return try await send(call)
    }

    public func upload(_ id: String) async throws -> Upload {
        try await send(Call(.GET, "/v1/uploads/\(Self.escaped(id))"))
    }

    public func delete(upload id: String) async throws {
        try await send(Call(.DELETE, "/v1/uploads/\(Self.escaped(id))"))
    }
}

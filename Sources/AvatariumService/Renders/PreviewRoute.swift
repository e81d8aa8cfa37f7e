import Avatarium
import AvatariumCore
import Foundation
import Hummingbird
import NIOCore
import ObjectStorage
import ServiceStore

/// One picture at once, bounded in time and size: to see a look before a clip is ordered.
struct PreviewRoute {
    let backend: Backend
    let principal: Principal
    private static let seconds = 10
    private static let largest = 1280 * 1280

    func respond(_ fields: RequestFields) async throws -> Response {
        var fields = fields
        let name = try fields.required("avatar_id", limit: 100)
        var clip = ClipRequest()
        try RenderParser(backend: backend, principal: principal).look(&fields, &clip)
        var still = StillRequest(avatar: name)
        still.variant = clip.variant
        still.size = clip.size ?? ImageSize(width: 640, height: 360)
        still.camera = clip.camera ?? .face
        still.background = clip.background ?? .standard
        still.environment = clip.environment ?? still.environment
        still.exposure = clip.exposure ?? 1
        still.toneMap = clip.toneMap ?? .aces
        still.keyLight = clip.keyLight ?? true
        still.samples = clip.samples ?? 1
        still.idle = clip.idle ?? true
        still.seed = clip.seed ?? 0
        still.expression = try fields.string("expression", limit: 100) ?? clip.emotions?.first?.emotion.name
        if let text = try fields.string("viseme", limit: 10) {
            guard
                let viseme = OculusViseme.allCases.first(where: { $0.name.lowercased() == text.lowercased() })
            else {
                throw APIError.invalid(
                    "/viseme",
                    "viseme must be one of \(OculusViseme.allCases.map(\.name).joined(separator: " "))")
            }
            still.viseme = viseme
        }
        try fields.finish()
        guard still.size.width * still.size.height <= Self.largest,
            ImageSize.range.contains(still.size.width), ImageSize.range.contains(still.size.height)
        else {
            throw APIError.invalid("/size", "a preview has at most \(Self.largest) pixels; ask for 640x360")
        }
        let avatar = try await backend.avatar(name, account: principal.id, field: "/avatar_id")
        return try await picture(still, avatar: avatar, headers: [.cacheControl: "no-store"])
    }

    /// Draws with the avatar's own file in a folder of this request.
    func picture(_ request: StillRequest, avatar: RenderOrder.Avatar, headers: HTTPFields) async throws
        -> Response
    {
        let png = try await backend.work.with { folder in
            var still = request
            switch avatar {
            case .bundled(let name): still.avatar = name
            case .uploaded(_, let key, let suffix, _):
                still.avatar = "\(folder)/model.\(suffix)"
                _ = try await backend.objects.get(ObjectKey(key), to: still.avatar)
            }
            let (drawn, renderer) = (still, backend.renderer)
            do {
                return try await Self.bounded { try await renderer.still(drawn, isTrusted: avatar.isTrusted) }
            } catch {
                await backend.noteCrash(error, of: avatar, account: principal.id)
                throw error
            }
        }
        var headers = headers
        headers[.contentType] = "image/png"
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: png)))
    }

    private static func bounded(_ draw: @escaping @Sendable () async throws -> [UInt8]) async throws
        -> [UInt8]
    {
        try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
            group.addTask { try await draw() }
            group.addTask {
                try await Task.sleep(for: .seconds(seconds))
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let png = first else {
                throw APIError.temporarilyUnavailable(
                    "the picture was not drawn within \(seconds) s; try again, or order a clip", retryAfter: 5
                )
            }
            return png
        }
    }
}

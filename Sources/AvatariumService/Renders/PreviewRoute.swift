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
        let parser = RenderParser(backend: backend, principal: principal)
        let clip = try parser.look(&fields, ClipFields.look + ClipFields.view)
        var inputs: [String: RenderOrder.Source] = [:]
        for (field, kind) in [("background", UploadKind.background), ("environment", .environment)] {
            inputs[field] = try await parser.upload(&fields, "\(field)_id", [kind])
        }
        try RenderParser.checkLook(inputs, clip)
        var still = StillRequest(avatar: name)
        still.variant = clip.variant
        still.size = clip.size ?? ImageSize(width: 640, height: 360)
        still.camera = clip.camera ?? .face
        still.view = clip.view
        still.background = clip.background ?? .standard
        still.environment = clip.environment ?? still.environment
        still.exposure = clip.exposure ?? 1
        still.toneMap = clip.toneMap ?? .aces
        still.keyLight = clip.keyLight ?? true
        still.modelLights = clip.modelLights ?? still.modelLights
        still.faceMaterials = clip.faceMaterials ?? still.faceMaterials
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
            throw APIError.invalid("/size", "a preview has at most \(Self.largest) pixels; request 640x360")
        }
        let avatar = try await backend.avatar(name, account: principal.id, field: "/avatar_id")
        return try await picture(
            still, avatar: avatar, inputs: inputs, headers: [.cacheControl: "no-store"])
    }

    /// An avatar's own picture, which is drawn once.
    /// - Parameter key: names its bytes and its look.
    func avatarPicture(
        _ request: StillRequest, avatar: RenderOrder.Avatar, key: String, headers: HTTPFields
    ) async throws -> Response {
        let drawing = await backend.pictures.value(key) { try await draw(request, avatar, [:]) }
        return try await respond(headers) { try await drawing.value }
    }

    private func picture(
        _ request: StillRequest, avatar: RenderOrder.Avatar, inputs: [String: RenderOrder.Source],
        headers: HTTPFields
    ) async throws -> Response {
        let drawing = Task { try await draw(request, avatar, inputs) }
        defer { drawing.cancel() }
        return try await respond(headers) { try await drawing.value }
    }

    /// Draws with the avatar's own file, and with uploads, in a folder of this request.
    private func draw(
        _ request: StillRequest, _ avatar: RenderOrder.Avatar, _ inputs: [String: RenderOrder.Source]
    ) async throws -> [UInt8] {
        try await backend.work.with { folder in
            var still = request
            switch avatar {
            case .bundled(let name): still.avatar = name
            case .uploaded(_, let key, let suffix, _):
                still.avatar = "\(folder)/model.\(suffix)"
                _ = try await backend.objects.get(ObjectKey(key), to: still.avatar)
            }
            for case (let field, .object(let key, let suffix)) in inputs {
                let path = "\(folder)/\(field).\(suffix)"
                _ = try await backend.objects.get(ObjectKey(key), to: path)
                if field == "background" {
                    still.background = .image(path)
                } else {
                    still.environment = .hdr(path: path)
                }
            }
            do {
                return try await backend.renderer.still(still, isTrusted: avatar.isTrusted)
            } catch {
                await backend.noteCrash(error, of: avatar, account: principal.id)
                throw (error as? AvatariumError).map { RequestWords.translated($0, inputs: inputs) } ?? error
            }
        }
    }

    /// Answers with a picture, or says when it takes too long; how long it goes on then is its maker's affair.
    private func respond(
        _ headers: HTTPFields, _ picture: @escaping @Sendable () async throws -> [UInt8]
    ) async throws -> Response {
        let (ends, end) = AsyncStream.makeStream(of: Result<[UInt8], any Error>.self)
        let waiting = Task {
            do { end.yield(.success(try await picture())) } catch { end.yield(.failure(error)) }
        }
        let timer = Task {
            try await Task.sleep(for: .seconds(Self.seconds))
            end.yield(.failure(Self.late))
        }
        defer {
            waiting.cancel()
            timer.cancel()
        }
        for await first in ends {
            var headers = headers
            headers[.contentType] = "image/png"
            return Response(
                status: .ok, headers: headers,
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: try first.get())))
        }
        // The client has gone.
        throw CancellationError()
    }

    private static var late: APIError {
        APIError.temporarilyUnavailable(
            "the preview was not rendered within \(seconds) s; try again, or request a clip", retryAfter: 5)
    }
}

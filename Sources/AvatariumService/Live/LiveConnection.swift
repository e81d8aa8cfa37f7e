import Avatarium
import AvatariumCore
import Foundation
import HTTPTypes
import Logging
import ObjectStorage
import RenderChild
import ServiceHTTP
import ServiceStore

/// One connection to `/v1/live` from its first message to its end.
struct LiveConnection: Sendable {
    let backend: Backend
    let gate: GateMiddleware
    let socket: LiveSocket
    let request: HTTPRequest

    /// How long a client may wait with its first message, seconds.
    private static let patience = 10.0
    private static let scope = Scope.renders

    func run() async {
        do {
            try await backend.drain.cancelling { try await serve() }
        } catch is CancellationError {
            socket.close(.goingAway)
        } catch {
            backend.logger.info("a live session was refused", metadata: ["reason": "\(error)"])
            socket.send(LiveAnswer.failure(error, turn: nil, isFatal: true))
            socket.close(.policyViolation)
        }
    }

    private func serve() async throws {
        var messages = socket.incoming.makeAsyncIterator()
        let late = Task {
            try await Task.sleep(for: .seconds(Self.patience))
            socket.close(.policyViolation)
        }
        guard let first = await messages.next() else {
            late.cancel()
            return
        }
        late.cancel()
        socket.took(first)
        let principal: Principal
        let fields: RequestFields
        do {
            (principal, fields) = try await identify(first)
        } catch {
            try gate.countRefusal(socket.peer, request)
            throw error
        }
        try gate.admit(principal, scope: Self.scope)
        let (session, seen) = try await open(fields, principal)
        await session.attach(socket, seen: seen)
        let access = Task { try await endWithoutAccess(principal) }
        defer { access.cancel() }
        while let message = await messages.next(), !Task.isCancelled {
            socket.took(message)
            do {
                switch message {
                case .text(let bytes): try await session.handle(LiveMessage(text: bytes))
                case .binary(let bytes): try await session.handle(.samples(bytes))
                }
            } catch {
                await session.tell(error)
            }
        }
        if Task.isCancelled { socket.close(.goingAway) }
        switch await session.detach(socket) {
        case .waits where socket.hasLeft: await backend.live.end(session.id)
        case .waits: await backend.live.leave(session)
        case .isOver: await backend.live.end(session.id)
        case .belongsToAnother: break
        }
    }

    /// Reads the first message, and finds out who has sent it.
    private func identify(_ first: LiveSocket.Incoming) async throws -> (Principal, RequestFields) {
        guard case .text(let bytes) = first, case .start(let token, let fields) = try LiveMessage(text: bytes)
        else {
            throw APIError.invalid("/type", "the first message must be {\"type\": \"start\"}")
        }
        let header = request.headerFields[.authorization]
        return (try await gate.identify(bearer: token, header: header, scope: Self.scope), fields)
    }

    /// Ends a connection whose key is revoked or expires, whose login ends, or whose account is closed while it is open. A
    /// token is for the start alone, and may expire meanwhile.
    private func endWithoutAccess(_ principal: Principal) async throws {
        while true {
            try await Task.sleep(for: backend.configuration.liveAccessCheck)
            // A database that is away says nothing of the key.
            guard (try? await backend.stillAdmits(principal)) == false else { continue }
            let reason = APIError(
                principal.key == nil ? .tokenInvalid : .invalidAPIKey,
                "the key with which this session was started is revoked or expired, or its login has ended; "
                    + "start another with a new key"
            )
            socket.send(LiveAnswer.failure(reason, turn: nil, isFatal: true))
            socket.close(.policyViolation)
            return
        }
    }

    // MARK: The start

    /// Finds or makes the session.
    /// - Returns: The session, and the frame after which the client goes on, where it comes back to it.
    private func open(
        _ given: RequestFields, _ principal: Principal
    ) async throws -> (LiveSession, seen: Int?) {
        var fields = given
        let resume = try fields.string("resume", limit: 100)
        let seen = try fields.integer("frame", in: 0...Int(Int32.max))
        if let resume,
            let session = await backend.live.resume(
                resume, account: principal.id, isTest: principal.isTest),
            await !session.isBroken
        {
            return (session, seen ?? Int(Int32.max))
        }
        let order = try await order(&fields, principal)
        let draws = order.streams.contains(.video)
        // Faces cost little; each drawn one takes about half a core.
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let limits = LiveSessions.Limits(
            ofAccount: principal.plan.concurrency, drawing: max(2, 2 * cores), all: 200 * cores)
        try await backend.live.reserve(draws: draws, account: principal.id, limits)
        do {
            let drawing =
                draws
                ? try await backend.renderer.live(
                    order.clip, isTrusted: order.isTrusted, isMarkedAsTest: order.isTest) : nil
            let session = LiveSession(
                id: Identifier<LiveEntity>.make().rawValue, order: order, drawing: drawing,
                ticker: backend.live.ticker, audience: backend.live.audience, logger: backend.logger)
            await backend.live.add(session, draws: draws)
            return (session, nil)
        } catch {
            await backend.live.release(draws: draws, account: principal.id)
            try? FileManager.default.removeItem(atPath: order.folder)
            throw error
        }
    }

    private func order(_ fields: inout RequestFields, _ principal: Principal) async throws -> LiveOrder {
        let name = try fields.string("avatar_id", limit: 100) ?? AvatarSource.standardName
        let voice = try fields.string("voice", limit: 200)
        var clip = try RenderParser(backend: backend, principal: principal).look(&fields, ClipFields.look)
        let streams = try streams(&fields)
        try fields.finish()
        if let voice { try await backend.voices.check(voice, field: "/voice") }
        if principal.isTest {
            guard streams.contains(.video) else {
                throw APIError.invalid(
                    "/streams",
                    "live avatars of test keys carry a mark in the picture; request video too, or use a "
                        + "live key"
                )
            }
            clip.size = RenderOrder.testSize
            clip.quality = .draft
        }
        let size = clip.size ?? ImageSize(width: 1280, height: 720)
        clip.size = size
        let rate = clip.fps ?? .fps30
        guard (10...60).contains(rate.framesPerSecond) else {
            throw APIError.invalid("/fps", "fps must be 10 to 60 for a live avatar")
        }
        clip.fps = rate
        guard size.width % 2 == 0, size.height % 2 == 0, size.width >= 64, size.height >= 64,
            size.width * size.height <= min(1920 * 1088, principal.plan.pixels)
        else {
            throw APIError.invalid(
                "/size", "size must have even sides and at most 1920x1080 pixels for a live avatar")
        }
        let avatar = try await backend.avatar(name, account: principal.id, field: "/avatar_id")
        let folder = "\(backend.work.root)/\(Identifier<LiveEntity>.make().rawValue)"
        clip.avatar = try await file(of: avatar, in: folder)
        return LiveOrder(
            account: principal.id, clip: clip, size: size, isTrusted: avatar.isTrusted, streams: streams,
            voice: voice, frameRate: rate, isTest: principal.isTest, folder: folder)
    }

    private func streams(_ fields: inout RequestFields) throws -> Set<LiveOrder.Stream> {
        guard let names = try fields.strings("streams", count: 3, limit: 20) else { return [.video, .audio] }
        let streams = try names.map { name in
            guard let stream = LiveOrder.Stream(rawValue: name) else {
                throw APIError.invalid("/streams", "streams must contain some of video, audio and face")
            }
            return stream
        }
        guard !streams.isEmpty else {
            throw APIError.invalid("/streams", "streams is empty; request video, audio or face")
        }
        return Set(streams)
    }

    /// The avatar's name, or the path of its file in a folder of this session.
    private func file(of avatar: RenderOrder.Avatar, in folder: String) async throws -> String {
        switch avatar {
        case .bundled(let name): return name
        case .uploaded(_, let key, let suffix, _):
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let path = "\(folder)/avatar.\(suffix)"
            _ = try await backend.objects.get(ObjectKey(key), to: path)
            return path
        }
    }
}

private enum LiveEntity: Identified {
    static let identifierPrefix = "live"
}

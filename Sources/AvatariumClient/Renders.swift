import AsyncHTTPClient
import AvatariumCore
import Foundation
import ProviderHTTP

/// A clip that is ordered: a text that is spoken, or uploaded audio with what is known of its sounds.
public struct RenderOrder: Sendable, Encodable, Equatable {
    /// The id or slug of an avatar: one of the account's own, or a bundled one.
    public var avatar: String
    /// What is said; marks such as `[happy]` drive the face.
    public var text: String?
    public var ssml: Bool?
    public var voice: String?
    /// 0.25 to 4.
    public var rate: Double?
    /// 0 to 2.
    public var pitch: Double?
    /// The id of an upload, or a URL, instead of a text.
    public var audioID: String?
    public var audioURL: String?
    public var timingsID: String?
    public var transcript: String?
    public var language: String?
    /// `1280x720`.
    public var size: String?
    public var fps: Double?
    /// `face`, `bust`, `waist`, `body`.
    public var camera: String?
    public var background: String?
    /// `mp4`, `webm` or `mov`.
    public var format: String?
    public var quality: String?
    public var seed: UInt64?
    /// The client's own name for it, by which it can be found.
    public var reference: String?
    /// -100 to 100.
    public var priority: Int?
    public var webhookURL: String?
    /// One's own key to the provider of the voice, for this clip alone.
    public var byokTTS: String?

    public init(avatar: String, text: String? = nil, voice: String? = nil) {
        self.avatar = avatar
        self.text = text
        self.voice = voice
    }

    private enum CodingKeys: String, CodingKey {
        case avatar = "avatar_id"
        case text, ssml, voice, rate, pitch, transcript, language, size, fps, camera, background, format,
            quality,
            seed, reference, priority, byokTTS
        case audioID = "audio_id"
        case audioURL = "audio_url"
        case timingsID = "timings_id"
        case webhookURL = "webhook_url"
    }
}

/// A clip as the service knows it.
public struct Render: Sendable, Decodable, Equatable {
    public enum State: String, Sendable, Decodable {
        case queued, running, succeeded, failed, cancelled
        public var isFinal: Bool { self != .queued && self != .running }
    }

    public struct Progress: Sendable, Decodable, Equatable {
        public var stage: String
        public var framesDone: Int?
        public var framesTotal: Int?
        /// 100 only with a whole file.
        public var percent: Double
        public var etaSeconds: Double?
        public var queuePosition: Int?
    }

    public struct Video: Sendable, Decodable, Equatable {
        /// Signed, for an hour; each answer has a new one.
        public var url: String
        public var contentType: String
        public var bytes: Int
        public var sha256: String
        public var durationSeconds: Double?
        public var frames: Int?
        /// Where its captions and its face track are; nil for a clip that has none.
        public var captions: String?
        public var curves: String?
    }

    public var id: String
    public var state: State
    public var reference: String?
    public var attempt: Int?
    public var progress: Progress
    /// The finished clip; nil before it is made.
    public var video: Video?
    /// Why it failed, or why the last attempt did.
    public var error: JobFailure?
    public var createdAt: Date
    public var finishedAt: Date?
}

extension AvatariumClient {
    /// Orders a clip.
    /// - Parameters:
    ///   - wait: How long the service waits for its end before it answers, up to 60 s.
    ///   - idempotencyKey: Makes repetitions harmless for a day; a new one by default.
    public func render(
        _ order: RenderOrder, wait: Duration? = nil, idempotencyKey: String = UUID().uuidString
    ) async throws -> Render {
        var call = try Call(.POST, "/v1/renders", json: order)
        call.headers.append(("idempotency-key", idempotencyKey))
        call.isRepeatable = true
        call.wait(wait)
        return try await send(call)
    }

    /// A clip as it is now, or after a wait of up to 60 s for its end.
    public func render(_ id: String, wait: Duration? = nil) async throws -> Render {
        var call = Call(.GET, "/v1/renders/\(Self.escaped(id))")
        call.wait(wait)
        return try await send(call)
    }

    /// Waits until a clip is over.
    /// - Throws: What made it fail; `CancellationError` for one that was cancelled.
    public func finished(_ id: String) async throws -> Render {
        while true {
            let render = try await render(id, wait: .seconds(60))
            switch render.state {
            case .queued, .running: continue
            case .succeeded: return render
            case .cancelled: throw CancellationError()
            case .failed:
                throw render.error?.error
                    ?? AvatariumError(.unknownError, "the clip failed and the service does not say why")
            }
        }
    }

    /// The account's clips, newest first.
    public func renders(
        state: Render.State? = nil, reference: String? = nil, limit: Int? = nil, after cursor: String? = nil
    ) async throws -> Page<Render> {
        var call = Call(.GET, "/v1/renders")
        call.ask("state", state?.rawValue)
        call.ask("reference", reference)
        call.page(limit, cursor)
        return try await page(call)
    }

    @discardableResult
    public func cancel(_ id: String) async throws -> Render {
        try await send(Call(repeatable: "/v1/renders/\(Self.escaped(id))/cancel"))
    }

    @discardableResult
    public func retry(_ id: String) async throws -> Render {
        try await send(Call(repeatable: "/v1/renders/\(Self.escaped(id))/retry"))
    }

    public func delete(render id: String) async throws {
        try await send(Call(.DELETE, "/v1/renders/\(Self.escaped(id))"))
    }

    /// The states of a clip as they come, the last one final. A connection that breaks is made anew and goes on where it was.
    public func events(of id: String) -> AsyncThrowingStream<Render, any Error> {
        AsyncThrowingStream { continuation in
            let task = Task {
                do {
                    try await follow(id) { continuation.yield($0) }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    private func follow(_ id: String, give: (Render) -> Void) async throws {
        var last: String?
        var failures = 0
        while true {
            var call = Call(.GET, "/v1/renders/\(Self.escaped(id))/events")
            if let last { call.headers.append(("last-event-id", last)) }
            do {
                for try await event in stream(call) {
                    failures = 0
                    last = event.id ?? last
                    let render = try Self.render(event)
                    give(render)
                    if render.state.isFinal { return }
                }
            } catch let error as AvatariumError where error.code == .networkError {
                failures += 1
                guard failures < retries.attempts else { throw error }
            }
            try Task.checkCancellation()
            // The service ends its streams when it restarts.
            try await Task.sleep(for: retries.firstDelay)
        }
    }

    static func render(_ event: ServerSentEvent) throws -> Render {
        do {
            return try Envelope<Render>.read(
                Array("{\"data\":\(event.data),\"meta\":{\"requestId\":\"\"}}".utf8)
            ).data
        } catch {
            throw AvatariumError(.unknownError, "an event of the service cannot be read", cause: error)
        }
    }

    /// Writes a clip's video to a file, which appears when it is whole.
    /// - Throws: E025 where the file cannot be written.
    public func download(videoOf id: String, to path: String) async throws {
        let part = "\(path).\(UUID().uuidString).part"
        defer { unlink(part) }
        try await attempts(Call(.GET, "/v1/renders/\(Self.escaped(id))/video")) { response in
            do {
                guard FileManager.default.createFile(atPath: part, contents: nil) else {
                    throw CocoaError(.fileWriteUnknown)
                }
                let file = try FileHandle(forWritingTo: URL(fileURLWithPath: part))
                defer { try? file.close() }
                for try await bytes in response.body {
                    try file.write(contentsOf: Data(bytes.readableBytesView))
                }
            } catch let error as CocoaError {
                throw Self.unwritable(path, error)
            }
        }
        guard rename(part, path) == 0 else {
            throw Self.unwritable(path, POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO))
        }
    }

    /// A clip's captions, as WebVTT.
    public func captions(of id: String) async throws -> String {
        let (bytes, _) = try await bytes(Call(.GET, "/v1/renders/\(Self.escaped(id))/captions.vtt"))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A clip's face track: the curves that move the face, as JSON.
    public func curves(of id: String) async throws -> [UInt8] {
        try await bytes(Call(.GET, "/v1/renders/\(Self.escaped(id))/curves")).bytes
    }

    private static func unwritable(_ path: String, _ cause: any Error) -> AvatariumError {
        AvatariumError(
            .outputNotWritable,
            "'\(path.quotedForMessage())' cannot be written; check its folder and the disk",
            context: ["path": path], cause: cause)
    }

    /// Streams the events of an answer, once.
    func stream(_ call: Call) -> AsyncThrowingStream<ServerSentEvent, any Error> {
        var call = call
        call.headers.append(("accept", "text/event-stream"))
        // A stream lasts as long as what it tells of.
        call.patience = .seconds(24 * 3600)
        let request = call
        return AsyncThrowingStream { continuation in
            let task = Task {
                do {
                    try await attempts(request) { response in
                        var parser = ServerSentEventParser(limit: 4 << 20)
                        do {
                            for try await bytes in response.body {
                                for event in try parser.events(in: bytes.readableBytesView) {
                                    continuation.yield(event)
                                }
                            }
                        } catch {
                            try Task.checkCancellation()
                            throw AvatariumError(
                                .networkError, "the service's events broke off; ask again", cause: error)
                        }
                    }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }
}

extension AvatariumClient.Call {
    mutating func wait(_ wait: Duration?) {
        guard let wait else { return }
        let seconds = min(60, max(1, Int((wait / .seconds(1)).rounded(.up))))
        headers.append(("prefer", "wait=\(seconds)"))
        patience = .seconds(seconds)
    }

    mutating func page(_ limit: Int?, _ cursor: String?) {
        ask("limit", limit.map(String.init))
        ask("cursor", cursor)
    }
}

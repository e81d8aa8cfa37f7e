import AsyncHTTPClient
import AvatariumCore
import Foundation
import ProviderHTTP

/// A clip that is ordered: a text that is spoken, or a recording with what is known of its sounds. All that is in
/// ``ClipOptions`` is a property of the order too: `order.size = "640x360"`.
@dynamicMemberLookup
public struct RenderOrder: Sendable, Encodable, Equatable {
    /// The id or slug of an avatar: one of the account's own, or a bundled one. Nil for a dialogue.
    public var avatar: String?
    /// Those who speak in a dialogue, 2 to 4, from left to right; the text is then `ADA: Hello. KIT: Hi!`
    public var cast: [CastMember]?
    /// What is said; marks such as `[happy]` drive the face.
    public var text: String?
    public var ssml: Bool?
    /// One of `AvatariumClient.voices(language:)`.
    public var voice: String?
    /// 0.25 to 4; 1 is the voice's own.
    public var rate: Double?
    /// 0 to 2; 1 is the voice's own.
    public var pitch: Double?
    /// One's own key to the provider of the voice, for this clip alone.
    public var byokTTS: String?
    /// The id of an upload, or a URL, instead of a text.
    public var audioID: String?
    public var audioURL: String?
    /// The recording's timings: Avatarium's JSON, or the text of another format.
    public var timings: String?
    /// The id of an upload of kind `timings`, instead of `timings`.
    public var timingsID: String?
    /// What the recording says, for alignment.
    public var transcript: String?
    /// The language of the recording: `en-us`, `de`.
    public var language: String?
    /// Whose words of the timings are spoken, where they have several speakers.
    public var speaker: String?
    /// JSON that maps face shapes to the avatar's own names.
    public var mapping: String?
    /// The id of an upload of kind `mapping`, instead of `mapping`.
    public var mappingID: String?
    /// JSON with emotions, gaze, gestures, cuts of the camera and animations with their times.
    public var performance: String?
    /// The id of an upload of kind `performance`, instead of `performance`.
    public var performanceID: String?
    /// What it looks and sounds like.
    public var options = ClipOptions()
    /// The client's own name for it, by which it can be found.
    public var reference: String?
    /// -100 to 100, among the account's own clips.
    public var priority: Int?
    /// Fails with E005 when it is not finished by then.
    public var deadlineSeconds: Int?
    /// A URL that is notified of the end, signed with the account's secret.
    public var webhookURL: String?

    public init(avatar: String, text: String? = nil, voice: String? = nil) {
        self.avatar = avatar
        self.text = text
        self.voice = voice
    }

    /// A dialogue.
    /// - Parameter text: Lines that begin with the names of the cast.
    public init(cast: [CastMember], text: String) {
        self.cast = cast
        self.text = text
    }

    public subscript<Value>(dynamicMember path: WritableKeyPath<ClipOptions, Value>) -> Value {
        get { options[keyPath: path] }
        set { options[keyPath: path] = newValue }
    }

    /// Somebody in a dialogue.
    public struct CastMember: Sendable, Encodable, Equatable {
        /// What stands before its lines in the text: `ADA: Hello.`
        public var name: String
        /// Id or slug, or a bundled avatar's name.
        public var avatar: String
        /// One of the server's own voices.
        public var voice: String?
        /// One of the avatar's sets of materials.
        public var variant: String?

        public init(name: String, avatar: String, voice: String? = nil, variant: String? = nil) {
            self.name = name
            self.avatar = avatar
            self.voice = voice
            self.variant = variant
        }

        private enum CodingKeys: String, CodingKey {
            case avatar = "avatar_id"
            case name, voice, variant
        }
    }

    private enum CodingKeys: String, CodingKey {
        case avatar = "avatar_id"
        case cast, text, ssml, voice, rate, pitch, byokTTS, timings, transcript, language, speaker, reference,
            priority
        case audioID = "audio_id"
        case audioURL = "audio_url"
        case timingsID = "timings_id"
        case mappingID = "mapping_id"
        case performanceID = "performance_id"
        case deadlineSeconds = "deadline_seconds"
        case webhookURL = "webhook_url"
        case mapping, performance
    }

    public func encode(to encoder: any Encoder) throws {
        try options.encode(to: encoder)
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encodeIfPresent(avatar, forKey: .avatar)
        try members.encodeIfPresent(cast, forKey: .cast)
        try members.encodeIfPresent(text, forKey: .text)
        try members.encodeIfPresent(ssml, forKey: .ssml)
        try members.encodeIfPresent(voice, forKey: .voice)
        try members.encodeIfPresent(rate, forKey: .rate)
        try members.encodeIfPresent(pitch, forKey: .pitch)
        try members.encodeIfPresent(byokTTS, forKey: .byokTTS)
        try members.encodeIfPresent(audioID, forKey: .audioID)
        try members.encodeIfPresent(audioURL, forKey: .audioURL)
        try members.encodeIfPresent(timings, forKey: .timings)
        try members.encodeIfPresent(timingsID, forKey: .timingsID)
        try members.encodeIfPresent(transcript, forKey: .transcript)
        try members.encodeIfPresent(language, forKey: .language)
        try members.encodeIfPresent(speaker, forKey: .speaker)
        try members.encodeIfPresent(mapping, forKey: .mapping)
        try members.encodeIfPresent(mappingID, forKey: .mappingID)
        try members.encodeIfPresent(performance, forKey: .performance)
        try members.encodeIfPresent(performanceID, forKey: .performanceID)
        try members.encodeIfPresent(reference, forKey: .reference)
        try members.encodeIfPresent(priority, forKey: .priority)
        try members.encodeIfPresent(deadlineSeconds, forKey: .deadlineSeconds)
        try members.encodeIfPresent(webhookURL, forKey: .webhookURL)
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
        /// The size of the file; of a clip in segments, that of the fragmented MP4 that they make together.
        public var bytes: Int
        public var sha256: String
        public var durationSeconds: Double?
        public var frames: Int?
        /// `1280x720`.
        public var size: String?
        public var fps: String?
        /// Where its captions and its face track are; nil for a clip that has none.
        public var captions: String?
        public var curves: String?
        /// Where its poster is, if the order asked for one.
        public var poster: String?
        /// What was not as it should be, and did no harm.
        public var warnings: [String]?
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
                    ?? AvatariumError(.unknownError, "the clip failed, and the service gave no reason")
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
            throw AvatariumError(.unknownError, "an event of the service cannot be decoded", cause: error)
        }
    }

    /// Writes a clip's video to a file, which appears when it is whole. For a clip in segments see `download(hlsOf:to:)`.
    /// - Throws: E025 where the file cannot be written.
    public func download(videoOf id: String, to path: String) async throws {
        try await download("/v1/renders/\(Self.escaped(id))/video", to: path)
    }

    /// Writes a clip in segments (`format` `hls`) into a folder: the segments, then the playlist that names them.
    /// - Returns: The path of the playlist.
    /// - Throws: E025 where the folder cannot be written; E091 for a playlist that names what is not beside it.
    @discardableResult
    public func download(hlsOf id: String, to folder: String) async throws -> String {
        let place = "/v1/renders/\(Self.escaped(id))/hls/"
        let name = "clip.m3u8"
        let (bytes, _) = try await bytes(Call(.GET, place + name))
        let playlist = String(decoding: bytes, as: UTF8.self)
        for line in playlist.split(whereSeparator: \.isNewline) {
            let part: Substring
            if let first = line.firstMatch(of: #/^#EXT-X-MAP:.*URI="([^"]*)"/#)?.1 {
                part = first
            } else if line.hasPrefix("#") {
                continue
            } else {
                part = line
            }
            guard part.wholeMatch(of: #/[A-Za-z0-9_]+\.[a-z0-9]+/#) != nil else {
                throw AvatariumError(
                    .unknownError,
                    "the playlist names '\(String(part).quotedForMessage())', which is not the name of a file beside it"
                )
            }
            try await download(place + part, to: "\(folder)/\(part)")
        }
        try await download(place + name, to: "\(folder)/\(name)")
        return "\(folder)/\(name)"
    }

    private func download(_ address: String, to path: String) async throws {
        let part = "\(path).\(UUID().uuidString).part"
        defer { unlink(part) }
        try await attempts(Call(.GET, address)) { response in
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

    /// A clip's poster, a PNG, if the order asked for one.
    public func poster(of id: String) async throws -> [UInt8] {
        try await bytes(Call(.GET, "/v1/renders/\(Self.escaped(id))/poster.png")).bytes
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
                                .networkError,
                                "the service's event stream ended early; try again", cause: error)
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

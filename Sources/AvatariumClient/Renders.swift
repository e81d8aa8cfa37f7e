import AsyncHTTPClient
import AvatariumCore
import Foundation
import ProviderHTTP

/// A request for a clip: a text to speak, or a recording with its timings or transcript. The properties of
/// ``ClipOptions`` are also properties of the order: `order.size = "640x360"`.
@dynamicMemberLookup
public struct RenderOrder: Sendable, Encodable, Equatable {
    /// The id or slug of one of the account's avatars, or the name of a bundled one. Nil for a dialogue.
    public var avatar: String?
    /// The 2 to 4 speakers of a dialogue, from left to right; the text is then `ADA: Hello. KIT: Hi!`
    public var cast: [CastMember]?
    /// The text to speak; it may contain marks such as `[happy]`.
    public var text: String?
    public var ssml: Bool?
    /// A voice from `AvatariumClient.voices(language:)`.
    public var voice: String?
    /// The speaking rate, 0.25 to 4; 1 is the voice's own.
    public var rate: Double?
    /// The pitch, 0 to 2; 1 is the voice's own.
    public var pitch: Double?
    /// Your own key for the provider of the voice, for this clip only.
    public var byokTTS: String?
    /// The id of an upload, or a URL, instead of a text.
    public var audioID: String?
    public var audioURL: String?
    /// The recording's timings: Avatarium's JSON, or the text of another format.
    public var timings: String?
    /// The id of an upload of kind `timings`, instead of `timings`.
    public var timingsID: String?
    /// The transcript of the recording, for alignment.
    public var transcript: String?
    /// The language of the recording: `en-us`, `de`.
    public var language: String?
    /// The speaker to use, if the timings have several.
    public var speaker: String?
    /// JSON that maps face shapes to the avatar's own names.
    public var mapping: String?
    /// The id of an upload of kind `mapping`, instead of `mapping`.
    public var mappingID: String?
    /// JSON with timed emotions, gaze, gestures, camera cuts and animations.
    public var performance: String?
    /// The id of an upload of kind `performance`, instead of `performance`.
    public var performanceID: String?
    /// The look and the sound of the clip.
    public var options = ClipOptions()
    /// The client's own reference, by which clips can be searched.
    public var reference: String?
    /// The priority among the account's own clips, -100 to 100.
    public var priority: Int?
    /// Seconds after which a clip that is not finished fails with E005.
    public var deadlineSeconds: Int?
    /// A URL that is notified when the clip ends, signed with the account's secret.
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

    /// A speaker in a dialogue.
    public struct CastMember: Sendable, Encodable, Equatable {
        /// The name that precedes the speaker's lines in the text: `ADA: Hello.`
        public var name: String
        /// The id or slug of an avatar, or a bundled avatar's name.
        public var avatar: String
        /// A voice of the server, not one of a provider.
        public var voice: String?
        /// One of the avatar's material variants.
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

/// The state of a clip.
public struct Render: Sendable, Decodable, Equatable {
    public enum State: String, Sendable, Decodable {
        case queued, running, succeeded, failed, cancelled
        public var isFinal: Bool { self != .queued && self != .running }
    }

    public struct Progress: Sendable, Decodable, Equatable {
        public var stage: String
        public var framesDone: Int?
        public var framesTotal: Int?
        /// Per cent done; 100 only when the file is complete.
        public var percent: Double
        public var etaSeconds: Double?
        public var queuePosition: Int?
    }

    public struct Video: Sendable, Decodable, Equatable {
        /// A signed URL that is valid for an hour; each response has a new one.
        public var url: String
        public var contentType: String
        /// The size of the file in bytes; for a clip in segments, that of the fragmented MP4 that they form.
        public var bytes: Int
        public var sha256: String
        public var durationSeconds: Double?
        public var frames: Int?
        /// `1280x720`.
        public var size: String?
        public var fps: String?
        /// The URLs of its captions and its face track; nil for a clip without them.
        public var captions: String?
        public var curves: String?
        /// The URL of its poster, if one was requested.
        public var poster: String?
        /// Problems that did not prevent the result.
        public var warnings: [String]?
    }

    public var id: String
    public var state: State
    public var reference: String?
    public var attempt: Int?
    public var progress: Progress
    /// The finished clip; nil until it is finished.
    public var video: Video?
    /// The reason why the clip, or its last attempt, failed.
    public var error: JobFailure?
    public var createdAt: Date
    public var finishedAt: Date?
}

extension AvatariumClient {
    /// Requests a clip.
    /// - Parameters:
    ///   - wait: How long the service waits for the clip's end before it responds, up to 60 s.
    ///   - idempotencyKey: Repeating a request with the same key within a day returns the same clip; a new key by
    ///     default.
    public func render(
        _ order: RenderOrder, wait: Duration? = nil, idempotencyKey: String = UUID().uuidString
    ) async throws -> Render {
        var call = try Call(.POST, "/v1/renders", json: order)
        call.headers.append(("idempotency-key", idempotencyKey))
        call.isRepeatable = true
        call.wait(wait)
        return try await send(call)
    }

    /// Returns the state of a clip, now or after waiting up to 60 s for its end.
    public func render(_ id: String, wait: Duration? = nil) async throws -> Render {
        var call = Call(.GET, "/v1/renders/\(Self.escaped(id))")
        call.wait(wait)
        return try await send(call)
    }

    /// Waits until a clip has ended.
    /// - Throws: The error that made it fail; `CancellationError` if it was cancelled.
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

    /// Returns a page of the account's clips, newest first.
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

    /// Returns the successive states of a clip, of which the last one is final. A broken connection is
    /// re-established and continues where it stopped.
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

    /// Downloads a clip's video to a file, which appears when it is complete. For a clip in segments see
    /// `download(hlsOf:to:)`.
    /// - Throws: E025 if the file cannot be written.
    public func download(videoOf id: String, to path: String) async throws {
        try await download("/v1/renders/\(Self.escaped(id))/video", to: path)
    }

    /// Downloads a clip in segments (`format` `hls`) to a folder: the segments, then the playlist that refers to
    /// them.
    /// - Returns: The path of the playlist.
    /// - Throws: E025 if the folder cannot be written; E091 if the playlist refers to a file outside its own
    ///   folder.
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

    /// Returns a clip's captions as WebVTT.
    public func captions(of id: String) async throws -> String {
        let (bytes, _) = try await bytes(Call(.GET, "/v1/renders/\(Self.escaped(id))/captions.vtt"))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Returns a clip's face track, the curves that move the face, as JSON.
    public func curves(of id: String) async throws -> [UInt8] {
        try await bytes(Call(.GET, "/v1/renders/\(Self.escaped(id))/curves")).bytes
    }

    /// Returns a clip's poster, a PNG, if one was requested.
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

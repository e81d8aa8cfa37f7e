import Avatarium
import AvatariumCore
import AvatariumService
import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import RenderChild
import ServiceStore
import Synchronization
import Testing

/// A service in a folder of its own, with a renderer that draws nothing.
struct TestService {
    let server: AvatariumServer
    let folder: String
    let renderer: FakeRenderer
    let log: LogLines
    /// The administrator's key.
    let key: String

    init(
        renderer: FakeRenderer = FakeRenderer(), _ change: (inout ServiceConfiguration) -> Void = { _ in }
    ) async throws {
        folder = NSTemporaryDirectory() + "avatarium-service-\(UUID().uuidString)"
        var configuration = ServiceConfiguration()
        configuration.dataFolder = folder
        configuration.port = 0
        configuration.workers = 1
        configuration.rateLimit = 100_000
        configuration.anonymousRateLimit = 100_000
        change(&configuration)
        let lines = LogLines()
        log = lines
        self.renderer = renderer
        let logger = Logger(label: "test") { _ in JSONLogHandler(write: { lines.add($0) }) }
        server = try await AvatariumServer(configuration, renderer: renderer, logger: logger)
        key = try #require(server.firstKey)
    }

    /// Gives the routes to a client, without a socket.
    func routes(_ body: @escaping @Sendable (Client) async throws -> Void) async throws {
        let client = Client(base: nil, key: key)
        try await server.application().test(.router) { try await body(client.with($0)) }
        await close()
    }

    /// The same over a socket of this host.
    func live(_ body: @escaping @Sendable (Client) async throws -> Void) async throws {
        let client = Client(base: nil, key: key)
        try await server.application().test(.live) { try await body(client.with($0)) }
        await close()
    }

    /// With workers that draw, over a socket.
    func working(_ body: @escaping @Sendable (Client) async throws -> Void) async throws {
        let workers = Task { try await server.runWorkers() }
        defer { workers.cancel() }
        let client = Client(base: nil, key: key)
        try await server.application().test(.live) { try await body(client.with($0)) }
        workers.cancel()
        _ = try? await workers.value
        await close()
    }

    func close() async {
        await server.backend.store.close()
        try? FileManager.default.removeItem(atPath: folder)
    }
}

/// Sends requests and reads the envelope.
struct Client: Sendable {
    var base: (any TestClientProtocol)?
    var key: String

    func with(_ client: any TestClientProtocol) -> Client { Client(base: client, key: key) }
    func with(key: String) -> Client { Client(base: base, key: key) }

    func send(
        _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil, headers: HTTPFields = [:]
    ) async throws -> Reply {
        var headers = headers
        if headers[.authorization] == nil, !key.isEmpty { headers[.authorization] = "Bearer \(key)" }
        if body != nil, headers[.contentType] == nil { headers[.contentType] = "application/json" }
        let client = try #require(base)
        let response = try await client.execute(
            uri: path, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) })
        return Reply(response)
    }

    func get(_ path: String, headers: HTTPFields = [:]) async throws -> Reply {
        try await send(.get, path, headers: headers)
    }

    /// Reads an event stream to its end, on a connection of its own: it closes with the stream.
    func stream(_ path: String, lastEventID: Int? = nil) async throws -> String {
        let port = try #require(base?.port)
        let last = lastEventID.map { "Last-Event-ID: \($0)\r\n" } ?? ""
        let request =
            "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer \(key)\r\n\(last)\r\n"
        return try await RawConnection.ask(port: port, request)
    }

    /// Posts and reads the event stream that answers, on a connection of its own.
    func postStream(_ path: String, _ body: String, key idempotency: String? = nil) async throws -> String {
        let port = try #require(base?.port)
        let once = idempotency.map { "Idempotency-Key: \($0)\r\n" } ?? ""
        let request =
            "POST \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer \(key)\r\n"
            + "\(once)Accept: text/event-stream\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        return try await RawConnection.ask(port: port, request)
    }

    func post(_ path: String, _ body: String? = nil, headers: HTTPFields = [:]) async throws -> Reply {
        try await send(.post, path, body, headers: headers)
    }
}

struct Reply {
    let status: Int
    let headers: HTTPFields
    let bytes: [UInt8]

    init(_ response: TestResponse) {
        status = response.status.code
        headers = response.headers
        bytes = Array(response.body.readableBytesView)
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }
    var json: JSON { (try? JSONParser.parse(bytes)) ?? .null }
    var data: JSON { json["data"] ?? .null }
    var code: String? { json["error"]?["code"]?.string }
    var message: String { json["error"]?["message"]?.string ?? "" }
    var field: String? { json["error"]?["field"]?.string }
}

/// Writes a few bytes where a clip should be; can be told to wait, to fail, and to report progress.
final class FakeRenderer: ClipRenderer {
    private struct State {
        var works: [RenderWork] = []
        var failure: AvatariumError?
        var failures = Int.max
        var holds = false
        var said: [String] = []
        var stills: [StillRequest] = []
        var inspections = 0
        var lives: [(look: ClipRequest, isMarkedAsTest: Bool)] = []
    }
    private let state = Mutex(State())
    static let clip = Array("0123456789abcdefghijklmnopqrstuvwxyz".utf8)
    static let picture: [UInt8] = [0x89, 0x50, 0x4E, 0x47]
    /// As libavformat writes it.
    static let playlist = """
        #EXTM3U
        #EXT-X-VERSION:7
        #EXT-X-TARGETDURATION:4
        #EXT-X-MEDIA-SEQUENCE:0
        #EXT-X-PLAYLIST-TYPE:VOD
        #EXT-X-INDEPENDENT-SEGMENTS
        #EXT-X-MAP:URI="clip_init.mp4"
        #EXTINF:4.000000,
        clip_00000.m4s
        #EXTINF:1.500000,
        clip_00001.m4s
        #EXT-X-ENDLIST

        """
    static let parts = [
        ("clip_init.mp4", "ftyp-init"), ("clip_00000.m4s", "first segment"), ("clip_00001.m4s", "second"),
    ]

    var works: [RenderWork] { state.withLock(\.works) }
    /// How many pictures were drawn.
    var stills: Int { stillRequests.count }
    var stillRequests: [StillRequest] { state.withLock(\.stills) }
    /// How many models were looked at.
    var inspections: Int { state.withLock(\.inspections) }
    /// The live avatars that were to be drawn.
    var lives: [(look: ClipRequest, isMarkedAsTest: Bool)] { state.withLock(\.lives) }
    /// Every sentence that was to be spoken, in order.
    var said: [String] { state.withLock(\.said) }
    func fail(_ error: AvatariumError, times: Int = .max) {
        state.withLock { ($0.failure, $0.failures) = (error, times) }
    }
    /// Clips are not finished until `release`.
    func hold() { state.withLock { $0.holds = true } }
    func release() { state.withLock { $0.holds = false } }

    func render(
        _ work: RenderWork, progress: @escaping @Sendable (RenderProgress) -> Void
    ) async throws -> RenderOutcome {
        let failure: AvatariumError? = state.withLock { state in
            state.works.append(work)
            if let text = work.clip.text { state.said.append(text) }
            guard state.failure != nil, state.failures > 0 else { return nil }
            state.failures -= 1
            return state.failure
        }
        if let failure { throw failure }
        progress(RenderProgress(stage: "render", framesDone: 30, framesTotal: 60, elapsedSeconds: 1))
        if let more = work.more {
            for try await sentence in more { state.withLock { $0.said.append(sentence) } }
            try Task.checkCancellation()
        }
        while state.withLock(\.holds) { try await Task.sleep(for: .milliseconds(10)) }
        try Task.checkCancellation()
        let output = try #require(work.clip.output)
        try Data(output.hasSuffix(".m3u8") ? Array(Self.playlist.utf8) : Self.clip).write(
            to: URL(fileURLWithPath: output))
        if output.hasSuffix(".m3u8") {
            for (name, text) in Self.parts {
                try Data(text.utf8).write(to: URL(fileURLWithPath: "\(work.folder)/\(name)"))
            }
        }
        let captions = work.folder + "/captions.vtt"
        try Data("WEBVTT\n".utf8).write(to: URL(fileURLWithPath: captions))
        let curves = work.folder + "/curves.json"
        try Data("{}".utf8).write(to: URL(fileURLWithPath: curves))
        if let poster = work.clip.edit.poster {
            try Data(Self.picture).write(to: URL(fileURLWithPath: poster))
        }
        return RenderOutcome(
            file: output, report: try Self.report(output), captions: captions, curves: curves,
            poster: work.clip.edit.poster)
    }

    private static func report(_ output: String) throws -> ClipReport {
        let json = """
            {"output": "\(output)", "avatar": "ada", "timingSource": "espeak-ng", "durationSeconds": 2, "frames": 60,
             "size": "640x360", "fps": "30", "wallSeconds": 1, "cpuSeconds": 1, "firstFrameSeconds": 0.1, "stages": [],
             "digest": "00", "peakMemoryBytes": 1, "renderer": "none", "diagnostics": []}
            """
        return try JSONDecoder().decode(ClipReport.self, from: Data(json.utf8))
    }

    func still(_ request: StillRequest, isTrusted: Bool) async throws -> [UInt8] {
        let failure: AvatariumError? = state.withLock { state in
            state.stills.append(request)
            guard state.failure != nil, state.failures > 0 else { return nil }
            state.failures -= 1
            return state.failure
        }
        if let failure { throw failure }
        return Self.picture
    }

    /// Draws nothing, for as long as it is asked to.
    private final class Blank: LiveDrawing {
        let pictures: AsyncThrowingStream<LivePicture, any Error>
        private let out: AsyncThrowingStream<LivePicture, any Error>.Continuation

        init() { (pictures, out) = AsyncThrowingStream.makeStream() }
        func draw(_ face: LiveFace) {}
        func end() async { out.finish() }
    }

    func live(
        _ order: ClipRequest, isTrusted: Bool, isMarkedAsTest: Bool
    ) async throws -> any LiveDrawing {
        state.withLock { $0.lives.append((order, isMarkedAsTest)) }
        return Blank()
    }

    func inspect(model path: String) async throws -> JSON {
        state.withLock { $0.inspections += 1 }
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        guard bytes.starts(with: Data("glTF".utf8)) else {
            return .members([
                "error": .members([
                    "code": .string("E024"), "name": .string("AVATAR_MODEL_INVALID"),
                    "message": .string("not glTF"),
                    "context": .members(["path": .string(path), "pointer": .string("/meshes/0")]),
                ]),
                "diagnostics": .array([]),
            ])
        }
        return .members(["model": .members(["dialect": .string("glTF")]), "diagnostics": .array([])])
    }
}

/// What the service logged.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ bytes: [UInt8]) { lines.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) } }
    var all: [String] { lines.withLock(\.self) }
    var text: String { all.joined() }
}

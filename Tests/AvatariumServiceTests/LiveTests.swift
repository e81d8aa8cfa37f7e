import Avatarium
import AvatariumCore
import AvatariumService
import Foundation
import Testing

/// Live avatars over WebSocket; the face alone, which needs no GL.
@Suite struct LiveTests {
    private let start = #""streams": ["audio", "face"]"#

    private func connect(_ client: Client, _ service: TestService, more: String = "") async throws
        -> WebSocketClient
    {
        let socket = try WebSocketClient(port: try #require(client.base?.port))
        socket.send(#"{"type": "start", "token": "\#(service.key)", \#(start)\#(more)}"#)
        return socket
    }

    @Test func `a text becomes sound, faces and events, in order`() async throws {
        let service = try await TestService()
        try await service.live { client in
            let socket = try await connect(client, service)
            let ready = try await socket.message("ready")
            #expect(ready["resumed"]?.bool == false)
            #expect(ready["face"]?["shapes"]?.array?.count == 52)
            socket.send(#"{"type": "say", "text": "Hello there, my friend.", "reference": "r1"}"#)
            let turn = try await socket.message("turn")
            #expect(turn["reference"]?.string == "r1")
            let finished = try await socket.message("finished")
            #expect(finished["turn"]?.int == turn["turn"]?.int)
            let types = socket.seen.compactMap { $0["type"]?.string }
            #expect(types.firstIndex(of: "started")! < types.firstIndex(of: "word")!)
            let words = socket.seen.filter { $0["type"]?.string == "word" }.compactMap { $0["text"]?.string }
            #expect(words.joined(separator: " ").lowercased().contains("hello there"))
            #expect(types.contains("phone") && types.contains("sentence") && types.contains("latency"))
            // Sound: packets of 20 ms without a gap, the first after silence marked.
            let sound = socket.packets.filter { $0.kind == 2 }
            #expect(sound.count > 40)
            #expect(sound[0].flags & 4 != 0 && sound.dropFirst().allSatisfy { $0.flags & 4 == 0 })
            for (a, b) in zip(sound, sound.dropFirst()) {
                #expect(abs(b.seconds - a.seconds - 0.02) < 0.0001)
            }
            // Faces: 84 bytes, and the mouth opens while the sound is heard.
            let faces = socket.packets.filter { $0.kind == 3 }
            #expect(faces.allSatisfy { $0.payload.count == 84 })
            let spoken = faces.filter { $0.flags & 2 != 0 }
            #expect(spoken.contains { $0.payload[ARKitShape.jawOpen.rawValue] > 20 })
            #expect(abs(spoken[0].seconds - sound[0].seconds) < 0.035)
            socket.close()
        }
    }

    @Test func `an interruption is answered at once and ends the turn`() async throws {
        let service = try await TestService()
        try await service.live { client in
            let socket = try await connect(client, service)
            _ = try await socket.message("ready")
            socket.send(
                #"{"type": "say", "text": "One two three four five six seven eight nine ten eleven twelve."}"#
            )
            _ = try await socket.message("word")
            socket.send(#"{"type": "interrupt"}"#)
            let interrupted = try await socket.message("interrupted")
            #expect(interrupted["turn"]?.int == 1)
            #expect(interrupted["word"]?.string != nil)
            let epoch = try #require(interrupted["epoch"]?.int)
            // What comes after it is silent and closed: three frames later at the latest.
            let first = socket.packets.count
            _ = try await socket.packet { $0.kind == 3 && $0.epoch == epoch }
            while socket.packets.filter({ $0.kind == 3 && $0.epoch == epoch }).count < 6 {
                _ = try await socket.packet { _ in true }
            }
            let after = socket.packets.dropFirst(first)
            #expect(!after.contains { $0.kind == 2 && $0.epoch == epoch })
            let faces = after.filter { $0.kind == 3 && $0.epoch == epoch }
            #expect(faces.allSatisfy { $0.flags & 2 == 0 })
            #expect(faces.suffix(3).allSatisfy { $0.payload[ARKitShape.jawOpen.rawValue] < 8 })
            socket.close()
        }
    }

    @Test func `recorded speech without timings opens the mouth`() async throws {
        let service = try await TestService()
        try await service.live { client in
            let socket = try await connect(client, service)
            _ = try await socket.message("ready")
            socket.send(#"{"type": "audio", "sample_rate": 16000}"#)
            // Bursts of a voiced sound and rests, 0.3 s each.
            for second in 0..<2 {
                let samples = (0..<16_000).map { index -> Int16 in
                    let time = Double(index) / 16_000 + Double(second)
                    let on = time.truncatingRemainder(dividingBy: 0.6) < 0.3
                    let wave = (1...12).reduce(0.0) {
                        $0 + sin(time * 2 * .pi * 130 * Double($1)) / Double($1)
                    }
                    return on ? Int16(wave * 9000) : 0
                }
                socket.send(
                    binary: samples.flatMap {
                        [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)]
                    })
            }
            socket.send(#"{"type": "audio_end"}"#)
            _ = try await socket.message("finished")
            let spoken = socket.packets.filter { $0.kind == 3 && $0.flags & 2 != 0 }
            #expect((55...80).contains(spoken.count))
            #expect(spoken.contains { $0.payload[ARKitShape.jawOpen.rawValue] > 20 })
            socket.close()
        }
    }

    @Test func `a broken connection goes on where it was`() async throws {
        let service = try await TestService()
        try await service.live { client in
            let socket = try await connect(client, service)
            let session = try #require(try await socket.message("ready")["session"]?.string)
            socket.send(#"{"type": "say", "text": "One two three four five six seven eight nine ten."}"#)
            _ = try await socket.message("word")
            let last = try #require(socket.packets.last { $0.kind == 3 })
            let frame = Int((last.seconds * 30).rounded())
            socket.drop()
            let again = try await connect(
                client, service, more: #", "resume": "\#(session)", "frame": \#(frame)"#)
            let ready = try await again.message("ready")
            #expect(ready["resumed"]?.bool == true)
            #expect(ready["session"]?.string == session)
            _ = try await again.message("finished")
            #expect(again.packets.contains { $0.kind == 2 && $0.flags & 4 != 0 })
            again.close()
            // A session that never was is begun anew.
            let other = try await connect(client, service, more: #", "resume": "live_nothing""#)
            #expect(try await other.message("ready")["resumed"]?.bool == false)
            other.close()
        }
    }

    @Test func `what cannot be is said with its code`() async throws {
        let service = try await TestService()
        try await service.live { client in
            let port = try #require(client.base?.port)
            for (first, code) in [
                (#"{"type": "start"}"#, "E013"),
                (#"{"type": "start", "token": "av_live_nothing"}"#, "E011"),
                (#"{"type": "start", "token": "avl_nothing"}"#, "E016"),
                (#"{"type": "start", "token": "\#(service.key)", "avatar_id": "nobody"}"#, "E022"),
                (#"{"type": "start", "token": "\#(service.key)", "streams": ["smell"]}"#, "E093"),
                (#"{"type": "start", "token": "\#(service.key)", "fps": 1000}"#, "E093"),
                (#"{"type": "start", "token": "\#(service.key)", "nothing": 1}"#, "E093"),
                (#"{"type": "say", "text": "too soon"}"#, "E093"),
                ("not JSON", "E093"),
            ] {
                let socket = try WebSocketClient(port: port)
                socket.send(first)
                let error = try await socket.message("error")
                #expect(error["error"]?["code"]?.string == code, "\(first)")
                #expect(error["fatal"]?.bool == true)
                socket.close()
            }
            // Later mistakes do not end the session.
            let socket = try await connect(client, service)
            _ = try await socket.message("ready")
            for message in [
                #"{"type": "expresion"}"#, #"{"type": "expression", "emotion": "hapy"}"#, "[]",
                #"{"type": "say", "text": ""}"#,
            ] {
                socket.send(message)
                #expect(try await socket.message("error")["fatal"]?.bool == false)
            }
            socket.send(#"{"type": "say", "text": "Hi.", "voice": "espeak:xx-nowhere"}"#)
            #expect(try await socket.message("error")["error"]?["code"]?.string == "E034")
            socket.close()
        }
    }

    @Test func `a live token lets a browser in, and only here`() async throws {
        let service = try await TestService()
        try await service.live { client in
            let made = try await client.post("/v1/live/tokens", #"{"expires_in": 60}"#)
            #expect(made.status == 201)
            let token = try #require(made.data["token"]?.string)
            let socket = try WebSocketClient(port: try #require(client.base?.port))
            socket.send(#"{"type": "start", "token": "\#(token)", \#(start)}"#)
            _ = try await socket.message("ready")
            socket.close()
            #expect(try await client.with(key: token).get("/v1/renders").status == 401)
        }
    }

    @Test func `a session ends with the key that began it`() async throws {
        let service = try await TestService { $0.liveAccessCheck = .milliseconds(20) }
        try await service.live { client in
            let made = try await client.post("/v1/keys", #"{"name": "short", "scopes": ["renders"]}"#)
            let key = try #require(made.data["key"]?.string)
            let own = try await connect(client, service)
            let other = try WebSocketClient(port: try #require(client.base?.port))
            other.send(#"{"type": "start", "token": "\#(key)", \#(start)}"#)
            for socket in [own, other] { _ = try await socket.message("ready") }
            let id = try #require(made.data["id"]?.string)
            #expect(try await client.send(.delete, "/v1/keys/\(id)").status == 204)
            let end = try await other.message("error")
            #expect(end["fatal"]?.bool == true && end["error"]?["code"]?.string == "E011", "\(end)")
            // The other key's session goes on.
            own.send(#"{"type": "ping", "time": 1}"#)
            _ = try await own.message("pong")
            own.close()
        }
    }

    @Test func `a plain request is told to upgrade`() async throws {
        try await TestService().live { client in
            let reply = try await client.get("/v1/live")
            #expect(reply.status == 426)
            #expect(reply.code == "INVALID_REQUEST")
            #expect(reply.headers[.upgrade] == "websocket")
        }
    }

    @Test func `frames that the protocol does not have close the connection, which says so`() async throws {
        let mask: [UInt8] = [0, 0, 0, 0]
        try await TestService().live { client in
            for (frames, code) in [
                ([0x81, 2, 0x7B, 0x7D], 1002),  // not masked
                ([0xC1, 0x80] + mask, 1002),  // a bit of an extension
                ([0x83, 0x80] + mask, 1002),  // a kind without a meaning
                ([0x80, 0x80] + mask, 1002),  // goes on with nothing
                ([0x01, 0x80] + mask + [0x81, 0x80] + mask, 1002),  // a message within a message
                ([0x81, 0xFF, 0, 0, 1, 0, 0, 0, 0, 0] + mask, 1009),  // a terabyte
                ([0x81, 0x82] + mask + [0xC3, 0x28], 1007),  // a text that is none
                ([0x88, 0x83] + mask + [3, 0xE8, 0xFF], 1007),  // a reason that is no text
                ([0x88, 0x81] + mask + [3], 1002),  // half a code
                ([0x88, 0x82] + mask + [3, 0xED], 1002),  // 1005 is never sent
                ([0x88, 0x82] + mask + [3, 0xE8], 1000),
            ] as [([UInt8], Int)] {
                let socket = try WebSocketClient(port: try #require(client.base?.port))
                socket.send(raw: frames)
                #expect(await socket.isClosed())
                #expect(socket.closeCode == code, "\(frames)")
                socket.drop()
            }
        }
    }

    @Test func `requests around the one that asks for a socket do no harm`() async throws {
        let upgrade =
            "GET /v1/live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        let plain = "GET /v1/voices HTTP/1.1\r\nHost: localhost\r\n\r\n"
        try await TestService().live { client in
            let port = try #require(client.base?.port)
            for _ in 0..<10 {
                // The first is being answered: there is no socket, and both get their answer.
                let before = try WebSocketClient(port: port, request: plain + upgrade, until: "426 Upgrade")
                #expect(before.head.hasPrefix("HTTP/1.1 401"))
                before.drop()
                // What follows is no HTTP any more, and is dropped.
                let behind = try WebSocketClient(port: port, request: upgrade + plain, until: "101 Switching")
                #expect(!behind.head.contains("401"))
                behind.drop()
            }
            #expect(try await client.get("/v1/live").status == 426)
        }
    }

    @Test func `a session that its client has left is over`() async throws {
        let service = try await TestService()
        try await service.live { client in
            let first = try await connect(client, service)
            let session = try #require(try await first.message("ready")["session"]?.string)
            first.close()
            // The server may still be about to end it.
            var resumed = true
            for _ in 0..<50 where resumed {
                let again = try await connect(client, service, more: #", "resume": "\#(session)""#)
                resumed = try await again.message("ready")["resumed"]?.bool == true
                again.close()
            }
            #expect(!resumed)
        }
    }

    @Test
    func
        `live avatars of test keys are small, marked and never without a picture, as are those of their tokens`()
        async throws
    {
        let service = try await TestService()
        try await service.live { client in
            let port = try #require(client.base?.port)
            let made = try await client.post(
                "/v1/keys", #"{"name": "t", "mode": "test", "scopes": ["renders"]}"#)
            let key = try #require(made.data["key"]?.string)
            let token = try #require(
                try await client.with(key: key).post("/v1/live/tokens", "{}").data["token"]?.string)
            for bearer in [key, token] {
                let silent = try WebSocketClient(port: port)
                silent.send(#"{"type": "start", "token": "\#(bearer)", \#(start)}"#)
                let refused = try await silent.message("error")
                #expect(refused["error"]?["code"]?.string == "E093")
                #expect(refused["error"]?["context"]?["field"]?.string == "/streams")
                silent.close()
                let socket = try WebSocketClient(port: port)
                socket.send(
                    #"{"type": "start", "token": "\#(bearer)", "size": "1280x720", "quality": "high"}"#)
                let ready = try await socket.message("ready")
                #expect(ready["video"]?["width"]?.int == 640 && ready["video"]?["height"]?.int == 360)
                let drawn = try #require(service.renderer.lives.last)
                #expect(drawn.isMarkedAsTest && drawn.look.quality == .draft)
                socket.close()
            }
            let lives = service.renderer.lives.count
            let paid = try WebSocketClient(port: port)
            paid.send(#"{"type": "start", "token": "\#(service.key)", "size": "320x180"}"#)
            let session = try #require(try await paid.message("ready")["session"]?.string)
            #expect(service.renderer.lives.count == lives + 1)
            #expect(service.renderer.lives.last?.isMarkedAsTest == false)
            paid.drop()
            // What a live key began is not opened by a test key.
            let thief = try WebSocketClient(port: port)
            thief.send(#"{"type": "start", "token": "\#(key)", "resume": "\#(session)"}"#)
            #expect(try await thief.message("ready")["resumed"]?.bool == false)
            #expect(service.renderer.lives.last?.isMarkedAsTest == true)
            thief.close()
        }
    }

    @Test func `a plan bounds how many live avatars are drawn for an account at once`() async throws {
        let service = try await TestService()
        try await service.live { client in
            let port = try #require(client.base?.port)
            let store = service.server.backend.store
            let account = try #require(try await store.createAccount(slug: "small", plan: "free"))
            let key = try await store.createKey(.init(name: "k", scopes: [.renders]), account: account.id)
            let begin = #"{"type": "start", "token": "\#(key.text.text)", "size": "320x180"}"#
            let first = try WebSocketClient(port: port)
            first.send(begin)
            _ = try await first.message("ready")
            let second = try WebSocketClient(port: port)
            second.send(begin)
            let refused = try await second.message("error")
            #expect(refused["error"]?["code"]?.string == "E051")
            #expect(refused["error"]?["retryAfter"]?.int == 5000)
            second.close()
            // Faces cost little, and others have their own.
            let faces = try WebSocketClient(port: port)
            faces.send(#"{"type": "start", "token": "\#(key.text.text)", \#(start)}"#)
            _ = try await faces.message("ready")
            faces.close()
            // Its end makes room; the server may still be about to end it.
            first.close()
            var begins = false
            for _ in 0..<50 where !begins {
                let next = try WebSocketClient(port: port)
                next.send(begin)
                while !begins, await next.more() {
                    begins = next.seen.contains { $0["type"]?.string == "ready" }
                }
                next.close()
            }
            #expect(begins)
        }
    }

    @Test(arguments: [
        #"{"type": "start", "token": "av_live_nothing"}"#, #"{"type": "start", "token": "avl_nothing"}"#,
        #"{"type": "start", "token": "a.b.c"}"#, #"{"type": "start"}"#, #"{"type": "say"}"#,
    ])
    func `a wrong key or token counts against the address as on any route`(_ first: String) async throws {
        let service = try await TestService { $0.anonymousRateLimit = 1 }
        try await service.live { client in
            let port = try #require(client.base?.port)
            for isLate in [false, true] {
                let socket = try WebSocketClient(port: port)
                socket.send(first)
                let error = try await socket.message("error")
                #expect((error["error"]?["code"]?.string == "E051") == isLate)
                #expect(error["fatal"]?.bool == true)
                if isLate { #expect((error["error"]?["retryAfter"]?.int ?? 0) > 0) }
                socket.close()
            }
            // One counter for both.
            let guess = try await client.with(key: "av_live_nothing").get("/v1/usage")
            #expect((guess.status, guess.code) == (429, "RATE_LIMIT_EXCEEDED"))
            // A right key is let in.
            let right = try await connect(client, service)
            _ = try await right.message("ready")
            right.close()
        }
    }

    @Test func `a live token ends with the key that made it`() async throws {
        let service = try await TestService()
        try await service.live { client in
            let port = try #require(client.base?.port)
            let made = try await client.post("/v1/keys", #"{"name": "t", "scopes": ["renders"]}"#)
            let key = try #require(made.data["key"]?.string)
            let id = try #require(made.data["id"]?.string)
            let token = try #require(
                try await client.with(key: key).post("/v1/live/tokens", "{}").data["token"]?.string)
            let begin = #"{"type": "start", "token": "\#(token)", \#(start)}"#
            let socket = try WebSocketClient(port: port)
            socket.send(begin)
            _ = try await socket.message("ready")
            socket.close()
            _ = try await client.send(.delete, "/v1/keys/\(id)")
            let late = try WebSocketClient(port: port)
            late.send(begin)
            #expect(try await late.message("error")["error"]?["code"]?.string == "E016")
            late.close()
        }
    }

    @Test func `turns of sound wait in a line that has an end`() async throws {
        let service = try await TestService()
        try await service.live { client in
            let socket = try await connect(client, service)
            _ = try await socket.message("ready")
            for _ in 0..<65 {
                socket.send(#"{"type": "audio", "sample_rate": 16000}"#)
                socket.send(binary: [UInt8](repeating: 0, count: 32_000))
                socket.send(#"{"type": "audio_end"}"#)
            }
            #expect(try await socket.message("error")["error"]?["code"]?.string == "E051")
            socket.close()
        }
    }
}

/// A WebSocket client of the tests' own: what others write is tested by scripts/test-live.
final class WebSocketClient: @unchecked Sendable {
    struct Packet: Sendable {
        var kind: UInt8
        var flags: UInt8
        var epoch: Int
        var seconds: Double
        var payload: [UInt8]
    }

    private let file: Int32
    private var pending: [UInt8] = []
    private(set) var seen: [JSON] = []
    private(set) var packets: [Packet] = []
    /// What the server's close frame said.
    private(set) var closeCode: Int?
    /// The head of the first answer.
    private(set) var head = ""

    private static let upgrade =
        "GET /v1/live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

    /// Connects and asks for a socket.
    convenience init(port: Int) throws {
        try self.init(port: port, request: Self.upgrade, until: "\r\n\r\n")
        try #require(head.hasPrefix("HTTP/1.1 101"))
        // The example of RFC 6455 section 1.3.
        try #require(head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
        let end = head.range(of: "\r\n\r\n")!.upperBound
        pending.removeFirst(head.utf8.distance(from: head.startIndex, to: end))
    }

    /// Connects, sends a request, and reads until a text has come.
    init(port: Int, request: String, until mark: String) throws {
        file = try RawConnection.connect(port: port)
        var limit = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        send(raw: Array(request.utf8))
        while !String(decoding: pending, as: UTF8.self).contains(mark) { try #require(read()) }
        head = String(decoding: pending, as: UTF8.self)
    }

    private func read() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count = recv(file, &chunk, chunk.count, 0)
        if count > 0 { pending += chunk[..<count] }
        return count > 0
    }

    func send(raw bytes: [UInt8]) {
        _ = Foundation.send(file, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }
    func send(_ text: String) { send(1, Array(text.utf8)) }
    func send(binary bytes: [UInt8]) { send(2, bytes) }

    private func send(_ opcode: UInt8, _ bytes: [UInt8]) {
        var frame: [UInt8] = [0x80 | opcode]
        if bytes.count < 126 {
            frame.append(0x80 | UInt8(bytes.count))
        } else if bytes.count < 65536 {
            frame += [0x80 | 126, UInt8(bytes.count >> 8), UInt8(bytes.count & 255)]
        } else {
            frame.append(0x80 | 127)
            for shift in stride(from: 56, through: 0, by: -8) {
                frame.append(UInt8(bytes.count >> shift & 255))
            }
        }
        let mask: [UInt8] = [1, 2, 3, 4]
        send(raw: frame + mask + bytes.enumerated().map { $1 ^ mask[$0 % 4] })
    }

    /// The next frame; nil when the connection has ended.
    private func frame() -> (opcode: UInt8, bytes: [UInt8])? {
        func need(_ count: Int) -> Bool {
            while pending.count < count { if !read() { return false } }
            return true
        }
        guard need(2) else { return nil }
        let opcode = pending[0] & 15
        var length = Int(pending[1] & 127)
        var at = 2
        let extra = length == 126 ? 2 : length == 127 ? 8 : 0
        guard need(2 + extra) else { return nil }
        if extra > 0 { length = pending[2..<2 + extra].reduce(0) { $0 << 8 | Int($1) } }
        at += extra
        guard need(at + length) else { return nil }
        let bytes = Array(pending[at..<at + length])
        pending.removeFirst(at + length)
        return (opcode, bytes)
    }

    private func step() -> Bool {
        guard let frame = frame() else { return false }
        guard frame.opcode != 8 else {
            closeCode = frame.bytes.count < 2 ? nil : Int(frame.bytes[0]) << 8 | Int(frame.bytes[1])
            return false
        }
        if frame.opcode == 1 { seen.append((try? JSONParser.parse(frame.bytes)) ?? .null) }
        if frame.opcode == 2, frame.bytes.count >= 24 {
            let bytes = frame.bytes
            func number(_ range: Range<Int>) -> Int { bytes[range].reduce(0) { $0 << 8 | Int($1) } }
            packets.append(
                Packet(
                    kind: bytes[0], flags: bytes[1], epoch: number(4..<8),
                    seconds: Double(
                        Int64(bitPattern: UInt64(bytes[8..<16].reduce(0) { $0 << 8 | UInt64($1) }))) / 1e6,
                    payload: Array(bytes[24...])))
        }
        return true
    }

    /// Reads on until a message of a type that was not returned before.
    func message(_ type: String) async throws -> JSON {
        let known = seen.count
        return try await Task.detached { [self] in
            var at = known
            while true {
                while at < seen.count {
                    if seen[at]["type"]?.string == type { return seen[at] }
                    at += 1
                }
                try #require(step(), "the connection ended before '\(type)' came")
            }
        }.value
    }

    func packet(_ isWanted: @escaping @Sendable (Packet) -> Bool) async throws -> Packet {
        let known = packets.count
        return try await Task.detached { [self] in
            var at = known
            while true {
                while at < packets.count {
                    if isWanted(packets[at]) { return packets[at] }
                    at += 1
                }
                try #require(step())
            }
        }.value
    }

    /// Reads one frame; false when the connection has ended.
    func more() async -> Bool { await Task.detached { [self] in step() }.value }
    func isClosed() async -> Bool { await Task.detached { [self] in !step() }.value }

    func close() {
        send(8, [3, 232])
        drop()
    }

    /// Ends without a word.
    func drop() { Foundation.close(file) }
}

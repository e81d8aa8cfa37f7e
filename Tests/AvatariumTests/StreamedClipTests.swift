import Foundation
import LocalServer
import ProcessRunner
import Synchronization
import Testing

/// Clips whose voice takes its time: a server speaks sentence by sentence.
@Suite(.serialized, .enabled(if: Program.isBuilt, "the program is not built"))
struct StreamedClipTests {
    private let folder: TemporaryFolder
    private let text = "Bob may nap all day. Pam may help Bob. Then mum may help. At last all of them nap."
    init() throws { folder = try TemporaryFolder() }

    private func rendering(with server: LocalServer) throws -> Running {
        try Running(
            [
                "render", text, "--voice", "elevenlabs:21m00Tcm4TlvDq8ikWAM", "--size", "64x36", "--json",
                "-o", folder.file("a.mp4"),
            ],
            environment: ["AVATARIUM_ELEVENLABS_URL": server.url, "ELEVENLABS_API_KEY": "key"])
    }

    private static func sentence(of request: LocalServer.Request) -> String {
        let object = try? JSONSerialization.jsonObject(with: Data(request.body.utf8)) as? [String: Any]
        return object?["text"] as? String ?? ""
    }

    @Test func drawsTheFirstSentenceWhileTheLastIsNotYetSpoken() throws {
        let drawn = Mutex(false)
        let server = try LocalServer { _, request in
            let sentence = Self.sentence(of: request)
            if sentence.hasPrefix("At last") {
                // Spoken only when frames were seen; two minutes are the end of a renderer that waits for it.
                for _ in 0..<1200 where !drawn.withLock({ $0 }) { usleep(100_000) }
                guard drawn.withLock({ $0 }) else { return LocalServer.Answer(status: 400) }
            }
            return LocalServer.Answer(body: SpokenTone.elevenLabs(sentence))
        }
        defer { server.stop() }
        let running = try rendering(with: server)
        var lines = ""
        while case let data = running.nextOutput(), !data.isEmpty {
            lines += String(decoding: data, as: UTF8.self)
            drawn.withLock { $0 = $0 || lines.contains(#""frame":"#) }
        }
        #expect(running.finish().status == 0)
        let progress = lines.split(separator: "\n").filter { $0.contains(#""event":"progress""#) }
        #expect(progress.first?.contains(#""frames":"#) == false)
        #expect(progress.last?.contains(#""frames":"#) == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.mp4"])
    }

    @Test func aVoiceThatFailsInTheMiddleLeavesNothingAndSaysWhy() throws {
        let server = try LocalServer { _, request in
            let sentence = Self.sentence(of: request)
            return sentence.hasPrefix("At last")
                ? LocalServer.Answer(status: 401, body: #"{"detail": {"status": "invalid_api_key"}}"#)
                : LocalServer.Answer(body: SpokenTone.elevenLabs(sentence))
        }
        defer { server.stop() }
        let result = try rendering(with: server).finish()
        #expect(result.status != 0)
        #expect(result.error.contains("E014"), "\(result.error)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }
}

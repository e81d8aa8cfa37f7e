import Foundation
import LocalServer
import Synchronization
import Testing

/// Clips whose voice takes its time: a server speaks sentence by sentence.
@Suite(.serialized)
struct StreamedClipTests {
    private let folder: BatchFolder
    private let text = "Bob may nap all day. Pam may help Bob. Then mum may help. At last all of them nap."
    init() throws { folder = try BatchFolder() }

    private func rendering(with server: LocalServer) throws -> (Process, output: Pipe, errors: Pipe) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(BatchFolder.program))
        process.arguments = [
            "render", text, "--voice", "elevenlabs:21m00Tcm4TlvDq8ikWAM", "--size", "64x36", "--json",
            "-o", "\(folder.path)/a.mp4",
        ]
        process.environment = ProcessInfo.processInfo.environment.merging([
            "AVATARIUM_ELEVENLABS_URL": server.url, "ELEVENLABS_API_KEY": "key",
        ]) { $1 }
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        return (process, output, errors)
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
        let (process, output, _) = try rendering(with: server)
        var lines = ""
        while case let data = output.fileHandleForReading.availableData, !data.isEmpty {
            lines += String(decoding: data, as: UTF8.self)
            drawn.withLock { $0 = $0 || lines.contains(#""frame":"#) }
        }
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
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
        let (process, output, errors) = try rendering(with: server)
        _ = output.fileHandleForReading.readDataToEndOfFile()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus != 0)
        #expect(text.contains("E014"), "\(text)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }
}

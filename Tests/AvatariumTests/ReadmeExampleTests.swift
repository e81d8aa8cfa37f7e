import Avatarium
import Foundation
import Testing

struct ReadmeExampleTests {
    /// The README's library example, word for word but for where the clip goes.
    @Test func theExampleInTheReadmeCompilesAndRuns() async throws {
        let folder = NSTemporaryDirectory() + "avatarium-\(UUID().uuidString)/"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }

        let pipeline = try ClipPipeline()
        let report = try await pipeline.render(
            ClipRequest(text: "Hello, world.", output: folder + "hello.mp4"))
        print(report.frames, report.digest)

        #expect(report.frames > 20)
        let readme = try String(
            contentsOf: URL(fileURLWithPath: #filePath).appendingPathComponent("../../../README.md")
                .standardized,
            encoding: .utf8)
        let lines = try String(contentsOfFile: #filePath, encoding: .utf8).split(separator: "\n")
            .map { $0.trimmingCharacters(in: .whitespaces) }
        let example = try #require(readme.firstMatch(of: #/```swift\n([\s\S]*?)```/#)).1
        for line in example.split(separator: "\n") where !line.isEmpty {
            let here = line.replacing("\"hello.mp4\"", with: "folder + \"hello.mp4\"")
            #expect(lines.contains(String(here)), "\(line)")
        }
    }
}

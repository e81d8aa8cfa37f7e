import ArgumentParser
import Avatarium
import Foundation

/// What a clip costs in company: one and two clips in one process, then many small ones.
struct BatchBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch",
        abstract: "Cost of two clips in one batch process against one, and clips an hour.",
        discussion: """
            The real program, its start included.

            EXAMPLES
              avatarium-bench batch
              avatarium-bench batch --clips 40 --runs 5
            """)

    @Option(help: "Times that each is run; medians are printed.")
    var runs = 3

    @Option(help: "Small clips of the throughput run.")
    var clips = 20

    mutating func run() async throws {
        let folder = try BenchFolder()
        print("case                        one clip          two clips         ratio (CPU, wall)")
        for (name, size, text) in [
            ("a sentence, 640x360", "640x360", "Hello, and welcome to the show"),
            ("a sentence, 1280x720", "1280x720", "Hello, and welcome to the show"),
            ("ten seconds, 1280x720", "1280x720", ThroughputBench.text),
        ] {
            var costs: [[ProgramRun]] = [[], []]
            for _ in 0..<runs {
                for count in 1...2 { costs[count - 1].append(try batch(count, size, text, folder.path)) }
            }
            let cpu = costs.map { $0.map(\.cpu).median }
            let wall = costs.map { $0.map(\.wall).median }
            print(
                name.padding(toLength: 26, withPad: " ", startingAt: 0),
                String(
                    format: "%5.2f s, CPU %5.2f  %5.2f s, CPU %5.2f  %.2f, %.2f", wall[0], cpu[0], wall[1],
                    cpu[1], cpu[1] / cpu[0], wall[1] / wall[0]))
        }
        let run = try batch(clips, "640x360", "Hello, and welcome to the show", folder.path)
        print(
            String(
                format: "%d sentences at 640x360: %.1f s, %.0f clips an hour, %.2f CPU-s a clip", clips,
                run.wall, Double(clips) / run.wall * 3600, run.cpu / Double(clips)))
    }

    /// Clips of one length, which differ in their seed.
    private func batch(_ count: Int, _ size: String, _ text: String, _ folder: String) throws -> ProgramRun {
        let lines = try (0..<count).map { index in
            var request = ClipRequest(text: text, output: "\(index).mp4")
            request.size = ImageSize(size)
            request.seed = UInt64(index)
            return String(decoding: try JSONEncoder().encode(request), as: UTF8.self)
        }
        let jobs = folder + "/jobs.jsonl"
        try lines.joined(separator: "\n").write(toFile: jobs, atomically: true, encoding: .utf8)
        let output = folder + "/\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: output) }
        return try ProgramRun(["batch", jobs, "-o", output])
    }
}

import ArgumentParser
import Avatarium
import Foundation

/// How long a fresh process needs until its first frame is encoded.
struct StartBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Seconds from the start of a process to its first encoded frame, page cache warm.",
        discussion: """
            The program's own clock begins with the request; what lies before and after it (loading of libraries, \
            arguments, exit) is added whole, so that the number is never too good.

            EXAMPLES
              avatarium-bench start
              avatarium-bench start --avatar ada --avatar facecap.glb
            """)

    @Option(help: "Avatars, by name or path.")
    var avatar: [String] = ["ada"]

    @Option(help: "Runs after a first one that warms the page cache; the median is printed.")
    var runs = 9

    @Option(help: "Size of the picture.")
    var size = "1280x720"

    private struct Event: Decodable {
        var report: Report?
        struct Report: Decodable {
            var wallSeconds: Double
            var firstFrameSeconds: Double
            var cpuSeconds: Double
        }
    }

    mutating func run() async throws {
        let folder = try BenchFolder()
        for avatar in avatar {
            var first: [Double] = []
            var outside: [Double] = []
            for run in 0...runs {
                let program = try ProgramRun([
                    "render", "Hello.", "--avatar", avatar, "--size", size, "--json", "-o",
                    folder.path + "/a.mp4",
                ])
                let events = program.output.split(separator: UInt8(ascii: "\n")).compactMap {
                    try? JSONDecoder().decode(Event.self, from: $0)
                }
                guard run > 0, let report = events.compactMap(\.report).last else { continue }
                first.append(report.firstFrameSeconds + program.wall - report.wallSeconds)
                outside.append(program.wall - report.wallSeconds)
            }
            print(
                String(
                    format: "%@ %@: first frame encoded after %.2f s (median of %d; best %.2f, worst %.2f), "
                        + "of which %.2f s outside the request", avatar as NSString, size as NSString,
                    first.median, runs, first.min() ?? 0, first.max() ?? 0, outside.median))
        }
    }
}

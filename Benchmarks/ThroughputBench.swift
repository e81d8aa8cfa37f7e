import ArgumentParser
import Avatarium
import Foundation

/// Ours and the floor in turn: a clip end to end, then the same frames through the same encoder alone.
struct ThroughputBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "throughput",
        abstract: "CPU and wall time of a frame, end to end and by stage, against encoding alone.",
        discussion: """
            The frames that are encoded alone are those that were drawn, unpacked: at 1280x720 they take 1.3 GB of
            memory and, where there is an ffmpeg to compare with, 1.8 GB of the temporary folder.

            EXAMPLES
              avatarium-bench throughput
              avatarium-bench throughput --avatar facecap.glb --avatar ada --runs 5
            """)

    @Option(help: "Avatars to draw, by name or path.")
    var avatar: [String] = ["ada"]

    @Option(help: "Times that each pair is run; medians are printed.")
    var runs = 3

    @Option(help: "Size of the picture.")
    var size = "1280x720"

    @Option(help: "Anti-aliasing samples per pixel.")
    var samples: Int?

    @Option(help: "What is in view: face, bust or body.")
    var camera = "face"

    /// About ten seconds of speech.
    static let text = """
        Papa's big map shows five very warm beaches. Should we choose the yellow one, or go home? My mother \
        thinks the blue fish jumped over a wooden boat, but perhaps nobody ever saw it happen.
        """

    struct Cost {
        var wall: Double
        var cpu: Double
        var frames: Int
        var framesPerSecond: Double { Double(frames) / wall }
        var cpuMilliseconds: Double { cpu / Double(frames) * 1000 }
    }

    mutating func run() async throws {
        guard let size = ImageSize(size), let framing = Framing(rawValue: camera) else {
            throw ValidationError("--size is WxH and --camera is face, bust or body")
        }
        let folder = NSTemporaryDirectory() + "avatarium-bench-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for avatar in avatar {
            var request = ClipRequest(text: Self.text, avatar: avatar, output: "\(folder)/ours.mp4")
            request.size = size
            request.camera = framing
            request.samples = samples
            try await measure(request, folder: folder)
        }
    }

    private func measure(_ request: ClipRequest, folder: String) async throws {
        let pipeline = try ClipPipeline()
        // The first run loads the avatar.
        let first = try await pipeline.render(request)
        let floor = try await EncodingFloor(request, pipeline: pipeline, folder: folder)
        var ours: [Cost] = []
        var alone: [Cost] = []
        var fromRGBA: [Cost] = []
        var fromYUV: [Cost] = []
        var reports: [ClipReport] = []
        for _ in 0..<runs {
            let report = try await pipeline.render(request)
            reports.append(report)
            ours.append(Cost(wall: report.wallSeconds, cpu: report.cpuSeconds, frames: report.frames))
            alone.append(try floor.ours())
            if let cost = try floor.ffmpeg("rgba") { fromRGBA.append(cost) }
            if let cost = try floor.ffmpeg("yuv420p") { fromYUV.append(cost) }
        }
        print(
            "\(request.avatar ?? "ada"), \(request.size?.description ?? ""), \(first.frames) frames, median of \(runs)"
        )
        let our = Self.median(ours)
        func row(_ name: String, _ costs: [Cost]) {
            guard !costs.isEmpty else { return }
            let cost = Self.median(costs)
            print(
                "  " + name.padding(toLength: 24, withPad: " ", startingAt: 0)
                    + String(
                        format: "%6.1f frames/s  %6.2f CPU-ms a frame", cost.framesPerSecond,
                        cost.cpuMilliseconds)
                    + String(
                        format: "  ratio %5.2f in CPU, %5.2f in wall time",
                        our.cpuMilliseconds / cost.cpuMilliseconds,
                        cost.framesPerSecond / our.framesPerSecond))
        }
        row("end to end", ours)
        row("encoding alone, ours", alone)
        row("ffmpeg, from RGBA", fromRGBA)
        row("ffmpeg, from yuv420p", fromYUV)
        print(
            String(
                format: "  first frame after %.2f s (cold process %.2f s)",
                reports[reports.count / 2].firstFrameSeconds, first.firstFrameSeconds))
        for stage in reports[reports.count / 2].stages {
            print(
                String(
                    format: "    %-10@ %7.2f ms wall a frame", stage.name as NSString,
                    stage.seconds / Double(first.frames) * 1000))
        }
    }

    private static func median(_ costs: [Cost]) -> Cost {
        costs.sorted { $0.cpu < $1.cpu }[costs.count / 2]
    }
}

/// Seconds.
enum Clock {
    static func monotonic() -> Double { read(CLOCK_MONOTONIC) }
    static func process() -> Double { read(CLOCK_PROCESS_CPUTIME_ID) }

    private static func read(_ clock: clockid_t) -> Double {
        var t = timespec()
        clock_gettime(clock, &t)
        return Double(t.tv_sec) + Double(t.tv_nsec) * 1e-9
    }
}

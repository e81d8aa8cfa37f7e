import ArgumentParser
import Avatarium
import Foundation

/// Ours and the floor in turn: a clip end to end, then the same frames through the same encoder alone.
struct ThroughputBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "throughput",
        abstract: "CPU and wall time of a frame, end to end and by stage, against encoding alone.",
        discussion: """
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
        // The first run loads the avatar; it also gives the frames that the floor encodes.
        let first = try await pipeline.render(request)
        let frames = try Self.frames(of: "\(folder)/ours.mp4", limit: 90)
        var ours: [Cost] = []
        var floor: [Cost] = []
        var reports: [ClipReport] = []
        for _ in 0..<runs {
            let report = try await pipeline.render(request)
            reports.append(report)
            ours.append(Cost(wall: report.wallSeconds, cpu: report.cpuSeconds, frames: report.frames))
            floor.append(try Self.encode(frames, count: report.frames, request, path: "\(folder)/floor.mp4"))
        }
        print(
            "\(request.avatar ?? "ada"), \(request.size?.description ?? ""), \(first.frames) frames, median of \(runs)"
        )
        let our = Self.median(ours)
        let flo = Self.median(floor)
        func row(_ name: String, _ cost: Cost) {
            print(
                "  " + name.padding(toLength: 16, withPad: " ", startingAt: 0)
                    + String(
                        format: "%6.1f frames/s  %6.2f CPU-ms a frame", cost.framesPerSecond,
                        cost.cpuMilliseconds))
        }
        row("end to end", our)
        row("encoding alone", flo)
        print(
            String(
                format: "  ratio           %6.2f in CPU, %.2f in wall time",
                our.cpuMilliseconds / flo.cpuMilliseconds, flo.framesPerSecond / our.framesPerSecond))
        print(
            String(
                format: "  first frame after %.2f s (cold process %.2f s), peak memory %d MB",
                reports[reports.count / 2].firstFrameSeconds, first.firstFrameSeconds,
                reports[0].peakMemoryBytes >> 20))
        for stage in reports[reports.count / 2].stages {
            print(
                String(
                    format: "    %-10@ %7.2f ms wall a frame", stage.name as NSString,
                    stage.seconds / Double(first.frames) * 1000))
        }
    }

    private static func frames(of path: String, limit: Int) throws -> [PixelBuffer] {
        var frames: [PixelBuffer] = []
        try MediaProbe.decodeVideo(path: path) { _, frame in
            if frames.count < limit { frames.append(frame) }
        }
        return frames
    }

    private static func encode(
        _ frames: [PixelBuffer], count: Int, _ request: ClipRequest, path: String
    ) throws -> Cost {
        var options = ClipWriterOptions(
            format: .mp4, path: path, width: frames[0].width, height: frames[0].height)
        options.quality = request.quality ?? .standard
        let wall = Clock.monotonic()
        let cpu = Clock.process()
        let writer = try ClipWriter(options)
        // Back and forth, so that motion stays as smooth as it was.
        let period = max(1, 2 * frames.count - 2)
        for i in 0..<count {
            let k = i % period
            try writer.write(frame: frames[k < frames.count ? k : period - k])
        }
        _ = try writer.finish()
        return Cost(wall: Clock.monotonic() - wall, cpu: Clock.process() - cpu, frames: count)
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

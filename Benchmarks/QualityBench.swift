import ArgumentParser
import Avatarium
import Foundation
import GoldenImages
import Media

/// What `--quality` gives and takes: each against `high`, as drawn and as it comes out of the file.
struct QualityBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quality",
        abstract: "FLIP against high, CPU time a frame and size, for draft, standard and high.",
        discussion: """
            EXAMPLES
              avatarium-bench quality
              avatarium-bench quality --avatar ada --avatar facecap.glb --runs 5
            """)

    @Option(help: "Avatars, by name or path.")
    var avatar: [String] = ["ada"]

    @Option(help: "Runs of each; medians are printed.")
    var runs = 3

    @Option(help: "Size of the picture.")
    var size = "1280x720"

    @Option(help: "Frames that are compared, spread over the clip.")
    var frames = 6

    mutating func run() async throws {
        guard let size = ImageSize(size) else { throw ValidationError("--size is WxH") }
        let folder = try BenchFolder()
        print("avatar                quality   CPU-ms a frame  frames/s   kB/s  FLIP drawn  FLIP in the file")
        for avatar in avatar {
            let pipeline = try ClipPipeline()
            var clips: [Quality: Clip] = [:]
            for quality in [Quality.high, .standard, .draft] {
                var request = ClipRequest(text: "Papa's big map shows five warm beaches.", avatar: avatar)
                request.size = size
                request.quality = quality
                clips[quality] = try await measure(request, pipeline, folder.path)
            }
            guard let high = clips[.high] else { continue }
            for quality in [Quality.draft, .standard, .high] {
                guard let clip = clips[quality] else { continue }
                let name = URL(fileURLWithPath: avatar).lastPathComponent
                print(
                    name.padding(toLength: 22, withPad: " ", startingAt: 0)
                        + quality.rawValue.padding(toLength: 10, withPad: " ", startingAt: 0)
                        + String(
                            format: "%14.1f %9.1f %6.0f %11.4f %12.4f", clip.cpuMilliseconds,
                            clip.framesPerSecond, clip.kilobytesPerSecond,
                            Self.difference(clip.drawn, high.drawn), Self.difference(clip.decoded, high.drawn)
                        ))
            }
        }
    }

    private struct Clip {
        var cpuMilliseconds: Double
        var framesPerSecond: Double
        var kilobytesPerSecond: Double
        var drawn: [PixelBuffer]
        var decoded: [PixelBuffer]
    }

    private func measure(
        _ request: ClipRequest, _ pipeline: ClipPipeline, _ folder: String
    ) async throws -> Clip {
        var request = request
        // ProRes keeps what was drawn but for what no eye sees.
        request.output = folder + "/drawn.mov"
        let frameCount = try await pipeline.render(request).frames
        let drawn = try sampled(folder + "/drawn.mov", of: frameCount)
        request.output = folder + "/clip.mp4"
        var reports: [ClipReport] = []
        for _ in 0..<runs { reports.append(try await pipeline.render(request)) }
        return Clip(
            cpuMilliseconds: reports.map { $0.cpuSeconds / Double($0.frames) * 1000 }.median,
            framesPerSecond: reports.map { Double($0.frames) / $0.wallSeconds }.median,
            kilobytesPerSecond: Double(reports[0].bytes ?? 0) / reports[0].durationSeconds / 1000,
            drawn: drawn, decoded: try sampled(folder + "/clip.mp4", of: frameCount))
    }

    private func sampled(_ path: String, of frameCount: Int) throws -> [PixelBuffer] {
        let chosen = Set((0..<frames).map { ($0 * 2 + 1) * frameCount / (frames * 2) })
        var pictures: [PixelBuffer] = []
        var index = 0
        try MediaProbe.decodeVideo(path: path) { _, frame in
            if chosen.contains(index) { pictures.append(frame) }
            index += 1
        }
        return pictures
    }

    private static func difference(_ ours: [PixelBuffer], _ theirs: [PixelBuffer]) -> Double {
        let means = zip(ours, theirs).map { pair in
            (try? ImageComparison(expected: pair.1, actual: pair.0))?.flip().mean ?? 1
        }
        return means.reduce(0, +) / Double(max(1, means.count))
    }
}

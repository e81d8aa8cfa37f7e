import Avatarium
import Foundation
import Images
import Media

/// The cheapest a clip could be: its own frames, as they were drawn, through the encoder alone.
struct EncodingFloor {
    /// Every frame of the clip, in memory: 3.7 MB each at 1280x720.
    private var frames: [PixelBuffer]
    private var options: ClipWriterOptions
    private var folder: String

    /// Draws the clip once, losslessly.
    init(_ request: ClipRequest, pipeline: ClipPipeline, folder: String) async throws {
        var lossless = request
        lossless.output = "\(folder)/frames/%05d.png"
        let report = try await pipeline.render(lossless)
        frames = try (0..<report.frames).map { index in
            let path = "\(folder)/frames/" + String(format: "%05d.png", index)
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            return try ImageDecoder.decode([UInt8](bytes), maximumPixels: 1 << 26)
        }
        try FileManager.default.removeItem(atPath: "\(folder)/frames")
        self.folder = folder
        options = ClipWriterOptions(
            format: .mp4, path: "\(folder)/floor.mp4", width: frames[0].width, height: frames[0].height)
        options.quality = request.quality ?? .standard
    }

    /// By our own writer, in this process: libx264 with our conversion from RGBA.
    func ours() throws -> ThroughputBench.Cost {
        let wall = Clock.monotonic()
        let cpu = Clock.process()
        let writer = try ClipWriter(options)
        for frame in frames { try writer.write(frame: frame) }
        _ = try writer.finish()
        return .init(wall: Clock.monotonic() - wall, cpu: Clock.process() - cpu, frames: frames.count)
    }

    /// By the `ffmpeg` of this host from a raw file of `pixels` (`rgba` or `yuv420p`); nil without
    /// ffmpeg. The file is written before the clock starts.
    func ffmpeg(_ pixels: String) throws -> ThroughputBench.Cost? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        let programs = folders.map { "\($0)/ffmpeg" }
        guard let program = programs.first(where: FileManager.default.isExecutableFile(atPath:)) else {
            return nil
        }
        let raw = try rawFile(pixels, program)
        let run = try convert(
            raw, pixels,
            to: [
                "-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-threads", "2", "-pix_fmt",
                "yuv420p",
                "\(folder)/ffmpeg.mp4",
            ], program)
        return .init(wall: run.wall, cpu: run.cpu, frames: frames.count)
    }

    /// The frames in a file, written once.
    private func rawFile(_ pixels: String, _ program: String) throws -> String {
        let path = "\(folder)/frames.\(pixels)"
        guard !FileManager.default.fileExists(atPath: path) else { return path }
        guard pixels == "rgba" else {
            let rgba = try rawFile("rgba", program)
            _ = try convert(rgba, "rgba", to: ["-pix_fmt", pixels, "-f", "rawvideo", path], program)
            return path
        }
        try Data().write(to: URL(fileURLWithPath: path))
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        defer { try? file.close() }
        for frame in frames { try file.write(contentsOf: frame.bytes) }
        return path
    }

    private func convert(
        _ raw: String, _ pixels: String, to output: [String], _ program: String
    ) throws -> ProgramRun {
        let source = [
            "-f", "rawvideo", "-pix_fmt", pixels, "-s", "\(options.width)x\(options.height)",
            "-r", options.frameRate.description, "-i", raw,
        ]
        return try ProgramRun(["-v", "error", "-nostdin", "-y"] + source + output, program: program)
    }
}

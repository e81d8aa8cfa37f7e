import ArgumentParser
import Avatarium
import AvatariumCore
import Foundation

struct RenderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render",
        abstract: "Renders a video of an avatar speaking a text or a recording.",
        discussion: """
            The file name of the output selects the format: .mp4 (H.264 + AAC), .webm (VP9 + Opus, with alpha if the \
            background is transparent), .mov (ProRes 4444 with alpha), .gif, .webp (animated), .m3u8 (HLS), \
            frames/%05d.png (and a .wav), .wav, .m4a, .mp3, .opus or .flac for audio only, or - for fragmented \
            MP4 on standard output. Marks in the text direct the performance: [camera body] cuts, [play Wave] plays \
            one of the model's animations, [happy]...[/happy] sets an emotion, [nod] makes a gesture.

            EXAMPLES
              avatarium render "Hello, world." -o hello.mp4
              avatarium render --text-file story.txt --voice en-gb -o story.mp4
              avatarium render --audio talk.wav --timings talk.TextGrid -o talk.mp4
              avatarium render -o cold.mp4 -- "-5 degrees today."
              avatarium render "Hello." --background transparent -o overlay.webm
              avatarium render "Hello." --captions burn --caption-style size=7 -o c.mp4
              avatarium render "Hello." --camera-orbit 30,auto,auto -o side.mp4
              avatarium render "Hello." --background waves.mp4 --pad 1 -o waves.mp4
              avatarium render "Hello." --overlay 'logo.png size=0.1' -o logo.mp4
              avatarium render "Hello." --music bed.mp3 --loudness -16 -o m.mp4
              avatarium render "Hello." --codec hevc --crf 26 -o small.mp4
              echo "From a pipe." | avatarium render --text-file - -o - | ffplay -

            LIMITS
              \(InputLimits.summary)
            """)

    @OptionGroup var input: SpeechInputOptions
    @OptionGroup var look: LookOptions
    @OptionGroup var edit: EditOptions
    @OptionGroup var common: CommonOptions

    @Option(help: ArgumentHelp("A VRM animation (.vrma) that moves the body; it loops.", valueName: "file"))
    var body: String?

    @Option(
        help: ArgumentHelp(
            "Rendering and compression effort (default: \(Quality.standard.rawValue)).",
            valueName: "name"))
    var quality: Quality?

    @Option(name: .shortAndLong, help: ArgumentHelp("The output file.", valueName: "file"))
    var output: String?

    mutating func run() async throws {
        try StandardOutput.refuseTerminal(output, "a video")
        var request = try input.request()
        look.apply(to: &request)
        edit.apply(to: &request)
        request.quality = quality
        request.body = body
        request.output = output
        let plan = try SpeechInputOptions.plan(request)
        let toStandardOutput = plan.format == .fragmentedMP4
        let display = ProgressDisplay(common, jsonOnStandardError: toStandardOutput)
        let pipeline = try ClipPipeline(catalog: common.catalog, device: common.device)
        let report = try await pipeline.render(plan) { display.show($0) }
        ProgressDisplay.clearBar()
        common.show(report.diagnostics)
        if common.json {
            let event = Event(event: "report", report: report)
            // The clip is on standard output, so that the report goes to standard error.
            if toStandardOutput { display.write(event) } else { try CommonOptions.printJSON(event) }
        } else if !common.quiet {
            StandardError.write(line: Self.text(report))
        }
    }

    private struct Event: Encodable {
        var event: String
        var report: ClipReport
    }

    /// Returns the report that ends a run at a terminal.
    static func text(_ report: ClipReport) -> String {
        func seconds(_ value: Double) -> String { String(format: "%.2f s", value) }
        // In MB a short clip of a small size would have 0.0.
        func size(_ bytes: Int) -> String {
            bytes < 100_000
                ? String(format: "%.1f kB", Double(bytes) / 1e3)
                : String(format: "%.1f MB", Double(bytes) / 1e6)
        }
        let output = report.output == "-" ? "(standard output)" : report.output.quotedForMessage(limit: 4096)
        let stages = report.stages.map { "\($0.name) \(seconds($0.seconds))" }.joined(separator: ", ")
        guard report.frames > 0 else {
            let bytes = report.bytes.map { ", \(size($0))" } ?? ""
            return "\(output): \(seconds(report.durationSeconds)) of audio\(bytes); "
                + "\(seconds(report.wallSeconds)) wall, \(seconds(report.cpuSeconds)) CPU"
        }
        let bytes = report.bytes.map { ", \(size($0))" } ?? ""
        return """
            \(output): \(seconds(report.durationSeconds)), \
            \(report.frames) frames of \(report.size) at \(report.fps) fps\(bytes)
              \(String(format: "%.1f", report.framesPerSecond)) frames/s; \(seconds(report.wallSeconds)) wall, \
            \(seconds(report.cpuSeconds)) CPU, first frame after \(seconds(report.firstFrameSeconds)), \
            peak \(report.peakMemoryBytes >> 20) MB
              stages: \(stages)
              lips from \(report.timingSource); drawn by \(report.renderer)
            """
    }
}

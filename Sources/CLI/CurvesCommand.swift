import ArgumentParser
import Avatarium
import AvatariumCore
import Foundation

struct CurvesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "curves",
        abstract: "Writes the face track, captions or an animated copy of the avatar, without rendering.",
        discussion: """
            The CSV has one row per frame: time in seconds, the 52 ARKit shapes, head rotation in radians. A timing \
            file alone is sufficient; audio adds the effect of loudness.

            Besides .csv and .json it writes Live Link Face CSV (--format livelink), Audio2Face JSON (--format \
            audio2face), Avatarium's phones (--format phones), TextGrid, Rhubarb TSV, WebVTT and SRT captions, and a \
            copy of the avatar with the baked animation (.glb), for three.js, Blender and other glTF software.

            EXAMPLES
              avatarium curves "Hello, world." -o hello.csv
              avatarium curves --timings talk.TextGrid --fps 60 -o talk.csv
              avatarium curves --audio talk.wav --timings talk.json -o face.json
              avatarium curves "Hello, world." --format livelink -o hello.csv
              avatarium curves "Hello, world." --avatar me.vrm -o hello.glb
            """)

    @OptionGroup var input: SpeechInputOptions
    @OptionGroup var common: CommonOptions

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "A .csv, .json, .TextGrid, .tsv, .vtt, .srt or .glb file; - for standard output.",
            valueName: "file"))
    var output: String

    @Option(help: ArgumentHelp("The output format (default: from the file name).", valueName: "name"))
    var format: PerformanceFile.Format?

    @Option(
        help: ArgumentHelp(
            "For .glb: a bundled avatar's name, or a .glb, .gltf or .vrm file.", valueName: "name|path"))
    var avatar: String?

    @Option(
        help: ArgumentHelp(
            "For .glb: JSON that maps face shapes to the model's own morph targets.", valueName: "file"))
    var mapping: String?

    @Option(help: ArgumentHelp("For .glb: a VRM animation that moves the body.", valueName: "file"))
    var body: String?

    mutating func run() async throws {
        let format = try format ?? PerformanceFile.Format(path: output)
        if format == .glb { try StandardOutput.refuseTerminal(output, "a model") }
        var request = try input.request()
        for (field, value) in [("avatar", avatar), ("mapping", mapping), ("body", body)]
        where value != nil && format != .glb {
            throw AvatariumError(
                .invalidConfig, "--\(field) applies only to .glb output; omit it, or name the output .glb",
                context: ["field": field])
        }
        request.avatar = avatar
        request.mapping = mapping
        request.body = body
        request.output = output
        let plan = try SpeechInputOptions.plan(request, drawing: false)
        let performance = try await Performance.make(plan.clip)
        try PerformanceFile.write(
            performance, clip: plan.clip, format: format, to: output, catalog: common.catalog)
        common.show(performance.diagnostics)
        if common.json, output != "-" {
            try CommonOptions.printJSON(
                Result(
                    output: output, frames: performance.track.frames.count, fps: "\(plan.clip.frameRate)",
                    durationSeconds: performance.durationSeconds, timingSource: performance.timeline.source))
        }
    }

    private struct Result: Encodable {
        var output: String
        var frames: Int
        var fps: String
        var durationSeconds: Double
        var timingSource: String
    }
}

import ArgumentParser
import Avatarium
import Foundation

struct CurvesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "curves",
        abstract: "Writes the face track without pictures.",
        discussion: """
            One row a frame: time in seconds, the 52 ARKit shapes, head rotation in radians. A timing file alone \
            is enough; audio, if there is any, adds loudness.

            Besides .csv and .json it writes Live Link Face CSV, Audio2Face JSON, TextGrid, Rhubarb TSV and \
            captions.

            EXAMPLES
              avatarium curves "Hello, world." -o hello.csv
              avatarium curves --timings talk.TextGrid --fps 60 -o talk.csv
              avatarium curves --audio talk.wav --timings talk.json -o talk.json
            """)

    @OptionGroup var input: SpeechInputOptions
    @OptionGroup var common: CommonOptions

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "A .csv, .json, .TextGrid, .tsv, .vtt or .srt file; - for standard output.", valueName: "file"))
    var output: String

    @Option(
        help: ArgumentHelp(
            "csv, json, livelink, audio2face, textgrid, rhubarb, vtt or srt (default: by the output's name).",
            valueName: "name"))
    var format: String?

    mutating func run() async throws {
        let format =
            try format.map {
                try parsed(
                    $0, CurveFile.Format.init(rawValue:), "format",
                    CurveFile.Format.allCases.map(\.rawValue).joined(separator: ", "))
            } ?? CurveFile.Format(path: output)
        let plan = try ClipPlan(try input.request(), drawing: false)
        let performance = try await Performance.make(plan)
        try CurveFile.write(performance, format: format, to: output)
        common.show(performance.diagnostics)
        if common.json, output != "-" {
            try CommonOptions.printJSON(
                Result(
                    output: output, frames: performance.track.frames.count, fps: "\(plan.frameRate)",
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

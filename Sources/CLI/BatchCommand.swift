import ArgumentParser
import Avatarium
import Foundation

struct BatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch",
        abstract: "Makes many clips from a JSON Lines file; start it again to finish what was interrupted.",
        discussion: """
            One request a line: the fields of `ClipRequest`, named like `render`'s options (text, textFile, audio, \
            timings, avatar, voice, size, fps, camera, background, quality, emotions, output ...), and an optional \
            id. A field that does not exist is refused with the list of those that do. One result line a clip is \
            appended to DIR/results.jsonl, and written to standard output with --json. In a Slurm, Kubernetes or \
            AWS Batch array each task takes its own share.

            EXAMPLES
              avatarium batch jobs.jsonl -o clips
              avatarium batch jobs.jsonl -o clips --jobs 4 --memory-limit 8G
              avatarium batch jobs.jsonl -o clips --shard 0/4
              generate-jobs | avatarium batch - -o clips --json

            Lines:
              {"id": "hello", "text": "Hello, world.", "avatar": "ada", "output": "hello.mp4"}
              {"id": "joy", "audio": "joy.wav", "size": "720x1280", "emotions": ["happy=0.6"]}
            """)

    @Argument(help: "The jobs, one JSON object a line; - for standard input.")
    var jobsFile: String

    @Option(name: .shortAndLong, help: ArgumentHelp("Folder for clips and results.jsonl.", valueName: "dir"))
    var output: String

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Clips made at a time (default: by cores and memory).", valueName: "n"))
    var jobs: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Memory to plan for: 800M, 4G (default: half of the host's or the container's). Clips wait for room.",
            valueName: "bytes"))
    var memoryLimit: String?

    @Flag(help: "End at the first clip that fails.")
    var failFast = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Take share i of n, counted from 0 (default: by the cluster's array).", valueName: "i/n"))
    var shard: String?

    @OptionGroup var common: CommonOptions

    mutating func run() async throws {
        var options = BatchRunner.Options()
        if let jobs {
            guard (1...256).contains(jobs) else {
                throw AvatariumError(
                    .invalidConfig, "--jobs must be 1 to 256", context: ["field": "jobs"])
            }
            options.jobs = jobs
        }
        options.memoryLimit = try memoryLimit.map { try parsed($0, Self.bytes, "memory-limit", "800M or 4G") }
        options.failFast = failFast
        options.shard =
            try shard.map { try parsed($0, BatchShard.init, "shard", "0/4 to 3/4") }
            ?? BatchShard(environment: ProcessInfo.processInfo.environment)
        let display = ProgressDisplay(json: common.json, jsonOnStandardError: false)
        let summary = try await BatchRunner(options: options, catalog: common.catalog).run(
            jobsFile: jobsFile, folder: output, progress: { display.show($0) }, results: { display.show($0) })
        display.finish()
        if common.json {
            try CommonOptions.printJSON(Event(event: "summary", summary: summary))
        } else {
            StandardError.write(Self.words(summary, folder: output))
        }
        if summary.failed > 0 { throw ExitCode(65) }
    }

    private struct Event: Encodable {
        var event: String
        var summary: BatchRunner.Summary
    }

    static func words(_ summary: BatchRunner.Summary, folder: String) -> String {
        let rate = summary.wallSeconds > 0 ? Double(summary.frames) / summary.wallSeconds : 0
        return """
            \(folder): \(summary.made) made, \(summary.skipped) whole already, \(summary.failed) failed\
            \(summary.elsewhere > 0 ? ", \(summary.elsewhere) in other hands" : "") of \(summary.clips) clips; \
            \(summary.frames) frames in \(String(format: "%.1f s (%.1f frames/s)", summary.wallSeconds, rate))
            \(summary.overMemoryLimit > 0 ? overLimit(summary.overMemoryLimit) : "")
            """
    }

    private static func overLimit(_ clips: Int) -> String {
        "warning: \(clips) clips take more memory than the limit and were made one at a time, above it\n"
    }

    static func bytes(_ text: String) -> Int? {
        let scales: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40]
        let scale = text.uppercased().last.flatMap { scales[$0] }
        guard let number = Double(scale == nil ? text : String(text.dropLast())),
            case let bytes = number * Double(scale ?? 1), bytes >= 1, bytes < 1e18
        else {
            return nil
        }
        return Int(bytes)
    }
}

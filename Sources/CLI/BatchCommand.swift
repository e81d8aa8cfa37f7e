import ArgumentParser
import Avatarium
import AvatariumCore
import Foundation
import Jobs

struct BatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch",
        abstract: "Renders many clips from a JSON Lines file; run it again to resume an interrupted batch.",
        discussion: """
            Each line is a request: the fields of `ClipRequest`, named like the options of `render` in camel or snake \
            case (text, textFile or text_file, audio, timings, avatar, voice, size, fps, camera, background, \
            toneMap, quality, emotions, performance, output ...), and an optional id. Unknown fields are refused, \
            with the nearest known one. Paths are relative to the jobs file; audio and avatar may be data URLs \
            (data:;base64,...); emotions and performance may be given inline. One result line per clip is appended \
            to DIR/results.jsonl and, with --json, printed to standard output. In a Slurm, Kubernetes or AWS Batch \
            array each task takes its own shard. A line without a voice is always spoken by espeak-ng, so that all \
            machines give the same result. A line that crashes the program twice fails and is skipped.

            EXAMPLES
              avatarium batch jobs.jsonl -o clips
              avatarium batch jobs.jsonl -o clips --dry-run
              avatarium batch jobs.jsonl -o clips --jobs 4 --memory-limit 8G
              avatarium batch jobs.jsonl -o clips --shard 0/4
              generate-jobs | avatarium batch - -o clips --json

            Lines:
              {"id": "hello", "text": "Hello, world.", "avatar": "ada"}
              {"id": "joy", "audio": "joy.wav", "emotions": ["happy=0.6"]}

            LIMITS
              The jobs file may have at most 2 GB, an output path 255 bytes per component and 4095 in total.
            """)

    @Argument(help: "The jobs, one JSON object per line; - for standard input.")
    var jobsFile: String

    @Option(
        name: .shortAndLong, help: ArgumentHelp("Folder for the clips and results.jsonl.", valueName: "dir"))
    var output: String

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Clips to render at a time, 1 to 256 (default: by cores and memory).", valueName: "n"))
    var jobs: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Memory budget: 800M, 4G (default: half of the host's or the container's). Clips wait until they fit.",
            valueName: "bytes"))
    var memoryLimit: ByteCount?

    @Flag(help: "Stop at the first clip that fails.")
    var failFast = false

    @Flag(help: "Treat warnings as failures; a failed clip leaves no file.")
    var strict = false

    @Flag(help: "Check every line, file, avatar and voice without rendering.")
    var dryRun = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Shard i of n, counted from 0: 0/4 to 3/4 (default: from the cluster's array variables).",
            valueName: "i/n"))
    var shard: BatchShard?

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
        options.memoryLimit = memoryLimit?.bytes
        options.failFast = failFast
        options.strict = strict
        options.shard = try shard ?? BatchShard(environment: ProcessInfo.processInfo.environment)
        guard dryRun || BatchSupervisor.isWorker else {
            return try await BatchSupervisor(jobsFile: jobsFile, folder: output).run()
        }
        if let run = BatchSupervisor.beginWorker() { options.run = run }
        let display = ProgressDisplay(common, jsonOnStandardError: false)
        let runner = BatchRunner(options: options, catalog: common.catalog)
        let summary =
            dryRun
            ? try await runner.check(jobsFile: jobsFile, folder: output) { display.show($0) }
            : try await runner.run(
                jobsFile: jobsFile, folder: output, progress: { display.show($0) },
                results: { display.show($0) })
        ProgressDisplay.clearBar()
        if common.json {
            try CommonOptions.printJSON(Event(event: "summary", summary: summary))
        } else if !common.quiet {
            StandardError.write(line: dryRun ? Self.checked(summary) : Self.text(summary, folder: output))
        }
        if summary.clips == 0, options.shard == .whole, !common.quiet, !common.json {
            StandardError.write(line: "warning: '\(jobsFile)' contains no jobs")
        }
        if summary.failed > 0 { throw ExitCode(ErrorCode.validationError.exitStatus) }
    }

    private struct Event: Encodable {
        var event: String
        var summary: BatchRunner.Summary
    }

    private static func checked(_ summary: BatchRunner.Summary) -> String {
        "\(summary.clips - summary.failed) of \(summary.clips) lines are valid; nothing was rendered"
    }

    static func text(_ summary: BatchRunner.Summary, folder: String) -> String {
        let rate = summary.wallSeconds > 0 ? Double(summary.frames) / summary.wallSeconds : 0
        var text = """
            \(folder.quotedForMessage(limit: 4096)): \(summary.made) made, \(summary.skipped) already complete, \(summary.failed) failed\
            \(summary.elsewhere > 0 ? ", \(summary.elsewhere) made by other processes" : "") of \
            \(summary.clips) clips; \
            \(summary.frames) frames in \(String(format: "%.1f s (%.1f frames/s)", summary.wallSeconds, rate))
            """
        if summary.overMemoryLimit > 0 {
            text +=
                "\nwarning: \(summary.overMemoryLimit) clips need more memory than the limit; they were made one at a "
                + "time"
        }
        return text
    }
}

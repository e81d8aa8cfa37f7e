import ArgumentParser
import Avatarium
import AvatariumCore
import Foundation
import GoldenImages

/// Options of the golden commands: which cases, and where pictures are and go.
struct GoldenOptions: ParsableArguments {
    @Argument(help: "The case file (JSON).")
    var cases: String

    @Option(
        help: ArgumentHelp(
            "Folder of expected pictures (default: 'expected' beside the case file).", valueName: "folder"))
    var expected: String?

    @Option(
        help: ArgumentHelp(
            "Folder for the report page and its pictures.",
            valueName: "folder"))
    var report: String = "golden-report"

    @Option(help: ArgumentHelp("Only the case of this name; can be repeated.", valueName: "name"))
    var only: [String] = []

    @Option(help: ArgumentHelp("Also writes the results as JUnit XML.", valueName: "file"))
    var junit: String?

    func run(
        mode: RecordMode, keepsPassed: Bool, common: CommonOptions, recordsForAll: Bool = false
    ) async throws {
        let suite = try GoldenSuite(path: cases)
        let folder = URL(fileURLWithPath: cases).deletingLastPathComponent().path
        let pipeline = try ClipPipeline(catalog: common.catalog, device: common.device)
        var runner = await GoldenRunner(
            pipeline: pipeline, expectedFolder: expected ?? "\(folder)/expected", mode: mode,
            report: ReportFolder(path: report, keepsPassed: keepsPassed), catalog: common.catalog)
        runner.expected.recordsForAll = recordsForAll
        let quiet = common.json || common.quiet
        let verbose = common.verbose
        let outcome = try await runner.run(suite, folder: folder, only: only) { result in
            guard !quiet, verbose || result.outcome != .passed else { return }
            try? StandardOutput.write(line: "\(result.outcome.rawValue) \(result.name): \(result.message)")
        }
        if let junit { try outcome.writeJUnit(to: junit) }
        if common.json {
            try CommonOptions.printJSON(outcome)
        } else if !common.quiet {
            for stray in outcome.strays {
                try StandardOutput.write(line: "stray \(stray): no case uses this picture")
            }
            try StandardOutput.write(
                line: "\(outcome.summary) (\(outcome.renderer)); page: \(outcome.page ?? "none")")
        }
        guard outcome.allPassed else { throw ExitCode(ErrorCode.validationError.exitStatus) }
    }
}

import Avatarium
import Foundation
@_exported import GoldenImages
import Testing

/// Expects that a picture looks as recorded; otherwise the test fails, with numbers and the paths of the actual
/// picture, the expected one and the difference.
///
/// ```swift
/// import Avatarium
/// import GoldenImagesTesting
/// import Testing
///
/// @Test func smiles() async throws {
///     var request = StillRequest(avatar: "ada")
///     request.weights = [("mouthSmileLeft", 1), ("mouthSmileRight", 1)]
///     try await expectGolden("smile", request)
/// }
/// ```
///
/// The first run fails, since nothing is expected yet. Run the test once with `AVATARIUM_GOLDEN_RECORD=missing`
/// (or `all`, to replace what is there), look at the picture, keep it with your sources. A run that records
/// fails too, and in continuous integration (`CI` set) nothing is ever recorded.
/// - Parameters:
///   - name: names the picture: letters, digits, `.`, `_`, `-`.
///   - folder: where expected pictures are; default `Goldens` beside the test's source file.
///   - tolerance: how close it must come.
/// - Throws: E082 without GL, E025 when a file cannot be written, E071 for a name that no file can have.
public func expectGolden(
    _ name: String, _ request: StillRequest, in folder: String? = nil, tolerance: Tolerance = .standard,
    filePath: String = #filePath, sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let beside = URL(fileURLWithPath: filePath).deletingLastPathComponent().appendingPathComponent("Goldens")
        .path
    let bench = GoldenBench.shared
    let result = try await bench.judge(name, request, folder: folder ?? beside, tolerance: tolerance)
    guard result.outcome != .passed else { return }
    let pictures = result.images.sorted { $0.key < $1.key }
        .map { "\n  \($0.key): \(bench.reportFolder)/\($0.value)" }.joined()
    Issue.record(
        "golden '\(name)' \(result.outcome.rawValue): \(result.message)\(pictures)",
        sourceLocation: sourceLocation)
}

/// One pipeline and one report for all tests of a process.
actor GoldenBench {
    static let shared = GoldenBench()

    /// `AVATARIUM_GOLDEN_REPORT`, or a folder among the temporary files.
    nonisolated let reportFolder: String
    private let mode: RecordMode
    private var pipeline: ClipPipeline?
    private var report: GoldenReport?

    private init() {
        let environment = ProcessInfo.processInfo.environment
        reportFolder =
            environment["AVATARIUM_GOLDEN_REPORT"] ?? NSTemporaryDirectory() + "avatarium-golden-report"
        mode = environment["AVATARIUM_GOLDEN_RECORD"].flatMap(RecordMode.init(rawValue:)) ?? .never
    }

    func judge(
        _ name: String, _ request: StillRequest, folder: String, tolerance: Tolerance
    ) async throws -> GoldenResult {
        let pipeline = try self.pipeline ?? ClipPipeline()
        self.pipeline = pipeline
        let runner = await GoldenRunner(
            pipeline: pipeline, expectedFolder: folder, mode: mode, report: ReportFolder(path: reportFolder))
        let result = try await runner.run(name, request, tolerance: tolerance)
        var all = report ?? GoldenReport(renderer: runner.expected.renderer, mode: runner.mode)
        all.results.append(result)
        report = all
        if result.outcome != .passed { _ = try runner.report?.write(all) }
        return result
    }
}

import Avatarium
import AvatariumCore
import Foundation
import Images

/// Renders the cases of a suite and compares them with the expected pictures.
///
/// ```swift
/// let runner = try await GoldenRunner(pipeline: ClipPipeline(), expectedFolder: "expected")
/// let report = try await runner.run(GoldenSuite(path: "cases.json"), folder: ".")
/// report.allPassed
/// ```
public struct GoldenRunner: Sendable {
    public var expected: ExpectedImages
    /// The requested mode; in continuous integration, `never` applies.
    public var mode: RecordMode
    /// The folder for pictures and the page; if nil, none are written.
    public var report: ReportFolder?
    private let draw: @Sendable (StillRequest) async throws -> PixelBuffer
    /// Draws frames of clips; nil where only stills can be drawn.
    private var drawClip: (@Sendable (Clip, [Double]) async throws -> [PixelBuffer])?
    private var catalog = AvatarCatalog()

    public init(
        expected: ExpectedImages, mode: RecordMode = .never, report: ReportFolder? = nil,
        draw: @escaping @Sendable (StillRequest) async throws -> PixelBuffer
    ) {
        self.expected = expected
        self.mode = mode.effective()
        self.report = report
        self.draw = draw
    }

    /// Creates a runner that renders with a pipeline; the pipeline's renderer determines the folder of its
    /// expected pictures.
    public init(
        pipeline: ClipPipeline, expectedFolder: String, mode: RecordMode = .never,
        report: ReportFolder? = nil,
        catalog: AvatarCatalog = AvatarCatalog()
    ) async {
        let renderer = RendererName.normalized(await pipeline.rendererReport.renderer)
        self.init(
            expected: ExpectedImages(folder: expectedFolder, renderer: renderer), mode: mode, report: report
        ) { try await pipeline.still($0).pixels }
        drawClip = { try await pipeline.frames(of: $0, at: $1) }
        self.catalog = catalog
    }

    /// Runs all cases in order, or those with the given names.
    /// - Parameters:
    ///   - suite: The cases, their defaults and tolerances.
    ///   - folder: The case file's folder, to which the suite's paths are relative.
    ///   - names: The cases to run; if empty, all.
    ///   - progress: Called after each case.
    /// - Throws: E071 if no case has a given name; E025 if the report or a picture cannot be written. What goes
    ///   wrong with one case is in its result.
    public func run(
        _ suite: GoldenSuite, folder: String, only names: [String] = [],
        progress: @Sendable (GoldenResult) -> Void = { _ in }
    ) async throws -> GoldenReport {
        try suite.check()
        if let stranger = names.first(where: { name in !suite.cases.contains { $0.name == name } }) {
            let known = suite.cases.map(\.name)
            let near = NearMatches.of(stranger.lowercased(), in: known)
            throw AvatariumError(
                .invalidConfig,
                "the suite has no case named '\(stranger.quotedForMessage())'; "
                    + (near.isEmpty
                        ? "its cases are \(known.prefix(20).joined(separator: ", "))"
                        : "did you mean \(near.joined(separator: ", "))?"),
                context: ["field": "only"])
        }
        var outcome = GoldenReport(renderer: expected.renderer, mode: mode)
        for goldenCase in suite.cases where names.isEmpty || names.contains(goldenCase.name) {
            let defaults = suite.defaults ?? StillDescription()
            for result in try await run(goldenCase, suite.tolerance(of: goldenCase), defaults, folder: folder)
            {
                outcome.results.append(result)
                progress(result)
            }
        }
        outcome.strays = expected.strays(besides: suite.cases.flatMap(\.pictureNames))
        if let report { outcome.page = try report.write(outcome) }
        return outcome
    }

    private func run(
        _ goldenCase: GoldenCase, _ tolerance: Tolerance, _ defaults: StillDescription, folder: String
    ) async throws -> [GoldenResult] {
        if let model = goldenCase.inspect {
            return [
                try judged(goldenCase.name, goldenCase.ignore) {
                    try judge(goldenCase.name, report: try inspected(model, folder: folder))
                }
            ]
        }
        guard let request = goldenCase.clip, let times = goldenCase.times else {
            let request = (goldenCase.request ?? StillDescription()).request(
                defaults: defaults, folder: folder)
            return [try await run(goldenCase.name, request, tolerance: tolerance, ignore: goldenCase.ignore)]
        }
        for name in goldenCase.pictureNames { try report?.clear(name) }
        let pictures: Result<[PixelBuffer], AvatariumError>
        do {
            guard let drawClip else {
                throw AvatariumError(
                    .invalidConfig, "this runner renders only stills; create it with a pipeline",
                    context: ["field": "clip"])
            }
            let plan = try ClipPlan(
                defaults.applied(to: request.resolvingPaths(in: folder), in: folder), drawing: false)
            pictures = .success(try await drawClip(plan.clip, times))
        } catch let error as AvatariumError {
            pictures = .failure(error)
        }
        return try goldenCase.pictureNames.enumerated().map { index, name in
            try judged(name, goldenCase.ignore) {
                let png = try PNGWriter.encode(try pictures.get()[index], compressionLevel: 6)
                return try judge(name, png: png, tolerance: tolerance)
            }
        }
    }

    /// Turns what goes wrong with one case into its result, and lets an ignored one pass.
    private func judged(
        _ name: String, _ ignore: GoldenCase.Ignore?, _ judge: () throws -> GoldenResult
    ) throws -> GoldenResult {
        var result: GoldenResult
        do {
            result = try judge()
        } catch let error as AvatariumError where error.code != .outputNotWritable {
            result = GoldenResult(name: name, outcome: .error, message: error.message)
            result.error = error
        }
        if let ignore, ignore.renderers?.contains(expected.renderer) ?? true {
            let was =
                result.outcome == .passed ? "passes now: remove `ignore`" : "would be: \(result.outcome)"
            result.message = "\(ignore.reason) (\(was))"
            result.outcome = .ignored
        }
        return result
    }

    /// Renders and compares one picture.
    /// - Throws: E025 when a file cannot be written, E071 if the name is not a valid file name, and
    ///   `CancellationError`.
    public func run(
        _ name: String, _ request: StillRequest, tolerance: Tolerance = .standard,
        ignore: GoldenCase.Ignore? = nil
    ) async throws -> GoldenResult {
        guard GoldenCase.isValidName(name) else {
            throw AvatariumError(
                .invalidConfig,
                "'\(name)' cannot name a file: use 1 to 100 letters, digits, '.', '_' and '-'",
                context: ["field": "name"])
        }
        try report?.clear(name)
        let picture: Result<PixelBuffer, AvatariumError>
        do {
            picture = .success(try await draw(request))
        } catch let error as AvatariumError {
            picture = .failure(error)
        }
        return try judged(name, ignore) {
            try judge(
                name, png: try PNGWriter.encode(try picture.get(), compressionLevel: 6), tolerance: tolerance)
        }
    }

    /// The report of `inspect --json` in lines, with the path as the case has it.
    private func inspected(_ model: String, folder: String) throws -> [UInt8] {
        var report = try catalog.inspect(BaseFolder(folder).avatar(model))
        report.path = model
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(report)) + Array("\n".utf8)
    }

    /// Compares a report with the expected one, line by line.
    private func judge(_ name: String, report bytes: [UInt8]) throws -> GoldenResult {
        let path = "\(expected.folder)/\(name).json"
        let golden = FileManager.default.contents(atPath: path)
        if golden.map({ [UInt8]($0) }) == bytes {
            var result = GoldenResult(name: name, outcome: .passed, message: "exactly as expected")
            result.expectedPath = path
            return result
        }
        if mode == .all || mode == .missing && golden == nil {
            try ImageFile.write(bytes, to: path)
            var result = GoldenResult(
                name: name, outcome: .recorded,
                message: "recorded: review it, add it to your sources, then run check")
            result.expectedPath = path
            return result
        }
        guard let golden else {
            return GoldenResult(
                name: name, outcome: .missing,
                message: "there is no expected report: record it and review it")
        }
        func lines(_ text: some Sequence<UInt8>) -> [Substring] {
            String(decoding: Array(text), as: UTF8.self).split(separator: "\n").map { $0[...] }
        }
        let changes = lines(bytes).difference(from: lines(golden))
        let shown = changes.prefix(6).map { change in
            switch change {
            case .insert(_, let line, _): "+\(line.trimmingCharacters(in: .whitespaces))"
            case .remove(_, let line, _): "-\(line.trimmingCharacters(in: .whitespaces))"
            }
        }
        var result = GoldenResult(
            name: name, outcome: .failed,
            message: "\(changes.count) lines of the report differ: "
                + shown.joined(separator: " ").quotedForMessage(limit: 600))
        result.expectedPath = path
        return result
    }

    /// Compares in the form that files have, so that a picture equals itself once it is recorded.
    private func judge(_ name: String, png: [UInt8], tolerance: Tolerance) throws -> GoldenResult {
        let actual = try ImageFile.decode(png)
        guard let path = expected.path(of: name) else {
            if mode != .never { return try record(png, as: name) }
            var result = GoldenResult(
                name: name, outcome: .missing,
                message: "there is no expected picture: review the actual one, then record it")
            result.images = try report?.keep(name, actual: png) ?? [:]
            return result
        }
        let golden = try expected.image(at: path)
        guard golden.width == actual.width, golden.height == actual.height else {
            if mode == .all { return try record(png, as: name) }
            var result = GoldenResult(
                name: name, outcome: .failed,
                message: "the picture is \(actual.width)x\(actual.height), but "
                    + "\(golden.width)x\(golden.height) is expected")
            result.expectedPath = path
            result.images = try report?.keep(name, actual: png, expected: golden) ?? [:]
            return result
        }
        let comparison = try ImageComparison(expected: golden, actual: actual)
        if mode == .all, comparison.unequalPixels > 0 { return try record(png, as: name) }
        let map = comparison.flip()
        var result = GoldenResult(name: name, outcome: .passed, message: "")
        result.expectedPath = path
        result.measurements = tolerance.measurements(of: comparison, map: map)
        result.figures = comparison.figures(map)
        let broken = result.measurements.filter { !$0.passed }
        if broken.isEmpty {
            result.message = comparison.unequalPixels == 0 ? "exactly as expected" : "within tolerance"
        } else {
            result.outcome = .failed
            result.message = broken.map(\.description).joined(separator: "; ")
        }
        if let report, report.keepsPassed || !broken.isEmpty {
            result.images = try report.keep(name, actual: png, expected: golden, difference: map.heatMap)
        }
        return result
    }

    private func record(_ png: [UInt8], as name: String) throws -> GoldenResult {
        let path = try expected.record(png, as: name)
        var result = GoldenResult(
            name: name, outcome: .recorded,
            message: "recorded: review it, add it to your sources, then run check")
        result.expectedPath = path
        result.images = try report?.keep(name, actual: png) ?? [:]
        return result
    }
}

extension ImageComparison {
    /// Every metric by name.
    func figures(_ map: FLIPMap) -> [String: Double] {
        let channels = channelDifference()
        return [
            "flipMean": map.mean, "flipMaximum": Double(map.maximum), "similarity": structuralSimilarity(),
            "rms": channels.rms, "maximumDifference": Double(channels.maximum.max()),
            "unequalPixels": Double(unequalPixels),
        ]
    }
}

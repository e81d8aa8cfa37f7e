import Avatarium
import AvatariumCore
import Foundation

/// Renders many clips in one process: avatars, environments and voices are loaded once, a clip that fails does
/// not stop the others, and a run that was killed continues when it is started again.
///
/// ```swift
/// let summary = try await BatchRunner().run(jobsFile: "jobs.jsonl", folder: "clips")
/// print("\(summary.made) of \(summary.clips) clips")
/// ```
public struct BatchRunner: Sendable {
    public struct Options: Sendable {
        /// The number of clips rendered at a time; nil chooses by cores and memory.
        public var jobs: Int?
        /// The memory budget in bytes; nil uses half of the host's or the control group's memory.
        public var memoryLimit: Int?
        /// Whether the first failed clip ends the run.
        public var failFast = false
        /// Whether a clip with a warning counts as failed; its file is not kept.
        public var strict = false
        /// The shard of the lines that this process renders.
        public var shard = BatchShard.whole
        /// Identifies this process in the record of attempts.
        package var run = UUID().uuidString
        public init() {}
    }

    public struct Progress: Sendable {
        public var clips: Int
        /// The number of complete clips, both rendered and already present.
        public var clipsDone: Int
        /// The number of clips that were already complete.
        public var clipsSkipped: Int
        public var clipsFailed: Int
        public var framesDrawn: Int
        public var elapsedSeconds: Double
    }

    public struct Summary: Sendable, Codable {
        public var clips = 0
        public var made = 0
        /// The number of clips that an earlier run had completed.
        public var skipped = 0
        public var failed = 0
        /// The number of clips rendered by other processes during the run.
        public var elsewhere = 0
        /// The number of clips that need more memory than the limit; they were rendered one at a time.
        public var overMemoryLimit = 0
        public var frames = 0
        public var wallSeconds = 0.0
        public var cpuSeconds = 0.0
    }

    private let options: Options
    private let catalog: AvatarCatalog

    public init(options: Options = Options(), catalog: AvatarCatalog = AvatarCatalog()) {
        self.options = options
        self.catalog = catalog
    }

    /// How many clips are made at a time, where memory allows: as many as there are cores, since a clip leaves a
    /// third of two cores idle.
    private var workers: Int { max(1, options.jobs ?? HostLimits.current.cores) }

    private var memoryForClips: Int {
        max(0, (options.memoryLimit ?? HostLimits.current.memory / 2) - ClipMemoryEstimate.process)
    }

    /// Renders the clips of a JSON Lines file to a folder.
    /// - Parameters:
    ///   - jobsFile: A path, or `-` for standard input. Paths in the lines are relative to the file's folder; those
    ///     of standard input, to the working directory.
    ///   - folder: The folder for clips and `results.jsonl`; created if it does not exist.
    ///   - progress: Called after each frame and clip.
    ///   - results: Called with each result, including those already in `results.jsonl`.
    /// - Throws: E072 for a file that cannot be read; E025 for the folder; E082 without GL; with `failFast` the first
    ///   clip's error; `CancellationError`.
    public func run(
        jobsFile: String, folder: String, progress: @escaping @Sendable (Progress) -> Void = { _ in },
        results: @escaping @Sendable (BatchResult) -> Void = { _ in }
    ) async throws -> Summary {
        let data = try Self.read(jobsFile)
        try SourceFiles([("jobs", jobsFile)]).check(output: "\(folder)/\(BatchLedger.resultsName)")
        let ledger = try BatchLedger(folder: folder, appended: results)
        let listed = ledger.listed()
        let state = BatchState(progress: progress)
        var queue: [BatchJob] = []
        let slots = try await readLines(data, jobsFile: jobsFile, folder: folder, state: state) { job in
            if ledger.finished(job) != nil, listed.done.contains(job.slot + job.key) {
                await state.skip()
            } else {
                queue.append(job)
            }
        } failed: {
            try ledger.append(failure: $0, listed: listed)
        }
        ledger.sweep(keeping: slots)
        try await make(queue, ledger: ledger, listed: listed, state: state)
        return await state.summary
    }

    /// Checks every line of a batch file, with the files, the avatar and the voice that it refers to, without
    /// rendering.
    /// - Parameters:
    ///   - jobsFile: A path, or `-` for standard input.
    ///   - folder: The folder for the clips; nothing is written to it.
    ///   - results: Called with each line that would fail.
    /// - Throws: E072 if the file cannot be read, E025 if the folder's path is a file, `CancellationError`.
    public func check(
        jobsFile: String, folder: String, results: @escaping @Sendable (BatchResult) -> Void = { _ in }
    ) async throws -> Summary {
        try BatchLedger.requireRoom(for: folder)
        let data = try Self.read(jobsFile)
        let state = BatchState { _ in }
        let checker = RequestChecker(library: AvatarLibrary(catalog: catalog))
        _ = try await readLines(data, jobsFile: jobsFile, folder: folder, state: state) { job in
            do {
                try Task.checkCancellation()
                var request = job.request
                request.output = job.output
                try await checker.check(request)
            } catch let error as AvatariumError {
                await state.fail()
                results(BatchResult(job, error: error))
            }
        } failed: {
            results($0)
        }
        return await state.summary
    }

    /// Reads the batch file, which may be a pipe.
    private static func read(_ path: String) throws -> Data {
        do {
            if path == "-" { return try FileHandle.standardInput.readToEnd() ?? Data() }
            return try InputFile.read(
                path, "batch file", field: "jobs", code: .missingRequiredField, limit: maximumFileBytes)
        } catch let error as AvatariumError {
            throw error
        } catch {
            throw AvatariumError(
                .missingRequiredField, "standard input cannot be read; give the jobs through a pipe",
                context: ["field": "jobs", "path": path], cause: error)
        }
    }

    /// Bytes of a batch file: some ten million lines.
    private static let maximumFileBytes = 2 << 30

    /// Reads the lines of this shard, and checks all of them against each other.
    /// - Parameters:
    ///   - found: Called with each job of the shard.
    ///   - failed: Called with each line of the shard that is not a job.
    /// - Returns: The slots of all lines, of other shards too.
    private func readLines(
        _ data: Data, jobsFile: String, folder: String, state: BatchState,
        found: (BatchJob) async throws -> Void, failed: (BatchResult) throws -> Void
    ) async throws -> Set<String> {
        var outputs = BatchOutputs()
        let base = jobsFile == "-" ? nil : jobsFile.folder
        for (position, (line, bytes)) in BatchLines.split(data).enumerated() {
            let isMine = options.shard.contains(position: position)
            if isMine { await state.count() }
            let job: BatchJob
            do {
                job = try BatchJob(line: line, bytes: bytes, folder: folder, relativeTo: base)
                try outputs.add(job)
            } catch let error as AvatariumError {
                guard isMine else { continue }
                await state.fail()
                try failed(
                    BatchResult(
                        id: BatchJob.id(in: bytes) ?? line.zeroPadded(6), line: line, status: .failed,
                        key: BatchJob.hash(bytes), error: BatchResult.Failure(error)))
                if options.failFast { throw error }
                continue
            }
            if isMine { try await found(job) }
        }
        return outputs.slots
    }

    private func make(
        _ queue: [BatchJob], ledger: BatchLedger, listed: BatchLedger.Listed, state: BatchState
    ) async throws {
        guard !queue.isEmpty else { return }
        let memory = memoryForClips
        // Lines at which an earlier run ended come last; those that ended their process, each alone.
        var (fresh, begun, alone) = ([BatchJob](), [BatchJob](), Set<String>())
        for job in queue {
            guard let attempt = ledger.attempts.attempt(slot: job.slot, key: job.key) else {
                fresh.append(job)
                continue
            }
            begun.append(job)
            if attempt.deaths > 0 { alone.insert(job.slot) }
        }
        let library = AvatarLibrary(catalog: catalog)
        let line = BatchQueue(fresh + begun, memory: memory, alone: alone) { job in
            await ClipMemoryEstimate.bytes(job.request, library)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<min(workers, queue.count) {
                group.addTask {
                    let pipeline = try ClipPipeline(library: library)
                    while let job = try await line.next() {
                        try Task.checkCancellation()
                        // Another process makes it and may die of it: this one stays until the clip is there.
                        guard let lock = try ledger.lock(job) else {
                            await line.postpone(job)
                            continue
                        }
                        defer { withExtendedLifetime(lock) {} }
                        if await line.isOverLimit(job) { await state.countOverMemoryLimit() }
                        let maker = ClipMaker(
                            job: job, pipeline: pipeline, ledger: ledger, listed: listed, state: state,
                            options: options)
                        try await maker.make(wasPostponed: await line.wasPostponed(job))
                        await line.end(job)
                    }
                }
            }
            // The first error ends the other workers at their next frame.
            for try await _ in group {}
        }
    }
}

/// Makes one clip of a batch, whose lock is held.
private struct ClipMaker {
    let job: BatchJob
    let pipeline: ClipPipeline
    let ledger: BatchLedger
    let listed: BatchLedger.Listed
    let state: BatchState
    let options: BatchRunner.Options

    func make(wasPostponed: Bool) async throws {
        do {
            guard try ledger.prepare(job) == nil else {
                ledger.attempts.end(slot: job.slot)
                return wasPostponed ? await state.leave() : await state.skip()
            }
            if let error = passedOver { return try await fail(error) }
            try ledger.attempts.begin(slot: job.slot, key: job.key, run: options.run)
            defer { ledger.attempts.end(slot: job.slot) }
            try await render()
        } catch let error as AvatariumError where !Task.isCancelled {
            ledger.discard(job)
            // Without a renderer or a place to write, every other clip would fail as well.
            if error.scope == .run { throw error }
            try await fail(error)
        } catch {
            ledger.discard(job)
            throw error
        }
    }

    /// The error of a line that ended its process too often.
    private var passedOver: AvatariumError? {
        guard let attempt = ledger.attempts.attempt(slot: job.slot, key: job.key),
            attempt.deaths >= BatchAttempts.mostDeaths
        else { return nil }
        return AvatariumError(
            .internalError,
            "the process crashed \(attempt.deaths) times while it rendered this clip "
                + "(\(attempt.reason ?? "reason unknown")); the line is skipped: change it, and please "
                + "report this as a bug",
            context: ["rule": "passed-over", "deaths": "\(attempt.deaths)"])
    }

    private func render() async throws {
        var request = job.request
        request.output = ledger.workPath(job)
        let drawn = BatchState.FrameCounter()
        let report = try await pipeline.render(request) { progress in
            let new = drawn.advance(to: progress.frame)
            Task { await state.draw(new) }
        }
        let noticed = report.diagnostics.filter(\.concernsResult)
        if options.strict, let first = noticed.first {
            throw AvatariumError(
                .validationError,
                "the clip has \(noticed.count == 1 ? "a warning" : "\(noticed.count) warnings"), which --strict does "
                    + "not accept: \(first)",
                context: ["rule": first.code, "pointer": first.pointer])
        }
        try ledger.complete(
            job,
            BatchResult(
                id: job.id, line: job.line, status: .done, key: job.key, file: job.output, output: job.name,
                digest: report.digest, frames: report.frames, bytes: report.bytes,
                durationSeconds: report.durationSeconds, seconds: report.wallSeconds,
                diagnostics: noticed.isEmpty ? nil : noticed))
        await state.finish(frames: report.frames)
    }

    private func fail(_ error: AvatariumError) async throws {
        await state.fail()
        try ledger.append(failure: BatchResult(job, error: error), listed: listed)
        if options.failFast { throw error.adding(context: ["id": job.id, "line": "\(job.line)"]) }
    }
}

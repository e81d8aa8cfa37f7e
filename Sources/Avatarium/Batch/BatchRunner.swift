import Foundation

/// Makes many clips in one process: avatars, environments and voices are loaded once a worker, one bad clip
/// fails alone, and a killed run finishes the rest when started again.
public struct BatchRunner: Sendable {
    public struct Options: Sendable {
        /// Clips made at a time; nil chooses by cores and memory.
        public var jobs: Int?
        /// Bytes of memory to stay under; nil takes half of what the host has.
        public var memoryLimit: Int?
        public var failFast = false
        public var shard = BatchShard.whole
        public init() {}
    }

    public struct Progress: Sendable {
        public var clips: Int
        public var clipsDone: Int
        public var clipsFailed: Int
        public var framesDrawn: Int
        public var elapsedSeconds: Double
    }

    public struct Summary: Sendable, Codable {
        public var clips = 0
        public var made = 0
        /// Whole already, from an earlier run.
        public var skipped = 0
        public var failed = 0
        /// In another process's hands.
        public var elsewhere = 0
        public var frames = 0
        public var wallSeconds = 0.0
        public var cpuSeconds = 0.0
    }

    /// Memory to plan for each clip in flight; measured peaks are in docs/PERFORMANCE.md.
    static let bytesPerWorker = 300 << 20

    private let options: Options
    private let catalog: AvatarCatalog

    public init(options: Options = Options(), catalog: AvatarCatalog = AvatarCatalog()) {
        self.options = options
        self.catalog = catalog
    }

    /// How many clips to make at a time: one for every two cores, since drawing and encoding each have threads,
    /// and never more than memory allows.
    var workers: Int {
        let memory = options.memoryLimit ?? Int(clamping: ProcessInfo.processInfo.physicalMemory / 2)
        let byMemory = max(1, memory / Self.bytesPerWorker)
        let byCores = max(1, ProcessInfo.processInfo.activeProcessorCount)
        return min(options.jobs ?? byCores, byMemory)
    }

    /// Runs the jobs of a JSON Lines file into a folder.
    /// - Throws: E072 when the file cannot be read, E025 for the folder, E082 without GL, the first clip's error
    ///   with `failFast`, `CancellationError`.
    public func run(
        jobsFile: String, folder: String, progress: @escaping @Sendable (Progress) -> Void = { _ in }
    ) async throws -> Summary {
        guard let data = FileManager.default.contents(atPath: jobsFile) else {
            throw AvatariumError(
                .missingRequiredField, "the batch file '\(jobsFile)' cannot be read: check its name",
                context: ["field": "jobs", "path": jobsFile])
        }
        let ledger = try BatchLedger(folder: folder)
        let state = BatchState(progress: progress)
        let queue = try await unfinished(
            lines: String(decoding: data, as: UTF8.self), ledger: ledger, state: state)
        try await make(queue, ledger: ledger, state: state)
        return await state.summary
    }

    /// The jobs of this shard that are still to be made; lines that cannot be read fail here.
    private func unfinished(lines: String, ledger: BatchLedger, state: BatchState) async throws -> [BatchJob]
    {
        let listed = ledger.listed()
        var lineOfOutput: [String: Int] = [:]
        var queue: [BatchJob] = []
        for (index, text) in lines.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = index + 1
            let key = BatchJob.hash(String(text))
            guard text.contains(where: { !$0.isWhitespace }), options.shard.contains(key: key) else {
                continue
            }
            await state.count()
            do {
                let job = try BatchJob(line: line, text: String(text), folder: ledger.folder)
                if let earlier = lineOfOutput.updateValue(line, forKey: job.output) {
                    throw AvatariumError(
                        .invalidConfig, "line \(line) writes '\(job.output)', as line \(earlier) does",
                        context: ["line": "\(line)", "field": "output"])
                }
                guard let result = ledger.finished(job) else {
                    queue.append(job)
                    continue
                }
                if !listed.contains(job.key) { try ledger.append(result) }
                await state.skip()
            } catch let error as AvatariumError where !options.failFast {
                await state.fail()
                try ledger.append(
                    BatchResult(
                        id: BatchJob.padded(line), line: line, status: .failed, key: key,
                        error: BatchResult.Failure(error)))
            }
        }
        return queue
    }

    private func make(_ queue: [BatchJob], ledger: BatchLedger, state: BatchState) async throws {
        guard !queue.isEmpty else { return }
        let line = JobQueue(queue)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<min(workers, queue.count) {
                group.addTask {
                    let pipeline = try ClipPipeline(catalog: catalog)
                    while let job = await line.next() {
                        try Task.checkCancellation()
                        try await make(job, pipeline: pipeline, ledger: ledger, state: state)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func make(
        _ job: BatchJob, pipeline: ClipPipeline, ledger: BatchLedger, state: BatchState
    ) async throws {
        guard let lock = ledger.lock(job) else { return await state.leave() }
        defer { withExtendedLifetime(lock) {} }
        // Another process may have finished it between our look and our lock.
        if ledger.finished(job) != nil { return await state.skip() }
        do {
            var request = job.request
            request.output = ledger.workPath(job)
            if job.output.contains("%") {
                try FileManager.default.createDirectory(
                    atPath: (ledger.workPath(job) as NSString).deletingLastPathComponent,
                    withIntermediateDirectories: true)
            }
            let drawn = BatchState.FrameCounter()
            let report = try await pipeline.render(request) { progress in
                let new = drawn.advance(to: progress.frame)
                Task { await state.draw(new) }
            }
            try ledger.complete(
                job,
                BatchResult(
                    id: job.id, line: job.line, status: .done, key: job.key, file: job.output,
                    digest: report.digest, frames: report.frames, durationSeconds: report.durationSeconds,
                    seconds: report.wallSeconds))
            await state.finish(frames: report.frames)
        } catch let error as AvatariumError where !Task.isCancelled {
            // Without a renderer or a place to write, every other clip would fail as well.
            if options.failFast || error.code == .webGLNotSupported || error.context["errno"] == "\(ENOSPC)" {
                throw error
            }
            await state.fail()
            try ledger.append(
                BatchResult(
                    id: job.id, line: job.line, status: .failed, key: job.key, file: job.output,
                    error: BatchResult.Failure(error)))
        }
    }
}

/// Hands out jobs one by one.
private actor JobQueue {
    private var jobs: ArraySlice<BatchJob>
    init(_ jobs: [BatchJob]) { self.jobs = jobs[...] }
    func next() -> BatchJob? { jobs.popFirst() }
}

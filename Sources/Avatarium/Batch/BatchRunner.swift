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
        /// Made by another process while this one ran.
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
    package var workers: Int {
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
        let queue = try await unfinished(data, ledger: ledger, state: state)
        try await make(queue, ledger: ledger, state: state)
        return await state.summary
    }

    /// The jobs of this shard that are still to be made; lines that cannot be read fail here.
    private func unfinished(_ data: Data, ledger: BatchLedger, state: BatchState) async throws -> [BatchJob] {
        let listed = ledger.listed()
        var outputs = BatchOutputs()
        var queue: [BatchJob] = []
        // Bytes, since a line end of Windows and the text before it would be one character.
        for (index, text) in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .enumerated()
        {
            let bytes = BatchLine.trimmed(text, isFirst: index == 0)
            guard !bytes.isEmpty else { continue }
            let line = index + 1
            let key = BatchJob.hash(bytes)
            let isMine = options.shard.contains(key: key)
            if isMine { await state.count() }
            do {
                let job = try BatchJob(line: line, bytes: bytes, folder: ledger.folder)
                try outputs.add(job)
                guard isMine else { continue }
                if ledger.finished(job) != nil, listed.contains(job.slot + key) {
                    await state.skip()
                } else {
                    queue.append(job)
                }
            } catch let error as AvatariumError {
                guard isMine else { continue }
                await state.fail()
                try ledger.append(
                    BatchResult(
                        id: BatchJob.id(in: bytes) ?? BatchJob.padded(line), line: line, status: .failed,
                        key: key, error: BatchResult.Failure(error)))
                if options.failFast { throw error }
            }
        }
        ledger.sweep(keeping: outputs.slots)
        return queue
    }

    private func make(_ queue: [BatchJob], ledger: BatchLedger, state: BatchState) async throws {
        guard !queue.isEmpty else { return }
        let line = JobQueue(queue)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<min(workers, queue.count) {
                group.addTask {
                    let pipeline = try ClipPipeline(catalog: catalog)
                    while let job = try await line.next() {
                        try Task.checkCancellation()
                        // Another process has it, and may die of it: this one stays until the clip is there.
                        guard let lock = ledger.lock(job) else {
                            await line.postpone(job)
                            continue
                        }
                        defer { withExtendedLifetime(lock) {} }
                        if try ledger.prepare(job) != nil {
                            if await line.wasPostponed(job) {
                                await state.leave()
                            } else {
                                await state.skip()
                            }
                        } else {
                            try await make(job, pipeline: pipeline, ledger: ledger, state: state)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func make(
        _ job: BatchJob, pipeline: ClipPipeline, ledger: BatchLedger, state: BatchState
    ) async throws {
        do {
            var request = job.request
            request.output = ledger.workPath(job)
            let drawn = BatchState.FrameCounter()
            let report = try await pipeline.render(request) { progress in
                let new = drawn.advance(to: progress.frame)
                Task { await state.draw(new) }
            }
            try ledger.complete(
                job,
                BatchResult(
                    id: job.id, line: job.line, status: .done, key: job.key, file: job.output,
                    digest: report.digest, frames: report.frames, bytes: report.bytes,
                    durationSeconds: report.durationSeconds, seconds: report.wallSeconds))
            await state.finish(frames: report.frames)
        } catch let error as AvatariumError where !Task.isCancelled {
            ledger.discard(job)
            // Without a renderer or a place to write, every other clip would fail as well.
            if error.code == .webGLNotSupported || error.context["errno"] == "\(ENOSPC)" { throw error }
            await state.fail()
            try ledger.append(
                BatchResult(
                    id: job.id, line: job.line, status: .failed, key: job.key, file: job.output,
                    error: BatchResult.Failure(error)))
            if options.failFast { throw error.adding(context: ["id": job.id, "line": "\(job.line)"]) }
        }
    }
}

/// Hands out jobs one by one; those that another process has come again at the end.
private actor JobQueue {
    private var jobs: ArraySlice<BatchJob>
    private var postponed: [BatchJob] = []
    private var postponedSlots: Set<String> = []

    init(_ jobs: [BatchJob]) { self.jobs = jobs[...] }

    func next() async throws -> BatchJob? {
        if let job = jobs.popFirst() { return job }
        guard !postponed.isEmpty else { return nil }
        try await Task.sleep(for: .milliseconds(250))
        return postponed.isEmpty ? nil : postponed.removeFirst()
    }

    func postpone(_ job: BatchJob) {
        postponed.append(job)
        postponedSlots.insert(job.slot)
    }

    func wasPostponed(_ job: BatchJob) -> Bool { postponedSlots.contains(job.slot) }
}

import Foundation

/// Makes many clips in one process: avatars, environments and voices are loaded once, one bad clip fails alone, and a
/// killed run finishes the rest when started again.
public struct BatchRunner: Sendable {
    public struct Options: Sendable {
        /// Clips made at a time; nil chooses by cores and memory.
        public var jobs: Int?
        /// Bytes of memory to plan for; nil takes half of what the host or the control group has.
        public var memoryLimit: Int?
        public var failFast = false
        public var shard = BatchShard.whole
        public init() {}
    }

    public struct Progress: Sendable {
        public var clips: Int
        public var clipsDone: Int
        /// Those of them that were whole already.
        public var clipsSkipped: Int
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
        /// Clips that take more memory than the limit; each was made while no other was.
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
        max(0, (options.memoryLimit ?? HostLimits.current.memory / 2) - ClipMemory.process)
    }

    /// Runs the jobs of a JSON Lines file into a folder.
    /// - Parameters:
    ///   - jobsFile: a path, or `-` for standard input.
    ///   - progress: called after each frame and clip.
    ///   - results: called with each line that is appended to the folder's `results.jsonl`.
    /// - Throws: E072 when the file cannot be read, E025 for the folder, E082 without GL, the first clip's error
    ///   with `failFast`, `CancellationError`.
    public func run(
        jobsFile: String, folder: String, progress: @escaping @Sendable (Progress) -> Void = { _ in },
        results: @escaping @Sendable (BatchResult) -> Void = { _ in }
    ) async throws -> Summary {
        try InputFiles([("jobs", jobsFile)]).check(output: "\(folder)/\(BatchLedger.resultsName)")
        let data = try Self.read(jobsFile)
        let ledger = try BatchLedger(folder: folder, appended: results)
        let state = BatchState(progress: progress)
        let queue = try await unfinished(data, ledger: ledger, state: state)
        try await make(queue, ledger: ledger, state: state)
        return await state.summary
    }

    /// Also from pipes, whose size nothing tells.
    private static func read(_ path: String) throws -> Data {
        do {
            let file =
                path == "-" ? .standardInput : try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            return try file.readToEnd() ?? Data()
        } catch {
            guard path != "-" else {
                throw AvatariumError(
                    .missingRequiredField, "standard input cannot be read: give the jobs through a pipe",
                    context: ["field": "jobs", "path": path], cause: error)
            }
            var isFolder: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
            let fact =
                !exists
                ? "does not exist: check its name"
                : isFolder.boolValue
                    ? "is a folder: name the file in it" : "cannot be read: check its permissions"
            throw AvatariumError(
                .missingRequiredField, "the batch file '\(path)' \(fact)",
                context: ["field": "jobs", "path": path], cause: error)
        }
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
                        id: BatchJob.id(in: bytes) ?? line.zeroPadded(6), line: line, status: .failed,
                        key: key, error: BatchResult.Failure(error)))
                if options.failFast { throw error }
            }
        }
        ledger.sweep(keeping: outputs.slots)
        return queue
    }

    private func make(_ queue: [BatchJob], ledger: BatchLedger, state: BatchState) async throws {
        guard !queue.isEmpty else { return }
        let memory = memoryForClips
        await state.count(overMemoryLimit: queue.count { ClipMemory.bytes($0.request) > memory })
        let line = BatchQueue(queue, memory: memory)
        let library = AvatarLibrary(catalog: catalog)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<min(workers, queue.count) {
                group.addTask {
                    let pipeline = try ClipPipeline(library: library)
                    while let job = try await line.next() {
                        try Task.checkCancellation()
                        // Another process has it, and may die of it: this one stays until the clip is there.
                        guard let lock = try ledger.lock(job) else {
                            await line.postpone(job)
                            continue
                        }
                        defer { withExtendedLifetime(lock) {} }
                        try await make(
                            job, wasPostponed: await line.wasPostponed(job), pipeline: pipeline,
                            ledger: ledger,
                            state: state)
                        await line.end(job)
                    }
                }
            }
            // The first error ends the other workers at their next frame.
            for try await _ in group {}
        }
    }

    private func make(
        _ job: BatchJob, wasPostponed: Bool, pipeline: ClipPipeline, ledger: BatchLedger, state: BatchState
    ) async throws {
        do {
            guard try ledger.prepare(job) == nil else {
                return wasPostponed ? await state.leave() : await state.skip()
            }
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
                    output: job.name, digest: report.digest, frames: report.frames, bytes: report.bytes,
                    durationSeconds: report.durationSeconds, seconds: report.wallSeconds))
            await state.finish(frames: report.frames)
        } catch let error as AvatariumError where !Task.isCancelled {
            ledger.discard(job)
            // Without a renderer or a place to write, every other clip would fail as well.
            if error.scope == .run { throw error }
            await state.fail()
            try ledger.append(
                BatchResult(
                    id: job.id, line: job.line, status: .failed, key: job.key, file: job.output,
                    output: job.name, error: BatchResult.Failure(error)))
            if options.failFast { throw error.adding(context: ["id": job.id, "line": "\(job.line)"]) }
        } catch {
            ledger.discard(job)
            throw error
        }
    }
}

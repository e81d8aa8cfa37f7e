import Foundation

/// What a batch folder remembers, safe against being killed at any moment and against several processes.
///
/// A clip is made under `.avatarium/`, its result is written there, and only then do clip and result get their
/// final places. Whichever step a kill hits, the next run finds either a whole clip with its result, or neither.
struct BatchLedger: Sendable {
    let folder: String
    private var work: String { "\(folder)/.avatarium" }
    private var resultsPath: String { "\(folder)/results.jsonl" }

    /// Makes the folders.
    /// - Throws: E025 when it cannot.
    init(folder: String) throws {
        self.folder = folder
        do {
            try FileManager.default.createDirectory(
                atPath: "\(folder)/.avatarium", withIntermediateDirectories: true)
        } catch {
            throw AvatariumError(
                .containerNotFound, "the batch's folder '\(folder)' cannot be made: check its permissions",
                context: ["path": folder, "errno": "\(errno)"], cause: error)
        }
    }

    /// Where a job's clip is made: same kind of name, on the same file system as its final place.
    func workPath(_ job: BatchJob) -> String {
        let name = (job.output as NSString).lastPathComponent
        return name.contains("%") ? "\(work)/\(job.key)/\(name)" : "\(work)/\(job.key)-\(name)"
    }

    private func recordPath(_ job: BatchJob) -> String { "\(work)/\(job.key).json" }

    /// The result of a job that is already whole: its record exists and so does its clip.
    func finished(_ job: BatchJob) -> BatchResult? {
        guard let data = FileManager.default.contents(atPath: recordPath(job)),
            let result = try? JSONDecoder().decode(BatchResult.self, from: data), result.status == .done
        else { return nil }
        // Killed between the record and the clip's final name: the clip is whole, so finish the move.
        if !FileManager.default.fileExists(atPath: finalPath(job)) {
            guard (try? move(job)) != nil else { return nil }
        }
        return result
    }

    /// Frames live in a folder of their own, which moves as one.
    private func finalPath(_ job: BatchJob) -> String {
        job.output.contains("%") ? (job.output as NSString).deletingLastPathComponent : job.output
    }

    private func move(_ job: BatchJob) throws {
        let frames = job.output.contains("%")
        let from = frames ? "\(work)/\(job.key)" : workPath(job)
        let to = finalPath(job)
        try FileManager.default.createDirectory(
            atPath: (to as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        guard rename(from, to) == 0 else {
            throw AvatariumError(
                .containerNotFound, "'\(to)' cannot be put in place: \(String(cString: strerror(errno)))",
                context: ["path": to, "errno": "\(errno)"])
        }
    }

    /// Puts a whole clip in its place, then adds its line.
    func complete(_ job: BatchJob, _ result: BatchResult) throws {
        try OutputFile.write(Array(try JSONEncoder().encode(result)), to: recordPath(job))
        try move(job)
        try append(result)
    }

    /// Adds a line to `results.jsonl` in one write under a lock: lines of several processes never mix.
    func append(_ result: BatchResult) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = try encoder.encode(result) + Data("\n".utf8)
        let file = open(resultsPath, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw failure() }
        defer { close(file) }
        flock(file, LOCK_EX)
        let written = line.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        guard written == line.count else { throw failure() }
    }

    private func failure() -> AvatariumError {
        AvatariumError(
            .containerNotFound, "'\(resultsPath)' cannot be written: \(String(cString: strerror(errno)))",
            context: ["path": resultsPath, "errno": "\(errno)"])
    }

    /// Ids of jobs that already have a `done` line.
    func listed() -> Set<String> {
        guard let data = FileManager.default.contents(atPath: resultsPath) else { return [] }
        let lines = data.split(separator: UInt8(ascii: "\n"))
        return Set(
            lines.compactMap { line in
                guard let result = try? JSONDecoder().decode(BatchResult.self, from: line) else { return nil }
                return result.status == .done ? result.key : nil
            })
    }

    /// Locks a job against other processes of the same batch until the handle goes; nil when one has it.
    func lock(_ job: BatchJob) -> JobLock? { JobLock(path: "\(work)/\(job.key).lock") }

    /// An advisory lock; the kernel drops it when the process dies, however it dies.
    final class JobLock: Sendable {
        private let file: Int32

        fileprivate init?(path: String) {
            file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
            guard file >= 0 else { return nil }
            guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
                close(file)
                return nil
            }
        }

        deinit { close(file) }
    }
}

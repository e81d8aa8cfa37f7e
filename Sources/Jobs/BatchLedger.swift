import Avatarium
import AvatariumCore
import Foundation
import Media

/// The crash-safe record of a batch's clips, shared by several processes.
///
/// A clip is made in a folder of its own under `.avatarium/`, its result is written beside it, and only then does
/// it get its final place. Whichever step a kill hits, the next run finds either a whole clip with its result, or
/// makes the clip again. All but the first look needs the clip's lock.
struct BatchLedger: Sendable {
    let folder: String
    private let appended: @Sendable (BatchResult) -> Void
    /// The lines that are being made, and those that ended their process.
    let attempts: BatchAttempts
    private var work: String { "\(folder)/.avatarium" }
    static let resultsName = "results.jsonl"
    private var resultsPath: String { "\(folder)/\(Self.resultsName)" }

    /// Makes the folders.
    /// - Parameter appended: called with each line of `results.jsonl`.
    /// - Throws: E025 when it cannot.
    init(folder: String, appended: @escaping @Sendable (BatchResult) -> Void = { _ in }) throws {
        self.folder = folder
        self.appended = appended
        attempts = BatchAttempts(batchFolder: folder)
        do {
            try FileManager.default.createDirectory(
                atPath: "\(folder)/.avatarium", withIntermediateDirectories: true)
        } catch {
            throw Self.refusal(folder, Errno(rawValue: errno), cause: error)
        }
    }

    /// Refuses a folder whose name something else has.
    /// - Throws: E025.
    static func requireRoom(for folder: String) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), !isFolder.boolValue
        else { return }
        throw refusal(folder, .notDirectory)
    }

    private static func refusal(
        _ folder: String, _ reason: Errno, cause: (any Error)? = nil
    ) -> AvatariumError {
        AvatariumError(
            .outputNotWritable,
            "the batch's folder '\(folder.quotedForMessage(limit: 200))' cannot be created: \(reason); "
                + "choose another, or check its permissions",
            context: ["path": folder], systemError: reason, cause: cause)
    }

    private func workFolder(_ job: BatchJob) -> String { "\(work)/\(job.slot)" }
    private func recordPath(_ job: BatchJob) -> String { "\(work)/\(job.slot).json" }

    /// Where a job's clip is made: a name with the same extension, on the same file system as its final place.
    func workPath(_ job: BatchJob) -> String {
        let name = (job.name as NSString).lastPathComponent
        return job.frames == nil
            ? "\(workFolder(job))/\(job.key).\((name as NSString).pathExtension)"
            : "\(workFolder(job))/\(job.key)/\(name)"
    }

    /// What gets the final name: the file, or the frames' folder.
    private func whole(_ job: BatchJob) -> String {
        job.frames == nil ? workPath(job) : workPath(job).folder
    }

    private func record(_ job: BatchJob) -> BatchResult? {
        guard let data = FileManager.default.contents(atPath: recordPath(job)) else { return nil }
        return try? JSONDecoder().decode(BatchResult.self, from: data)
    }

    /// The result of a job whose clip is in its place and as long as it should be.
    func finished(_ job: BatchJob) -> BatchResult? {
        guard let result = record(job), result.key == job.key, result.status == .done,
            // Killed between the record and the clip's final name.
            !FileManager.default.fileExists(atPath: whole(job))
        else { return nil }
        return bytes(job, result) == result.bytes ? result : nil
    }

    /// Bytes of the files in the clip's place; nil where one is missing.
    private func bytes(_ job: BatchJob, _ result: BatchResult) -> Int? {
        func size(_ path: String) -> Int? {
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            return attributes?[.size] as? Int
        }
        guard let frames = job.frames else { return size(job.target) }
        var sum = size("\(job.target)/\(FramePattern.soundName)") ?? 0
        for index in 0..<max(0, result.frames ?? 0) {
            guard let more = size("\(job.target)/\(frames.name(index))") else { return nil }
            sum += more
        }
        return sum
    }

    /// Makes room for a clip: finishes what a killed process left whole, and removes what it left in pieces.
    /// - Returns: the result when there is nothing left to make.
    /// - Throws: E025, of scope `run` where no clip of the batch can be made.
    func prepare(_ job: BatchJob) throws -> BatchResult? {
        if let result = record(job), result.key == job.key, result.status == .done,
            FileManager.default.fileExists(atPath: whole(job))
        {
            try move(job)
        }
        try? FileManager.default.removeItem(atPath: workFolder(job))
        if let result = finished(job) {
            if !listed().done.contains(job.slot + job.key) { try append(result) }
            return result
        }
        try requireOwnFrames(job)
        do {
            try FileManager.default.createDirectory(
                atPath: workPath(job).folder,
                withIntermediateDirectories: true)
        } catch {
            throw AvatariumError(
                .outputNotWritable,
                "the clip's work folder in '\(work)' cannot be created; check permissions and free space",
                context: ["path": work, "rule": "batch-folder"], systemError: Errno(rawValue: errno),
                scope: .run,
                cause: error)
        }
        return nil
    }

    /// Frames take the place of a folder, and with it of all that lies there.
    /// - Throws: E025 when there is more in it than frames that this batch made.
    private func requireOwnFrames(_ job: BatchJob) throws {
        guard let frames = job.frames,
            let names = try? FileManager.default.contentsOfDirectory(atPath: job.target)
        else { return }
        let isOurs = record(job) != nil
        guard let foreign = names.sorted().first(where: { !(isOurs && frames.owns($0)) }) else { return }
        throw AvatariumError(
            .outputNotWritable,
            "the folder '\(job.target)' contains files that this batch did not create, such as "
                + "'\(foreign)'; remove or rename them or the folder",
            context: ["path": job.target, "file": foreign])
    }

    /// Puts a whole clip in its place, then adds its line.
    func complete(_ job: BatchJob, _ result: BatchResult) throws {
        try requireOwnFrames(job)
        try ResultFile.write(Array(try JSONEncoder().encode(result)), to: "\(workFolder(job))/record")
        try rename("\(workFolder(job))/record", recordPath(job))
        try move(job)
        try? FileManager.default.removeItem(atPath: workFolder(job))
        try append(result)
    }

    /// Gives up a clip that failed.
    func discard(_ job: BatchJob) { try? FileManager.default.removeItem(atPath: workFolder(job)) }

    private func move(_ job: BatchJob) throws {
        try? FileManager.default.createDirectory(
            atPath: job.target.folder, withIntermediateDirectories: true)
        // A folder replaces only an empty one; these are frames that an earlier request of this batch made.
        if job.frames != nil, FileManager.default.fileExists(atPath: job.target) {
            try rename(job.target, "\(workFolder(job))/old")
        }
        try rename(whole(job), job.target)
    }

    private func rename(_ from: String, _ to: String) throws {
        guard Foundation.rename(from, to) == 0 else {
            throw AvatariumError(
                .outputNotWritable, "'\(to)' cannot be put in place: \(Errno(rawValue: errno))",
                context: ["path": to], systemError: Errno(rawValue: errno))
        }
    }

    /// Adds a line to `results.jsonl` in one write under a lock: lines of several processes never mix, and what a
    /// dying machine left of a line is taken away, so that every line is JSON.
    func append(_ result: BatchResult) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = try encoder.encode(result) + Data("\n".utf8)
        let file = open(resultsPath, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw failure() }
        defer { close(file) }
        flock(file, LOCK_EX)
        let end = lseek(file, 0, SEEK_END)
        var whole = end
        var last: UInt8 = 0
        while whole > 0, pread(file, &last, 1, whole - 1) == 1, last != UInt8(ascii: "\n") { whole -= 1 }
        guard whole == end || ftruncate(file, whole) == 0 else { throw failure() }
        let written = line.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        guard written == line.count else { throw failure() }
        appended(result)
    }

    private func failure() -> AvatariumError {
        AvatariumError(
            .outputNotWritable, "'\(resultsPath)' cannot be written: \(Errno(rawValue: errno))",
            context: ["path": resultsPath], systemError: Errno(rawValue: errno))
    }

    /// What `results.jsonl` says already.
    struct Listed {
        /// Slot and key of every clip that has a `done` line.
        var done: Set<String> = []
        /// The last failure by line number and key.
        var failures: [String: BatchResult.Failure] = [:]

        static func name(_ result: BatchResult) -> String { "\(result.line) \(result.key)" }
    }

    /// Reads `results.jsonl`; lines that are not results are left out.
    func listed() -> Listed {
        var listed = Listed()
        guard let data = FileManager.default.contents(atPath: resultsPath) else { return listed }
        for line in data.split(separator: UInt8(ascii: "\n")) {
            guard let result = try? JSONDecoder().decode(BatchResult.self, from: line) else { continue }
            if let error = result.error {
                listed.failures[Listed.name(result)] = error
            } else if let output = result.output {
                listed.done.insert(BatchJob.hash(Data(output.utf8)) + result.key)
                listed.failures[Listed.name(result)] = nil
            }
        }
        return listed
    }

    /// Adds the line of a failure, unless the file says the same of it already.
    func append(failure result: BatchResult, listed: Listed) throws {
        if let known = listed.failures[Listed.name(result)], known == result.error {
            appended(result)
        } else {
            try append(result)
        }
    }

    /// Removes what killed runs left of clips that are no longer asked for.
    func sweep(keeping slots: Set<String>) {
        attempts.sweep(keeping: slots)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: work)) ?? []
        for slot in names where !slot.contains(".") && !slots.contains(slot) {
            guard let lock = try? JobLock(path: "\(work)/\(slot).lock") else { continue }
            withExtendedLifetime(lock) { try? FileManager.default.removeItem(atPath: "\(work)/\(slot)") }
        }
    }

    /// Locks a job against other processes of the same batch until the handle goes; nil when one has it.
    /// - Throws: E025 when locks cannot be had here at all.
    func lock(_ job: BatchJob) throws -> JobLock? { try JobLock(path: "\(work)/\(job.slot).lock") }

    /// An advisory lock; the kernel drops it when the process dies, however it dies.
    final class JobLock: Sendable {
        private let file: Int32

        fileprivate init?(path: String) throws {
            file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
            guard file >= 0 else { throw Self.failure(path) }
            guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
                defer { close(file) }
                if errno == EWOULDBLOCK { return nil }
                throw Self.failure(path)
            }
        }

        private static func failure(_ path: String) -> AvatariumError {
            let number = errno
            return AvatariumError(
                .outputNotWritable,
                "'\(path)' cannot be locked: \(Errno(rawValue: number)); the batch's folder must be "
                    + "writable by every user who resumes the batch",
                context: ["path": path, "rule": "batch-folder"], systemError: Errno(rawValue: number),
                scope: .run)
        }

        deinit { close(file) }
    }
}

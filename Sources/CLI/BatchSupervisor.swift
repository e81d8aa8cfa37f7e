import ArgumentParser
import Avatarium
import AvatariumCore
import Foundation
import Jobs

/// Runs a batch in a process of its own, and starts it again when it dies.
///
/// Only a parent knows how a process ended. When the worker is killed by a signal (a crash, the kernel's
/// out-of-memory killer), the lines that it was making are counted in the batch's record of attempts; the next worker
/// makes them last and alone, and passes a line over at which two workers died. A batch that is killed as a whole, as
/// clusters do, counts against no line.
struct BatchSupervisor {
    let jobsFile: String
    let folder: String

    /// Names the worker's run to the worker.
    private static let variable = "AVATARIUM_BATCH_RUN"
    /// The worker's end of a pipe that closes when its supervisor dies.
    private static let lifeline: Int32 = 3

    static var isWorker: Bool { getenv(variable) != nil }

    /// Ends this process when its supervisor dies.
    /// - Returns: The worker's run; nil in a process that is not a worker.
    static func beginWorker() -> String? {
        guard let run = ProcessInfo.processInfo.environment[variable] else { return nil }
        unsetenv(variable)
        _ = fcntl(lifeline, F_SETFD, FD_CLOEXEC)
        Thread.detachNewThread {
            var byte: UInt8 = 0
            while read(lifeline, &byte, 1) < 0, errno == EINTR {}
            Interruption.endNow()
        }
        return run
    }

    /// Runs workers until one ends by itself.
    /// - Throws: `ExitCode` of the last worker; E092 where a worker dies without making a clip.
    func run() async throws {
        let input = try Self.standardInput(jobsFile)
        defer { if let input { close(input) } }
        while true {
            let run = UUID().uuidString
            let ending = try await Self.work(run, input: input)
            // The worker has said that it was interrupted.
            if Task.isCancelled { throw ExitCode(Interruption.exitStatus) }
            switch ending {
            case .exited(let status):
                if status != 0 { throw ExitCode(status) }
                return
            case .killed(let signal):
                let reason = "killed by signal \(signal), \(String(cString: strsignal(signal)))"
                let lines = try BatchAttempts(batchFolder: folder).countDeath(run: run, reason: reason)
                ProgressDisplay.clearBar()
                StandardError.write(
                    line:
                        "warning: the batch process was \(reason) while making \(lines) clips; restarting it"
                )
                guard lines > 0 else {
                    throw AvatariumError(
                        .internalError, "the batch process was \(reason) while it was making no clip",
                        context: [:])
                }
            }
        }
    }

    /// Copies a batch from standard input, so that every worker can read it from its beginning.
    private static func standardInput(_ jobsFile: String) throws -> Int32? {
        guard jobsFile == "-" else { return nil }
        var path = Array((NSTemporaryDirectory() + "/avatarium-XXXXXX").utf8CString)
        let file = mkstemp(&path)
        guard file >= 0 else {
            throw AvatariumError(
                .outputNotWritable,
                "the jobs cannot be copied to a temporary file; free some space, or set TMPDIR",
                systemError: Errno(rawValue: errno))
        }
        unlink(path)
        let handle = FileHandle(fileDescriptor: file)
        while let chunk = try FileHandle.standardInput.read(upToCount: 1 << 20), !chunk.isEmpty {
            try handle.write(contentsOf: chunk)
        }
        return file
    }

    private enum Ending: Sendable {
        case exited(Int32)
        case killed(Int32)
    }

    /// Runs one worker; the signals that this process gets are passed on to it.
    private static func work(_ run: String, input: Int32?) async throws -> Ending {
        if let input { lseek(input, 0, SEEK_SET) }
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw spawnFailure(errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let ours = ends[1]
        defer { close(ours) }
        let worker = try spawn(run, input: input, lifeline: ends[0])
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                Thread.detachNewThread {
                    var status: Int32 = 0
                    while waitpid(worker, &status, 0) < 0, errno == EINTR {}
                    let signal = status & 0x7F
                    continuation.resume(
                        returning: signal == 0 ? .exited(status >> 8 & 0xFF) : .killed(signal))
                }
            }
        } onCancel: {
            kill(worker, Interruption.signalNumber)
        }
    }

    /// Starts this program again with the same arguments, in a process group of its own, since a terminal's Ctrl-C
    /// would otherwise reach the worker twice.
    private static func spawn(_ run: String, input: Int32?, lifeline: Int32) throws -> pid_t {
        defer { close(lifeline) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input { posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO) }
        // Where the pipe is that number already, the duplicate would keep its close-on-exec flag.
        let source = lifeline == Self.lifeline ? fcntl(lifeline, F_DUPFD_CLOEXEC, 10) : lifeline
        defer { if source != lifeline { close(source) } }
        posix_spawn_file_actions_adddup2(&actions, source, Self.lifeline)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGPIPE] + (Interruption.ignoresHangup ? [] : [SIGHUP]) {
            sigaddset(&signals, signal)
        }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF))
        var arguments = CommandLine.arguments.map { strdup($0) } + [nil]
        var environment = ProcessInfo.processInfo.environment.map { strdup("\($0.key)=\($0.value)") }
        environment += [strdup("\(variable)=\(run)"), nil]
        defer { for text in arguments + environment { free(text) } }
        var worker: pid_t = 0
        let status = posix_spawn(&worker, "/proc/self/exe", &actions, &attributes, &arguments, &environment)
        guard status == 0 else { throw spawnFailure(status) }
        return worker
    }

    private static func spawnFailure(_ number: Int32) -> AvatariumError {
        AvatariumError(
            .hostRequirementMissing,
            "the batch process cannot be started: \(String(cString: strerror(number)))",
            systemError: Errno(rawValue: number), scope: .run)
    }
}

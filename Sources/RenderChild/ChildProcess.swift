import Avatarium
import AvatariumCore
import CSandbox
import Foundation
import Synchronization

/// How a child ended.
package enum ChildEnd: Sendable, Equatable {
    case exited(Int32)
    case signalled(Int32)

    /// - Parameter status: What waitpid(2) gave.
    init(status: Int32) {
        let signal = status & 0x7F
        self = signal == 0 ? .exited(status >> 8 & 0xFF) : .signalled(signal)
    }
}

/// The thread that starts a child and then reads what it writes, until it ends.
private final class ChildThread: @unchecked Sendable {
    private let started = DispatchSemaphore(value: 0)
    private let told = DispatchSemaphore(value: 0)
    // Written before a semaphore is signalled, read after it was waited for.
    private var result: (status: Int32, processID: pid_t) = (EAGAIN, 0)
    private var work: () -> Void = {}

    init(_ start: @escaping @Sendable () -> (status: Int32, processID: pid_t)) {
        Thread.detachNewThread { [self] in
            result = start()
            started.signal()
            told.wait()
            work()
        }
    }

    /// Waits until the child is started.
    var outcome: (status: Int32, processID: pid_t) {
        started.wait()
        return result
    }

    /// Lets the thread do its work and end.
    func go(_ work: @escaping @Sendable () -> Void) {
        self.work = work
        told.signal()
    }
}

/// A running child: lines go to its standard input, lines come from its standard output.
///
/// One thread reads until the child ends and then reaps it, so that no zombie stays. The child inherits no descriptor
/// besides its three streams, and only the environment that is given.
final class ChildProcess: Sendable {
    let processID: pid_t
    /// Standard output in order, cut into lines or as it comes; finishes when the child has ended and is reaped.
    let lines: AsyncStream<[UInt8]>
    private let cutsLines: Bool
    private let state: Mutex<State>

    private struct State {
        var input: Int32
        var end: ChildEnd?
        /// The last of standard error, for the log.
        var complaint: [UInt8] = []
    }

    /// No line of an honest child is longer, bytes.
    private static let longestLine = 16 << 20
    private static let longestComplaint = 4096

    /// Starts a program.
    /// - Parameter cutsLines: Whether its standard output is lines; else `lines` has the bytes as they come.
    /// - Throws: E081 where it cannot be started.
    init(
        executable: String, arguments: [String], environment: [String: String], cutsLines: Bool = true
    ) throws {
        self.cutsLines = cutsLines
        var input: [Int32] = [-1, -1]
        var output: [Int32] = [-1, -1]
        var errors: [Int32] = [-1, -1]
        let isOpen =
            avatarium_pipe(&input) == 0 && avatarium_pipe(&output) == 0 && avatarium_pipe(&errors) == 0
        func closeAll() { for end in input + output + errors where end >= 0 { close(end) } }
        guard isOpen else {
            let number = errno
            closeAll()
            throw Self.cannotStart(executable, number)
        }
        // The kernel kills a child when the thread that started it ends (prctl(2), PR_SET_PDEATHSIG), and threads of a pool
        // end whenever they are idle: so the thread that reads starts the child too, and lives as long as it.
        let ends = (input: input[0], output: output[1], errors: errors[1])
        let thread = ChildThread {
            Self.spawn(
                executable, arguments, environment, input: ends.input, output: ends.output,
                errors: ends.errors)
        }
        let (status, processID) = thread.outcome
        for end in [input[0], output[1], errors[1]] { close(end) }
        guard status == 0 else {
            thread.go {}
            for end in [input[1], output[0], errors[0]] { close(end) }
            throw Self.cannotStart(executable, status)
        }
        self.processID = processID
        state = Mutex(State(input: input[1]))
        let (lines, continuation) = AsyncStream<[UInt8]>.makeStream(bufferingPolicy: .unbounded)
        self.lines = lines
        let (out, err, child) = (output[0], errors[0], processID)
        thread.go { [self] in
            read(out, err, continuation)
            var status: Int32 = 0
            while waitpid(child, &status, 0) < 0, errno == EINTR {}
            state.withLock {
                $0.end = ChildEnd(status: status)
                if $0.input >= 0 { close($0.input) }
                $0.input = -1
            }
            continuation.finish()
        }
    }

    /// Starts the program on the calling thread.
    private static func spawn(
        _ executable: String, _ arguments: [String], _ environment: [String: String], input: Int32,
        output: Int32,
        errors: Int32
    ) -> (status: Int32, processID: pid_t) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)
        avatarium_close_from(&actions, 3)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A group of its own, so that Ctrl-C in the server's terminal reaches the server alone, and with every signal as new.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var argv = ([executable] + arguments).map { strdup($0) } + [nil]
        var envp = environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var processID: pid_t = 0
        let status = posix_spawn(&processID, executable, &actions, &attributes, &argv, &envp)
        return (status, processID)
    }

    private static func cannotStart(_ executable: String, _ number: Int32) -> AvatariumError {
        AvatariumError(
            .hostRequirementMissing,
            "the render child '\(executable)' cannot be started: \(Errno(rawValue: number)); check the program and the "
                + "limits of processes and descriptors", context: ["path": executable],
            systemError: Errno(rawValue: number))
    }

    /// How it ended; nil while it runs.
    var end: ChildEnd? { state.withLock { $0.end } }

    /// The last of what it wrote to standard error.
    var complaint: String {
        String(decoding: state.withLock { $0.complaint }, as: UTF8.self).quotedForMessage(limit: 1000)
    }

    /// Writes a line to its standard input.
    /// - Returns: False where it no longer reads.
    func send(line: [UInt8]) -> Bool { send(line + [0x0A]) }

    /// Writes bytes to its standard input.
    /// - Returns: False where it no longer reads.
    func send(_ bytes: [UInt8]) -> Bool {
        state.withLock { state in
            guard state.input >= 0 else { return false }
            var rest = bytes[...]
            while !rest.isEmpty {
                let sent = rest.withUnsafeBytes { write(state.input, $0.baseAddress, $0.count) }
                if sent > 0 { rest = rest.dropFirst(sent) } else if errno != EINTR { return false }
            }
            return true
        }
    }

    /// Closes its standard input: a child at rest then ends by itself.
    func closeInput() {
        state.withLock {
            if $0.input >= 0 { close($0.input) }
            $0.input = -1
        }
    }

    /// Sends a signal to the child and to what it started; does nothing once it has ended.
    func signal(_ number: Int32) {
        state.withLock { if $0.end == nil { kill(-processID, number) } }
    }

    private func read(_ output: Int32, _ errors: Int32, _ lines: AsyncStream<[UInt8]>.Continuation) {
        defer {
            close(output)
            close(errors)
        }
        var polled = [
            pollfd(fd: output, events: Int16(POLLIN), revents: 0),
            pollfd(fd: errors, events: Int16(POLLIN), revents: 0),
        ]
        var pending: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while polled[0].fd >= 0 || polled[1].fd >= 0 {
            guard poll(&polled, 2, -1) >= 0 || errno == EINTR else { return }
            for index in polled.indices where polled[index].fd >= 0 && polled[index].revents != 0 {
                let count = Foundation.read(polled[index].fd, &chunk, chunk.count)
                guard count > 0 else {
                    if count < 0, errno == EINTR { continue }
                    polled[index].fd = -1
                    continue
                }
                if index == 1 {
                    state.withLock {
                        $0.complaint += chunk[..<count]
                        $0.complaint.removeFirst(max(0, $0.complaint.count - Self.longestComplaint))
                    }
                    continue
                }
                guard cutsLines else {
                    lines.yield(Array(chunk[..<count]))
                    continue
                }
                var start = 0
                while let end = chunk[start..<count].firstIndex(of: 0x0A) {
                    lines.yield(pending + chunk[start..<end])
                    pending = []
                    start = end + 1
                }
                pending += chunk[start..<count]
                if pending.count > Self.longestLine { kill(-processID, SIGKILL) }
            }
        }
    }
}

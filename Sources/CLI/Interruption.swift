import Dispatch
import Foundation
import Synchronization

/// Handles Ctrl-C, `kill` and a terminal that closes: the first signal cancels the work, which removes its partial
/// files; a second one, or two seconds without an end, ends the process at once. Under `nohup` a closed terminal is
/// not a reason to stop.
enum Interruption {
    private static let received = Mutex<Int32>(SIGINT)

    /// 130 after Ctrl-C, 143 after `kill`, 129 after the terminal has gone.
    static var exitStatus: Int32 { 128 + received.withLock { $0 } }

    /// The signal that came last.
    static var signalNumber: Int32 { received.withLock { $0 } }

    /// Whether this process was started with SIGHUP ignored, as `nohup` does.
    static var ignoresHangup: Bool { hangup.withLock { $0 } }
    private static let hangup = Mutex(false)

    /// How long work may go on after the first signal.
    private static let grace = DispatchTimeInterval.milliseconds(1500)

    /// Runs work that the signals cancel.
    /// - Parameter ignoring: Signals that the work handles itself.
    static func watch(
        ignoring: [Int32] = [], _ work: @escaping @Sendable () async -> Void
    ) async {
        let task = Task { await work() }
        let watched = [SIGINT, SIGTERM, SIGHUP].filter { !ignoring.contains($0) }
        let sources = watched.compactMap { number -> (any DispatchSourceSignal)? in
            let former = signal(number, SIG_IGN)
            let ignored = 1  // SIG_IGN as a number: function pointers do not compare.
            if number == SIGHUP, unsafeBitCast(former, to: Int.self) == ignored {
                hangup.withLock { $0 = true }
                return nil
            }
            let source = DispatchSource.makeSignalSource(signal: number, queue: signals)
            source.setEventHandler {
                received.withLock { $0 = number }
                if task.isCancelled { endNow() }
                task.cancel()
                signals.asyncAfter(deadline: .now() + grace) { endNow() }
            }
            source.resume()
            return source
        }
        // A reader of standard output that goes away is an error to report, not a silent death.
        signal(SIGPIPE, SIG_IGN)
        await task.value
        for source in sources { source.cancel() }
    }

    /// A queue of its own, since the work may keep the others busy.
    private static let signals = DispatchQueue(label: "avatarium.signals", qos: .userInteractive)

    /// Gives the process's threads its own priority again, where the system lets it. Mesa's thread for compiled shaders has
    /// nice 19, and who waits for the process waits for that thread: among 18 busy ones for 10 seconds and more.
    static func makeThreadsEndPromptly() {
        // Of Linux' threads each has a nice value (setpriority(2)).
        let process = __priority_which_t(PRIO_PROCESS.rawValue)
        let own = getpriority(process, id_t(getpid()))
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? [] {
            guard let thread = id_t(name), getpriority(process, thread) > own else { continue }
            setpriority(process, thread, own)
        }
    }

    /// Removes the partial files that this process has open, and ends it without waiting for its threads.
    static func endNow() -> Never {
        makeThreadsEndPromptly()
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? [] {
            guard
                let path = try? FileManager.default.destinationOfSymbolicLink(
                    atPath: "/proc/self/fd/\(name)"),
                path.hasSuffix(".partial")
            else { continue }
            try? FileManager.default.removeItem(atPath: path)
        }
        _exit(exitStatus)
    }
}

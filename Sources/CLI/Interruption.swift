import Dispatch
import Foundation
import Synchronization

/// Ctrl-C, `kill` and a terminal that closes cancel the work, which removes its partial files; a second one ends
/// the process at once. Under `nohup` a closed terminal is no reason to stop.
enum Interruption {
    private static let received = Mutex<Int32>(SIGINT)

    /// 130 after Ctrl-C, 143 after `kill`, 129 after the terminal has gone.
    static var exitStatus: Int32 { 128 + received.withLock { $0 } }

    /// - Parameter ignoring: signals that the work handles itself.
    static func watch(ignoring: [Int32] = [], _ work: @escaping @Sendable () async -> Void) async {
        let task = Task { await work() }
        let watched = [SIGINT, SIGTERM, SIGHUP].filter { !ignoring.contains($0) }
        let sources = watched.compactMap { number -> (any DispatchSourceSignal)? in
            let former = signal(number, SIG_IGN)
            let ignored = 1  // SIG_IGN as a number: function pointers do not compare.
            if number == SIGHUP, unsafeBitCast(former, to: Int.self) == ignored { return nil }
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                received.withLock { $0 = number }
                if task.isCancelled { _exit(exitStatus) }
                task.cancel()
            }
            source.resume()
            return source
        }
        // A reader of standard output that goes away is an error to report, not a silent death.
        signal(SIGPIPE, SIG_IGN)
        await task.value
        for source in sources { source.cancel() }
    }
}

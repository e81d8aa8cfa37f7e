import Dispatch
import Foundation
import Synchronization

/// Ctrl-C and `kill` cancel the work, which removes its partial files; a second one ends the process at once.
enum Interruption {
    private static let received = Mutex<Int32>(SIGINT)

    /// 130 after Ctrl-C, 143 after `kill`.
    static var exitStatus: Int32 { 128 + received.withLock { $0 } }

    static func watch(_ work: @escaping @Sendable () async -> Void) async {
        let task = Task { await work() }
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
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

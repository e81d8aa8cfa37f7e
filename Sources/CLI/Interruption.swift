import Dispatch
import Foundation

/// Ctrl-C and `kill` cancel the work, which removes its partial files; a second one ends the process at once.
enum Interruption {
    static func watch(_ work: @escaping @Sendable () async -> Void) async {
        let task = Task { await work() }
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                if task.isCancelled { _exit(130) }
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

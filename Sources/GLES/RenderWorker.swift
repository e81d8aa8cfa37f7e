import Foundation
import Synchronization

/// A thread that never ends, lent to one `RenderThread` after another.
///
/// libglvnd frees what EGL keeps for a thread twice when a thread that has used EGL ends (seen with 1.6.0: "double
/// free or corruption" in `eglReleaseThread` and in the destructor at the thread's end). So no such thread ends.
final class RenderWorker: @unchecked Sendable {
    private static let idle = Mutex<[RenderWorker]>([])
    private let condition = NSCondition()
    private var jobs: [() -> Void] = []

    static func take(name: String) -> RenderWorker {
        idle.withLock { $0.popLast() } ?? RenderWorker(name: name)
    }

    private init(name: String) {
        let thread = Thread { [self] in run() }
        thread.name = name
        thread.stackSize = 8 << 20
        thread.start()
    }

    func post(_ job: @escaping () -> Void) {
        condition.lock()
        jobs.append(job)
        condition.signal()
        condition.unlock()
    }

    func giveBack() { Self.idle.withLock { $0.append(self) } }

    private func run() {
        ExitGate.closeAtExit()
        var isFirst = true
        while true {
            condition.lock()
            while jobs.isEmpty { condition.wait() }
            let job = jobs.removeFirst()
            condition.unlock()
            ExitGate.shared.run(job)
            // The first job made a context, so that drivers are loaded now.
            if isFirst { ExitGate.closeAtExit() }
            isFirst = false
        }
    }
}

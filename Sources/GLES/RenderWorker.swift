import AvatariumCore
import Foundation
import Synchronization

/// A thread that never ends and is reused by one `RenderThread` after another.
///
/// libglvnd frees what EGL keeps for a thread twice when a thread that has used EGL ends (seen with 1.6.0: "double
/// free or corruption" in `eglReleaseThread` and in the destructor at the thread's end). So no such thread ends.
final class RenderWorker: @unchecked Sendable {
    private static let idle = Mutex<[RenderWorker]>([])
    /// Mesa compiles shaders on the calling thread, recursively.
    private static let stackBytes = 8 << 20
    private let condition = NSCondition()
    private var jobs: [() -> Void] = []
    private let name: String

    private init(name: String) { self.name = name }

    /// - Throws: E082 where the host gives no further thread.
    static func take(name: String) throws -> RenderWorker {
        if let waiting = idle.withLock({ $0.popLast() }) { return waiting }
        let worker = RenderWorker(name: name)
        try worker.start()
        return worker
    }

    /// Foundation's `Thread` does not report that a thread could not be created, and code that waits for it would wait forever.
    private func start() throws {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, Self.stackBytes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        var thread = pthread_t()
        let worker = Unmanaged.passRetained(self)
        let status = pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument else { return nil }
                Unmanaged<RenderWorker>.fromOpaque(argument).takeRetainedValue().run()
            }, worker.toOpaque())
        guard status == 0 else {
            worker.release()
            throw AvatariumError(
                .glNotAvailable,
                "the render thread cannot be created; raise the limits of processes and of address space",
                context: ["call": "pthread_create"], systemError: Errno(rawValue: status))
        }
    }

    func post(_ job: @escaping () -> Void) {
        condition.lock()
        jobs.append(job)
        condition.signal()
        condition.unlock()
    }

    func returnToPool() { Self.idle.withLock { $0.append(self) } }

    private func run() -> Never {
        // Linux keeps 15 characters.
        Thread.current.name = String(name.prefix(15))
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

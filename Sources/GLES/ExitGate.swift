import Foundation

/// Lets jobs through until the process exits.
///
/// `exit` takes libglvnd's and the driver's data apart while other threads still run; whoever calls EGL then frees
/// what is freed already ("double free or corruption" in `eglMakeCurrent`, 12 of 400 short renders). So a process that
/// exits first waits for the jobs that run and starts no more.
public final class ExitGate: @unchecked Sendable {
    static let shared = ExitGate()
    private let condition = NSCondition()
    private var isClosed = false
    /// The threads that run a job.
    private var running: Set<UInt> = []

    public init() {}

    /// Runs the job on the calling thread; never returns once the gate is closed.
    public func run(_ job: () -> Void) {
        let thread = UInt(pthread_self())
        condition.lock()
        while isClosed { condition.wait() }
        running.insert(thread)
        condition.unlock()
        job()
        condition.lock()
        running.remove(thread)
        condition.broadcast()
        condition.unlock()
    }

    /// Starts no further job and waits for those of other threads, `seconds` at most.
    /// - Returns: Whether they ended.
    @discardableResult
    public func close(waiting seconds: Double = 10) -> Bool {
        let deadline = Date(timeIntervalSinceNow: seconds)
        let thread = UInt(pthread_self())
        condition.lock()
        defer { condition.unlock() }
        isClosed = true
        while !running.subtracting([thread]).isEmpty {
            guard condition.wait(until: deadline) else { return false }
        }
        return true
    }

    /// Closes the shared gate when the process exits. Handlers run last in, first out, and a library's own are
    /// registered when it is loaded: to be called again after drivers were.
    static func closeAtExit() { atexit { ExitGate.shared.close() } }
}

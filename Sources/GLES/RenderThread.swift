import Foundation

/// One thread that runs jobs in order: the executor of whatever owns a GL context.
public final class RenderThread: SerialExecutor, @unchecked Sendable {
    private let condition = NSCondition()
    private var jobs: [() -> Void] = []
    private var isStopping = false

    public init(name: String) {
        let thread = Thread { [self] in run() }
        thread.name = name
        thread.stackSize = 8 << 20
        thread.start()
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        post { [self] in unowned.runSynchronously(on: asUnownedSerialExecutor()) }
    }

    /// Runs `body` on the thread after the jobs before it, and waits for it.
    public func sync<T>(_ body: @escaping () throws -> T) throws -> T {
        let done = DispatchSemaphore(value: 0)
        let box = ResultBox<T>()
        post {
            box.result = Result { try body() }
            done.signal()
        }
        done.wait()
        return try box.get()
    }

    /// Ends the thread after the jobs that wait, and `last`. From any thread, this one too.
    public func stop(after last: @escaping () -> Void = {}) {
        condition.lock()
        jobs.append(last)
        isStopping = true
        condition.signal()
        condition.unlock()
    }

    private func post(_ job: @escaping () -> Void) {
        condition.lock()
        jobs.append(job)
        condition.signal()
        condition.unlock()
    }

    private func run() {
        while true {
            condition.lock()
            while jobs.isEmpty && !isStopping { condition.wait() }
            guard !jobs.isEmpty else {
                condition.unlock()
                return
            }
            let job = jobs.removeFirst()
            condition.unlock()
            job()
        }
    }
}

private final class ResultBox<T>: @unchecked Sendable {
    var result: Result<T, any Error>?

    func get() throws -> T {
        guard let result else { throw CancellationError() }
        return try result.get()
    }
}

import Dispatch

/// One thread that runs jobs in order: the executor of whatever owns a GL context.
public final class RenderThread: SerialExecutor, @unchecked Sendable {
    private let worker: RenderWorker

    /// - Throws: E082 where the host gives no further thread.
    public init(name: String) throws { worker = try RenderWorker.take(name: name) }

    public func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        worker.post { [self] in unowned.runSynchronously(on: asUnownedSerialExecutor()) }
    }

    /// Runs `body` on the thread after the jobs before it, and waits for it.
    public func sync<T>(_ body: @escaping () throws -> T) throws -> T {
        let done = DispatchSemaphore(value: 0)
        let box = ResultBox<T>()
        worker.post {
            box.result = Result { try body() }
            done.signal()
        }
        done.wait()
        return try box.get()
    }

    /// Gives the thread up after the jobs that wait, and `last`. From any thread, this one too.
    public func stop(after last: @escaping () -> Void = {}) {
        let worker = worker
        worker.post {
            last()
            worker.returnToPool()
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

import Foundation

/// One thread that runs jobs in order: the executor of whatever owns a GL context.
public final class RenderThread: SerialExecutor, @unchecked Sendable {
    private let condition = NSCondition()
    private var jobs: [() -> Void] = []
    private var isStopping = false
    private var thread = pthread_t()

    public init(name: String) {
        let start = Unmanaged.passRetained(Start(thread: self, name: name))
        pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                Thread.current.name = start.name
                start.thread.run()
                return nil
            }, start.toOpaque())
    }

    private final class Start {
        let thread: RenderThread
        let name: String

        init(thread: RenderThread, name: String) {
            self.thread = thread
            self.name = name
        }
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

    /// Runs the jobs that wait and `last`, then ends the thread and waits for its end, so that the process cannot
    /// exit in the middle of a driver's clean-up. On the thread itself `last` runs at once, and nothing waits.
    public func stop(after last: @escaping () -> Void = {}) {
        let isSelf = pthread_equal(thread, pthread_self()) != 0
        if isSelf { last() }
        condition.lock()
        if !isSelf { jobs.append(last) }
        isStopping = true
        condition.signal()
        condition.unlock()
        if isSelf { pthread_detach(thread) } else { pthread_join(thread, nil) }
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

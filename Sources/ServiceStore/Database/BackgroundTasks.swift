import Synchronization

/// The tasks that run as long as a store is open.
final class BackgroundTasks: Sendable {
    private let tasks = Mutex<[Task<Void, Never>]>([])

    func start(_ body: @escaping @Sendable () async -> Void) {
        tasks.withLock { $0.append(Task { await body() }) }
    }

    func cancel() {
        for task in tasks.withLock({ $0 }) { task.cancel() }
    }

    deinit { cancel() }
}

import Synchronization

/// The stream that a request waits for, which the request's task shuts down when it is cancelled.
final class CancellableStream: Sendable {
    private let state = Mutex<(stream: ProcessStream?, isCancelled: Bool)>((nil, false))

    var isCancelled: Bool { state.withLock { $0.isCancelled } }

    /// - Throws: `CancellationError` where the task has been cancelled already.
    func use(_ stream: ProcessStream) throws {
        let isCancelled = state.withLock { state in
            state.stream = stream
            return state.isCancelled
        }
        if isCancelled { throw CancellationError() }
    }

    func cancel() {
        state.withLock { state in
            state.isCancelled = true
            state.stream?.shutDown()
        }
    }
}

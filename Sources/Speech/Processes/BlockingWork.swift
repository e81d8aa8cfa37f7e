import Dispatch
import Synchronization

/// Work that waits for another process: it has a thread of its own, since those of Swift's tasks are as few as the
/// cores.
enum BlockingWork {
    /// Runs work on a thread of a serial queue, which is made on demand; threads of concurrent queues wait for a core.
    /// - Parameters:
    ///   - queue: A serial queue; a new one lets the work run beside all other.
    ///   - body: The work. It shows the stream that it waits for, which is shut down when the task is cancelled.
    static func run<Value: Sendable>(
        on queue: DispatchQueue = DispatchQueue(label: "avatarium speech"),
        _ body: @escaping @Sendable (CancellableStream) throws -> Value
    ) async throws -> Value {
        let stream = CancellableStream()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                queue.async { continuation.resume(with: Result { try body(stream) }) }
            }
        } onCancel: {
            stream.cancel()
        }
    }

    /// Runs work that cannot be stopped. When the task is cancelled, nobody waits for it any longer.
    static func abandoning<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        let waiting = Waiting<Value>()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                waiting.begin(continuation)
                DispatchQueue(label: "avatarium speech").async { waiting.end(Result { try body() }) }
            }
        } onCancel: {
            waiting.end(.failure(CancellationError()))
        }
    }

    /// A continuation that the first result resumes.
    private final class Waiting<Value: Sendable>: Sendable {
        private enum State {
            case idle
            case waiting(CheckedContinuation<Value, any Error>)
            case ended
        }
        private let state = Mutex(State.idle)

        func begin(_ continuation: CheckedContinuation<Value, any Error>) {
            let isCancelled = state.withLock { state in
                if case .ended = state { return true }
                state = .waiting(continuation)
                return false
            }
            if isCancelled { continuation.resume(throwing: CancellationError()) }
        }

        func end(_ result: Result<Value, any Error>) {
            let continuation: CheckedContinuation<Value, any Error>? = state.withLock { state in
                defer { state = .ended }
                if case .waiting(let continuation) = state { return continuation }
                return nil
            }
            continuation?.resume(with: result)
        }
    }
}

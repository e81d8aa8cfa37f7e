import Synchronization

/// Notifies long-lived responses that the server shuts down: event streams and long polls end at once, so that clients come
/// back to another server.
package final class Drain: Sendable {
    private struct State {
        var isDraining = false
        var next = 0
        var waiting: [Int: @Sendable () -> Void] = [:]
        var underWay = 0
    }
    private let state = Mutex(State())

    var isDraining: Bool { state.withLock { $0.isDraining } }
    /// How much stays open that a drain would end.
    package var openCount: Int { state.withLock { $0.waiting.count } }

    package func begin() {
        let all = state.withLock { state in
            state.isDraining = true
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for end in all { end() }
    }

    /// Runs work that the server ends before it goes down, although no request waits for it.
    package func finishing(_ work: @escaping @Sendable () async -> Void) {
        state.withLock { $0.underWay += 1 }
        Task {
            await work()
            state.withLock { $0.underWay -= 1 }
        }
    }

    /// Waits until such work is done, or the task is cancelled.
    package func workDone() async {
        while state.withLock({ $0.underWay > 0 }), !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Runs work that is cancelled when the drain begins.
    func cancelling<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws
        -> Value
    {
        let task = Task { try await work() }
        let number: Int? = state.withLock { state in
            guard !state.isDraining else { return nil }
            state.next += 1
            state.waiting[state.next] = { task.cancel() }
            return state.next
        }
        if number == nil { task.cancel() }
        defer { if let number { state.withLock { $0.waiting[number] = nil } } }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }
}

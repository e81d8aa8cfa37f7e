import Dispatch

/// Computes values independently of one another on all cores, in order.
struct ConcurrentRows<Value: Sendable>: Sendable {
    let values: [Value]

    init(count: Int, _ compute: @Sendable (Int) -> Value) {
        values = [Value](unsafeUninitializedCapacity: count) { buffer, filled in
            nonisolated(unsafe) let base = buffer.baseAddress
            DispatchQueue.concurrentPerform(iterations: count) { i in
                // Every iteration writes its own element.
                base.map { ($0 + i).initialize(to: compute(i)) }
            }
            filled = count
        }
    }

    /// Computes no further values once the calling task is cancelled.
    /// - Throws: `CancellationError`.
    init(count: Int, cancellable: Bool, _ compute: @Sendable (Int) -> Value) throws {
        let optional = withUnsafeCurrentTask { task in
            // Another thread may ask a task that waits here whether it is cancelled.
            nonisolated(unsafe) let task = task
            return ConcurrentRows<Value?>(count: count) { task?.isCancelled == true ? nil : compute($0) }
        }
        values = optional.values.compactMap { $0 }
        if values.count < count { throw CancellationError() }
    }
}

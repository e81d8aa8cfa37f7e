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
}

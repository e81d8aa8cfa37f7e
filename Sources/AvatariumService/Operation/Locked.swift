import Synchronization

/// A value that several tasks share. `Mutex` cannot be captured by closures that outlive their scope; this can.
final class Locked<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>

    init(_ value: Value) { mutex = Mutex(value) }

    var value: Value { mutex.withLock { $0 } }
    func set(_ value: Value) { mutex.withLock { $0 = value } }
    func update(_ change: (inout Value) -> Void) {
        mutex.withLock { value in
            var copy = value
            change(&copy)
            value = copy
        }
    }
}

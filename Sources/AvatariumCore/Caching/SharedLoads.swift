import Synchronization

/// Values that several threads ask for and only one makes, while the others wait; those used last are kept.
package final class SharedLoads<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private final class Place: Sendable {
        let value = Mutex<Value?>(nil)
    }
    private let places: Mutex<RecentlyUsed<Key, Place>>

    /// - Parameter capacity: values kept for those who ask later.
    package init(capacity: Int) { places = Mutex(RecentlyUsed(capacity: capacity)) }

    /// The value of a key, made by the first who asks. What fails is not kept: the next who asks tries again.
    package func value(_ key: Key, make: () throws -> Value) throws -> Value {
        let place = places.withLock { places in
            if let known = places[key] { return known }
            let new = Place()
            places[key] = new
            return new
        }
        let outcome = place.value.withLock { value -> Result<Value, any Error> in
            if let value { return .success(value) }
            return Result {
                let made = try make()
                value = made
                return made
            }
        }
        return try outcome.get()
    }
}

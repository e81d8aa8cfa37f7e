/// The values that were used last; when there is no room, the one that waited longest goes.
package struct RecentlyUsed<Key: Hashable, Value> {
    private let capacity: Int
    private var entries: [Key: (value: Value, lastUse: Int)] = [:]
    private var uses = 0

    /// - Parameter capacity: values kept, at least 1.
    package init(capacity: Int) { self.capacity = max(1, capacity) }

    package var count: Int { entries.count }

    /// Reading counts as a use. `nil` takes the value away.
    package subscript(key: Key) -> Value? {
        mutating get {
            guard let value = entries[key]?.value else { return nil }
            touch(key, value)
            return value
        }
        set {
            guard let newValue else {
                entries[key] = nil
                return
            }
            if entries[key] == nil, entries.count >= capacity,
                let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse })?.key
            {
                entries[oldest] = nil
            }
            touch(key, newValue)
        }
    }

    private mutating func touch(_ key: Key, _ value: Value) {
        uses += 1
        entries[key] = (value, uses)
    }
}

/// What is made once of what never changes, and kept: the picture of an avatar, which a page asks for all at once; the report
/// of a bundled one.
actor MadeOnce<Value: Sendable> {
    private let largestCount: Int
    private var tasks: [String: Task<Value, any Error>] = [:]
    private var keys: [String] = []

    /// - Parameter largestCount: How many are kept; the oldest goes first.
    init(_ largestCount: Int) { self.largestCount = largestCount }

    /// What is under a key, made or being made. Whoever stops waiting for it does not stop the making, which on a slow machine
    /// is finished when they come back; one that fails is begun again by the next.
    func value(_ key: String, _ make: @escaping @Sendable () async throws -> Value) -> Task<Value, any Error>
    {
        if let task = tasks[key] { return task }
        if keys.count >= largestCount { tasks[keys.removeFirst()] = nil }
        let task = Task {
            do {
                return try await make()
            } catch {
                forget(key)
                throw error
            }
        }
        tasks[key] = task
        keys.append(key)
        return task
    }

    private func forget(_ key: String) {
        tasks[key] = nil
        keys.removeAll { $0 == key }
    }
}

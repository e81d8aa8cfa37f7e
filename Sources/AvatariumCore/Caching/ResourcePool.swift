/// A pool of resources, each checked out by one task at a time, first come, first served.
package actor ResourcePool<Item: Sendable> {
    private var idle: [Item]
    private var waiting: [(number: Int, continuation: CheckedContinuation<Item, any Error>)] = []
    private var lastNumber = 0
    private var isClosed = false
    private let closed: AvatariumError

    /// - Parameter closed: Thrown to tasks that ask after `close`.
    package init(_ items: [Item], closed: AvatariumError) {
        idle = items
        self.closed = closed
    }

    /// Checks out an item, waiting until one is free.
    /// - Throws: `CancellationError` when the task is cancelled, or the pool closed, while it waits.
    package func checkOut() async throws -> Item {
        try Task.checkCancellation()
        guard !isClosed else { throw closed }
        if let item = idle.popLast() { return item }
        lastNumber += 1
        let number = lastNumber
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiting.append((number, $0)) }
        } onCancel: {
            Task { await self.cancel(number) }
        }
    }

    private func cancel(_ number: Int) {
        guard let index = waiting.firstIndex(where: { $0.number == number }) else { return }
        waiting.remove(at: index).continuation.resume(throwing: CancellationError())
    }

    /// Returns an item that was checked out.
    /// - Returns: Whether the pool keeps it; false after `close`.
    @discardableResult
    package func checkIn(_ item: Item) -> Bool {
        if !waiting.isEmpty {
            waiting.removeFirst().continuation.resume(returning: item)
        } else if !isClosed {
            idle.append(item)
        } else {
            return false
        }
        return true
    }

    /// Closes the pool; tasks that wait get a `CancellationError`.
    /// - Returns: The items that are not checked out.
    @discardableResult
    package func close() -> [Item] {
        isClosed = true
        for waiter in waiting { waiter.continuation.resume(throwing: CancellationError()) }
        waiting = []
        defer { idle = [] }
        return idle
    }
}

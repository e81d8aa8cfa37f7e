import AsyncAlgorithms

/// An asynchronous sequence with backpressure: a task produces one element ahead of its consumer, and is cancelled
/// when the iterator is released.
struct ProducedSequence<Element: Sendable>: AsyncSequence, Sendable {
    typealias Channel = AsyncThrowingChannel<Element, any Error>
    typealias Failure = any Error

    /// Makes the elements and sends them.
    let produce: @Sendable (Channel) async throws -> Void

    func makeAsyncIterator() -> Iterator { Iterator(produce) }

    final class Iterator: AsyncIteratorProtocol {
        private let task: Task<Void, Never>
        private var elements: Channel.AsyncIterator

        init(_ produce: @escaping @Sendable (Channel) async throws -> Void) {
            let channel = Channel()
            elements = channel.makeAsyncIterator()
            task = Task {
                do {
                    try await produce(channel)
                    channel.finish()
                } catch {
                    channel.fail(error)
                }
            }
        }

        func next() async throws -> Element? { try await next(isolation: nil) }

        func next(isolation actor: isolated (any Actor)?) async throws(any Error) -> Element? {
            var elements = self.elements
            defer { self.elements = elements }
            return try await elements.next(isolation: actor)
        }

        deinit { task.cancel() }
    }
}

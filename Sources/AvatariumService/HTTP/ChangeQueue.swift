import ServiceStore
import Synchronization

/// The changes of a job beside a clock, so that a reader can do something when nothing has changed for a while.
final class ChangeQueue: Sendable {
    enum Step: Sendable {
        case change(Job)
        case nothing
        case end
    }

    private let task: Task<Void, Never>
    private let changes: AsyncThrowingStream<Step, any Error>

    init(_ source: JobChanges) {
        // Two numbers are enough: states that follow faster than they are read may be left out.
        let (stream, continuation) = AsyncThrowingStream.makeStream(
            of: Step.self, bufferingPolicy: .bufferingNewest(16))
        changes = stream
        task = Task {
            let clock = Task {
                while !Task.isCancelled {
                    try? await Task.sleep(for: EventStream.pingInterval)
                    continuation.yield(.nothing)
                }
            }
            defer { clock.cancel() }
            do {
                for try await job in source { continuation.yield(.change(job)) }
                continuation.yield(.end)
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
    }

    /// The steps, with `.nothing` every `EventStream.pingInterval`, ending with `.end`.
    var steps: AsyncThrowingStream<Step, any Error> { changes }

    func cancel() { task.cancel() }
    deinit { task.cancel() }
}

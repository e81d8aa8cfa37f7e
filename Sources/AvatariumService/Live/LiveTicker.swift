import Avatarium
import AvatariumCore
import Foundation
import Synchronization

/// The frame clock of all live sessions: a thread that wakes when frames are due and notifies their sessions.
///
/// Sessions of the same rate begin on a common grid, so that many are told in one wake-up, and drawings of several are
/// spread over a frame's time.
final class LiveTicker: Sendable {
    struct Tick: Sendable {
        /// When the frame was due.
        fileprivate var due: ContinuousClock.Instant
        fileprivate var frame: Duration

        /// Whether it comes so late that drawing it would only make the next ones late.
        var isLate: Bool { ContinuousClock.now - due > frame * 2 }
    }

    private struct Client {
        var start: ContinuousClock.Instant
        var rate: FrameRate
        var count = 0
        var continuation: AsyncStream<Tick>.Continuation
        var due: ContinuousClock.Instant { start + .seconds(rate.seconds(atFrame: count)) }
    }

    private struct State {
        var clients: [Int: Client] = [:]
        var next = 0
        var isRunning = false
    }

    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    private let epoch = ContinuousClock.now
    /// Starts of sessions lie this far apart.
    private static let grid = 1.0 / 240
    /// A starved machine goes on from here instead of hurrying after what is farther behind.
    private static let farthestBehind = 1.0

    /// Ticks from now on, until nobody takes them any more.
    func ticks(_ rate: FrameRate) -> AsyncStream<Tick> {
        let most = max(1, Int(Self.farthestBehind * rate.framesPerSecond))
        let (stream, continuation) = AsyncStream<Tick>.makeStream(bufferingPolicy: .bufferingNewest(most))
        let isFirst = state.withLock { state in
            let id = state.next
            state.next += 1
            let slots = ((ContinuousClock.now - epoch).seconds / Self.grid).rounded(.up)
            state.clients[id] = Client(
                start: epoch + .seconds(slots * Self.grid), rate: rate, continuation: continuation)
            continuation.onTermination = { [weak self] _ in
                self?.state.withLock { $0.clients[id] = nil }
            }
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if isFirst { Thread.detachNewThread { self.run() } } else { wake.signal() }
        return stream
    }

    /// Ends with the last session.
    private func run() {
        while let due = tellThoseDue() {
            let nanoseconds = max(0, (due - ContinuousClock.now).seconds * 1e9)
            _ = wake.wait(timeout: .now() + .nanoseconds(Int(nanoseconds)))
        }
    }

    /// - Returns: When the next frame is due; nil where nobody is there any more.
    private func tellThoseDue() -> ContinuousClock.Instant? {
        let now = ContinuousClock.now
        var ticks: [(AsyncStream<Tick>.Continuation, Tick)] = []
        let next = state.withLock { state -> ContinuousClock.Instant? in
            for id in state.clients.keys {
                while let client = state.clients[id], client.due <= now {
                    if now - client.due > .seconds(Self.farthestBehind) {
                        state.clients[id]?.start = now
                        state.clients[id]?.count = 0
                    }
                    let frame = Duration.seconds(client.rate.seconds(atFrame: 1))
                    ticks.append(
                        (client.continuation, Tick(due: state.clients[id]?.due ?? now, frame: frame)))
                    state.clients[id]?.count += 1
                }
            }
            state.isRunning = !state.clients.isEmpty
            return state.clients.values.map(\.due).min()
        }
        // Not under the lock: a continuation that ends takes it.
        for (continuation, tick) in ticks { continuation.yield(tick) }
        return next
    }
}

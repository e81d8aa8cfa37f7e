import Synchronization

/// Something that can be waited for.
package enum Topic: Hashable, Sendable {
    /// Work may have arrived in a lane.
    case work(Lane)
    /// A job has changed or is gone.
    case job(JobID)

    /// The form in which PostgreSQL's NOTIFY carries it.
    var payload: String {
        switch self {
        case .work(let lane): "work:\(lane.rawValue)"
        case .job(let id): "job:\(id)"
        }
    }

    init?(payload: String) {
        let parts = payload.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return nil }
        switch parts[0] {
        case "work":
            guard let lane = Lane(rawValue: parts[1]) else { return nil }
            self = .work(lane)
        case "job": self = .job(JobID(parts[1]))
        default: return nil
        }
    }
}

/// Wakes tasks of this process that wait for a topic. A wake-up says "look again", nothing more.
package final class WakeUps: Sendable {
    private struct State {
        var next = 0
        var waiting: [Topic: [Int: AsyncStream<Void>.Continuation]] = [:]
    }
    private let state = Mutex(State())

    package init() {}

    /// A stream that gives an element after the topic was woken; several wake-ups may give one. Register first,
    /// then look, then wait: so nothing is missed.
    func watch(_ topic: Topic) -> (stream: AsyncStream<Void>, continuation: AsyncStream<Void>.Continuation) {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.next += 1
            state.waiting[topic, default: [:]][state.next] = continuation
            return state.next
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { state in
                state.waiting[topic]?[number] = nil
                if state.waiting[topic]?.isEmpty == true { state.waiting[topic] = nil }
            }
        }
        return (stream, continuation)
    }

    func wake(_ topics: some Sequence<Topic>) {
        let continuations = state.withLock { state in
            topics.flatMap { Array((state.waiting[$0] ?? [:]).values) }
        }
        for continuation in continuations { continuation.yield() }
    }

    /// Wakes everybody, as after a time in which wake-ups may have been lost.
    func wakeAll() {
        let continuations = state.withLock { state in state.waiting.values.flatMap { Array($0.values) } }
        for continuation in continuations { continuation.yield() }
    }

    /// The jobs that somebody waits for.
    var watchedJobs: [JobID] {
        state.withLock { state in
            state.waiting.keys.compactMap { topic in
                if case .job(let id) = topic { id } else { nil }
            }
        }
    }
}

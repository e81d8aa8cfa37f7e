import Avatarium
import AvatariumCore
import Foundation
import Logging
import ServiceStore

/// The live sessions of this process: at most so many that draw, and those whose connection broke for a while.
actor LiveSessions {
    /// How long a session waits for its client to come back.
    static let patience = Duration.seconds(30)

    nonisolated let ticker = LiveTicker()
    nonisolated let audience = LiveAudience()

    private struct Entry {
        var session: LiveSession
        var draws: Bool
        /// Ends the session when nobody comes back; nil while its client is there.
        var farewell: Task<Void, Never>?
        /// When its client was lost.
        var lostAt = ContinuousClock.now
    }

    private var entries: [String: Entry] = [:]
    private var drawing = 0

    /// Takes a place among those that draw, before the work of setting up begins. A session that waits for its client makes
    /// room for one whose client is there.
    /// - Throws: RATE_LIMIT_EXCEEDED where there is none.
    func reserve(draws: Bool, limits: (drawing: Int, all: Int)) throws {
        if draws, drawing >= limits.drawing { dropWaiting { $0.draws } }
        if entries.count >= limits.all { dropWaiting { _ in true } }
        if draws, drawing >= limits.drawing {
            throw APIError(
                .rateLimitExceeded,
                "the server draws \(limits.drawing) live avatars already; try again, or ask for the face alone "
                    + "(\"streams\": [\"audio\", \"face\"])", retryAfter: 5)
        }
        guard entries.count < limits.all else {
            throw APIError(
                .rateLimitExceeded, "the server has \(limits.all) live sessions already; try again",
                retryAfter: 5)
        }
        if draws { drawing += 1 }
    }

    /// Gives a place back that was reserved and not used.
    func release(draws: Bool) { if draws { drawing -= 1 } }

    func add(_ session: LiveSession, draws: Bool) {
        entries[session.id] = Entry(session: session, draws: draws)
    }

    /// A session that its client comes back to; nil where it is gone, or another's.
    func resume(_ id: String, account: AccountID) -> LiveSession? {
        guard let entry = entries[id], entry.session.order.account == account else { return nil }
        entry.farewell?.cancel()
        entries[id]?.farewell = nil
        return entry.session
    }

    /// Lets a session wait for its client.
    func leave(_ session: LiveSession) {
        guard entries[session.id] != nil else { return }
        entries[session.id]?.farewell?.cancel()
        entries[session.id]?.lostAt = .now
        entries[session.id]?.farewell = Task {
            try? await Task.sleep(for: Self.patience)
            guard !Task.isCancelled else { return }
            await self.end(session.id)
        }
    }

    func end(_ id: String) async { await remove(id)?.end() }

    private func remove(_ id: String) -> LiveSession? {
        guard let entry = entries.removeValue(forKey: id) else { return nil }
        if entry.draws { drawing -= 1 }
        return entry.session
    }

    /// Ends the session that has waited longest.
    private func dropWaiting(_ isMeant: (Entry) -> Bool) {
        let waiting = entries.filter { $0.value.farewell != nil && isMeant($0.value) }
        guard let (id, entry) = waiting.min(by: { $0.value.lostAt < $1.value.lostAt }) else { return }
        entry.farewell?.cancel()
        let session = remove(id)
        Task { await session?.end() }
    }

    var counts: (drawing: Int, all: Int) { (drawing, entries.count) }
}

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

    /// How many sessions there may be.
    struct Limits {
        /// Those of one account that draw.
        var ofAccount: Int
        /// Those of all that draw.
        var drawing: Int
        var all: Int
    }

    private var entries: [String: Entry] = [:]
    /// Sessions that draw, those that are being set up included, by their account.
    private var drawers: [AccountID: Int] = [:]
    private var drawing: Int { drawers.values.reduce(0, +) }

    /// Takes a place among those that draw, before the work of setting up begins. A session that waits for its client makes
    /// room for one whose client is there.
    /// - Throws: RATE_LIMIT_EXCEEDED where there is none.
    func reserve(draws: Bool, account: AccountID, _ limits: Limits) throws {
        if draws, drawers[account, default: 0] >= limits.ofAccount {
            dropWaiting { $0.draws && $0.session.order.account == account }
        }
        if draws, drawers[account, default: 0] >= limits.ofAccount {
            throw APIError(
                .rateLimitExceeded,
                "\(limits.ofAccount) live avatars are running for this account already, the maximum of its "
                    + "plan; end one",
                retryAfter: 5)
        }
        if draws, drawing >= limits.drawing { dropWaiting { $0.draws } }
        if entries.count >= limits.all { dropWaiting { _ in true } }
        if draws, drawing >= limits.drawing {
            throw APIError(
                .rateLimitExceeded,
                "the server renders \(limits.drawing) live avatars already; try again, or request the face "
                    + "alone (\"streams\": [\"audio\", \"face\"])", retryAfter: 5)
        }
        guard entries.count < limits.all else {
            throw APIError(
                .rateLimitExceeded, "the server has \(limits.all) live sessions already; try again",
                retryAfter: 5)
        }
        if draws { drawers[account, default: 0] += 1 }
    }

    /// Gives a place back.
    func release(draws: Bool, account: AccountID) {
        guard draws else { return }
        drawers[account, default: 0] -= 1
        if drawers[account] == 0 { drawers[account] = nil }
    }

    func add(_ session: LiveSession, draws: Bool) {
        entries[session.id] = Entry(session: session, draws: draws)
    }

    /// A session that its client comes back to; nil where it is gone, or another's. What was begun with a live key is not
    /// marked, so that no test key opens it.
    func resume(_ id: String, account: AccountID, isTest: Bool) -> LiveSession? {
        guard let entry = entries[id], entry.session.order.account == account,
            entry.session.order.isTest == isTest
        else { return nil }
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
        release(draws: entry.draws, account: entry.session.order.account)
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
}

import AvatariumCore
import Synchronization

/// A rate limit: on average `limit` requests per `window`, and at most as many at once.
public struct RateLimit: Sendable, Hashable {
    public var limit: Int
    public var window: Duration

    public init(_ limit: Int, per window: Duration) {
        self.limit = limit
        self.window = window
    }
}

/// Whether a request is allowed, and the values of the response's headers.
public struct RateDecision: Sendable, Hashable {
    public var isAllowed: Bool
    /// X-RateLimit-Limit.
    public var limit: Int
    /// X-RateLimit-Remaining: requests that are allowed immediately.
    public var remaining: Int
    /// X-RateLimit-Reset: the time when the full limit is available again.
    public var resetAt: Timestamp
    /// The wait until the next request is allowed; `nil` if this one was.
    public var retryAfter: Duration?

    /// X-RateLimit-Reset's value: seconds since 1970, rounded up.
    public var resetSeconds: Int64 { (resetAt.milliseconds + 999) / 1000 }
    /// Retry-After's value: seconds, rounded up, 1 at least.
    public var retryAfterSeconds: Int64? { retryAfter.map { max(1, ($0.milliseconds + 999) / 1000) } }
}

/// The generic cell rate algorithm: one number for a key, the theoretical arrival time, at which a sender that
/// keeps exactly to the rate would send next. Microseconds since 1970.
struct CellRate: Sendable {
    /// Microseconds that each request takes of the rate.
    let interval: Int64
    let limit: Int
    let cost: Int

    init(_ limit: RateLimit, cost: Int) {
        self.limit = max(1, limit.limit)
        interval = max(1, limit.window.microseconds / Int64(self.limit))
        self.cost = max(1, cost)
    }

    /// The arrival time after a request, which may pass when that is not after `latest(at:)`.
    func next(after arrival: Int64?, at now: Int64) -> Int64 { max(arrival ?? now, now) + step }
    var step: Int64 { interval * Int64(cost) }
    func latest(at now: Int64) -> Int64 { now + interval * Int64(limit) }

    /// - Parameter arrival: the one that is stored: after the request when it passed, before it when not.
    func decision(_ isAllowed: Bool, arrival: Int64, at now: Int64) -> RateDecision {
        let ahead = max(0, arrival - now)
        return RateDecision(
            isAllowed: isAllowed, limit: limit,
            remaining: max(0, limit - Int((ahead + interval - 1) / interval)),
            resetAt: Timestamp(milliseconds: (max(arrival, now) + 999) / 1000),
            retryAfter: isAllowed
                ? nil : .microseconds(max(0, max(arrival, now) + step - latest(at: now))))
    }
}

extension ServiceStore {
    /// Counts a request against a limit shared by all processes, in one statement.
    /// - Parameter key: The subject of the limit: `login:203.0.113.7`.
    public func take(_ key: String, _ limit: RateLimit, cost: Int = 1) async throws -> RateDecision {
        let rate = CellRate(limit, cost: cost)
        let now = now().milliseconds * 1000
        return try await database.write { connection in
            let taken: SQLRow?
            if rate.cost > rate.limit {
                taken = nil
            } else {
                taken = try connection.row(
                    """
                    INSERT INTO buckets (key, tat) VALUES (\(key), \(now + rate.step))
                    ON CONFLICT (key) DO UPDATE SET
                      tat = (CASE WHEN buckets.tat > \(now) THEN buckets.tat ELSE \(now) END) + \(rate.step)
                    WHERE (CASE WHEN buckets.tat > \(now) THEN buckets.tat ELSE \(now) END) + \(rate.step)
                      <= \(rate.latest(at: now))
                    RETURNING tat
                    """)
            }
            if let taken { return rate.decision(true, arrival: try taken.integer("tat"), at: now) }
            let arrival = try connection.row("SELECT tat FROM buckets WHERE key = \(key)")?.integer("tat")
            return rate.decision(false, arrival: arrival ?? now, at: now)
        }
    }
}

extension ServiceStore {
    /// Counts an attempt with an exact limit, such as a login: never more than the limit in any window, however
    /// they are distributed. All processes share the count.
    ///
    /// Refused attempts do not count. `take` costs less, but allows up to twice as many in the first window.
    public func attempt(_ key: String, _ limit: RateLimit) async throws -> RateDecision {
        let now = now()
        let start = now - limit.window
        return try await database.write { connection in
            try connection.lock("attempts.\(key)")
            try connection.run("DELETE FROM attempts WHERE key = \(key) AND at <= \(start)")
            var times = try connection.rows("SELECT at FROM attempts WHERE key = \(key) ORDER BY at").map {
                try $0.time("at")
            }
            let isAllowed = times.count < limit.limit
            if isAllowed {
                try connection.run("INSERT INTO attempts (key, at) VALUES (\(key), \(now))")
                times.append(now)
            }
            return RateDecision(
                isAllowed: isAllowed, limit: limit.limit, remaining: max(0, limit.limit - times.count),
                resetAt: (times.last ?? now) + limit.window,
                retryAfter: isAllowed ? nil : max(.milliseconds(1), (times.first ?? now) + limit.window - now)
            )
        }
    }
}

/// Rate limits of this process, without a database, checked before every request.
public final class LocalRateLimits: Sendable {
    private let arrivals = Mutex<[String: Int64]>([:])
    private let capacity: Int
    private let clock: @Sendable () -> Timestamp

    /// - Parameter capacity: The maximum number of keys; when it is exceeded, keys whose limit is fully available
    ///   are evicted, and if that is not enough, all.
    public init(
        capacity: Int = 100_000, clock: @escaping @Sendable () -> Timestamp = Timestamp.now
    ) {
        self.capacity = capacity
        self.clock = clock
    }

    /// The current number of keys.
    public var count: Int { arrivals.withLock(\.count) }

    /// Counts a request against a limit.
    public func take(_ key: String, _ limit: RateLimit, cost: Int = 1) -> RateDecision {
        let rate = CellRate(limit, cost: cost)
        let now = clock().milliseconds * 1000
        return arrivals.withLock { arrivals in
            let arrival = arrivals[key]
            let next = rate.next(after: arrival, at: now)
            guard next <= rate.latest(at: now) else {
                return rate.decision(false, arrival: arrival ?? now, at: now)
            }
            if arrival == nil, arrivals.count >= capacity {
                arrivals = arrivals.filter { $0.value > now }
                if arrivals.count >= capacity { arrivals = [:] }
            }
            arrivals[key] = next
            return rate.decision(true, arrival: next, at: now)
        }
    }
}

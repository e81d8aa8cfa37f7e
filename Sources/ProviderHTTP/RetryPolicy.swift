import Foundation

/// When and how long a provider's client tries again.
package struct RetryPolicy: Sendable {
    /// Tries in all, the first included.
    package var attempts: Int
    /// The longest wait before the second try; doubled before each further one.
    package var firstDelay: Duration
    /// For one request with all its tries and waits.
    package var deadline: Duration

    package init(
        attempts: Int = 4, firstDelay: Duration = .milliseconds(500), deadline: Duration = .seconds(60)
    ) {
        self.attempts = attempts
        self.firstDelay = firstDelay
        self.deadline = deadline
    }

    package static let standard = RetryPolicy()

    /// The wait before the try after `attempt` (from 1): a random part of a time that doubles ("full jitter", M.
    /// Brooker, "Exponential backoff and jitter", 2015), after what the server asked for.
    /// - Parameter share: 0...1, random by default.
    package func delay(
        after attempt: Int, retryAfter: Duration?, share: Double = .random(in: 0...1)
    ) -> Duration {
        if let retryAfter { return retryAfter + firstDelay * share }
        return firstDelay * (1 << max(0, min(attempt - 1, 10))) * share
    }

    /// What a server's headers ask for: `retry-after-ms`, else `retry-after` (seconds, or an HTTP date; RFC 9110,
    /// 10.2.3).
    package static func retryAfter(now: Date = Date(), header: (String) -> String?) -> Duration? {
        if let text = header("retry-after-ms"), let milliseconds = Double(text),
            (0..<1e9).contains(milliseconds)
        {
            return .milliseconds(milliseconds)
        }
        return header("retry-after").flatMap { retryAfter($0, now: now) }
    }

    /// A `Retry-After` header: seconds, or an HTTP date.
    package static func retryAfter(_ header: String, now: Date = Date()) -> Duration? {
        if let seconds = Double(header), (0..<1e6).contains(seconds) { return .milliseconds(seconds * 1000) }
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(secondsFromGMT: 0)
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
        guard let date = format.date(from: header) else { return nil }
        return .milliseconds(min(max(0, date.timeIntervalSince(now)), 1e6) * 1000)
    }
}

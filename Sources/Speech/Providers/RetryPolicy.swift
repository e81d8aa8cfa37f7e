import Foundation

/// When and how long a provider's client tries again.
package struct RetryPolicy: Sendable {
    /// Tries in all, the first included.
    package var attempts: Int
    /// Before the second try; doubled before each further one.
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

    /// The wait before the try after `attempt` (from 1): at least what the server asked for.
    package func delay(after attempt: Int, retryAfter: Duration?) -> Duration {
        max(firstDelay * (1 << min(attempt - 1, 10)), retryAfter ?? .zero)
    }

    /// A `Retry-After` header: seconds, or an HTTP date.
    package static func retryAfter(_ header: String?, now: Date = Date()) -> Duration? {
        guard let header else { return nil }
        if let seconds = Double(header), seconds >= 0, seconds < 1e6 {
            return .milliseconds(Int(seconds * 1000))
        }
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(secondsFromGMT: 0)
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
        guard let date = format.date(from: header) else { return nil }
        return .milliseconds(Int(min(max(0, date.timeIntervalSince(now)), 1e6) * 1000))
    }
}

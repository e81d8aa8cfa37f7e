import Foundation

/// Dates in HTTP fields (RFC 9110 section 5.6.7).
public enum HTTPDate {
    private static let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Writes the preferred form, `Sun, 06 Nov 1994 08:49:37 GMT`. Years outside 1970 to 9999 are clamped.
    public static func format(_ date: Date) -> String {
        let seconds = Int(min(max(date.timeIntervalSince1970, 0), 253_402_300_799))
        let (day, time) = seconds.quotientAndRemainder(dividingBy: 86_400)
        let (year, month, dayOfMonth) = civil(day)
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let clock = "\(two(time / 3600)):\(two(time / 60 % 60)):\(two(time % 60))"
        return "\(days[(day + 3) % 7]), \(two(dayOfMonth)) \(months[month - 1]) \(year) \(clock) GMT"
    }

    /// Reads the preferred form and the two obsolete ones, `Sunday, 06-Nov-94 08:49:37 GMT` and
    /// `Sun Nov  6 08:49:37 1994`, as recipients must. The name of the weekday is not compared with the date.
    /// - Parameter now: Decides the century of a two-digit year: it is at most 50 years ahead.
    public static func parse(_ text: String, now: Date = Date()) -> Date? {
        guard text.utf8.count <= 40 else { return nil }
        let words = text.split(separator: " ")
        switch words.count {
        case 6 where words[5] == "GMT":
            return date(year: number(words[3], 4), month: words[2], day: number(words[1], 2), clock: words[4])
        case 4 where words[3] == "GMT":
            let parts = words[1].split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count == 3, let short = number(parts[2], 2) else { return nil }
            let (this, _, _) = civil(Int(min(max(now.timeIntervalSince1970, 0), 253_402_300_799)) / 86_400)
            var year = this / 100 * 100 + short
            if year > this + 50 { year -= 100 }
            return date(year: year, month: parts[1], day: number(parts[0], 2), clock: words[2])
        case 5:
            return date(
                year: number(words[4], 4), month: words[1], day: number(words[2], words[2].utf8.count),
                clock: words[3])
        default: return nil
        }
    }

    private static func date(year: Int?, month: Substring, day: Int?, clock: Substring) -> Date? {
        let parts = clock.split(separator: ":", omittingEmptySubsequences: false)
        guard let year, (1...9999).contains(year), let month = months.firstIndex(of: String(month)), let day,
            parts.count == 3, let hour = number(parts[0], 2), hour < 24,
            let minute = number(parts[1], 2), minute < 60, let second = number(parts[2], 2), second <= 60
        else { return nil }
        let days = dayNumber(year, month + 1, day)
        // The thirtieth of February gives another date back.
        guard civil(days) == (year, month + 1, day) else { return nil }
        return Date(timeIntervalSince1970: Double(days * 86_400 + hour * 3600 + minute * 60 + second))
    }

    /// A number of exactly `digits` decimal digits, at most four.
    private static func number(_ text: Substring, _ digits: Int) -> Int? {
        guard (1...4).contains(digits), text.utf8.count == digits,
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return Int(text)
    }

    /// Days since 1970-01-01 of a date in the Gregorian calendar (Hinnant, "chrono-compatible low-level date
    /// algorithms").
    private static func dayNumber(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let y = month <= 2 ? year - 1 : year
        let era = y / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The inverse of `dayNumber`, for years from 0.
    private static func civil(_ days: Int) -> (Int, Int, Int) {
        let z = days + 719_468
        let era = z / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }
}

/// The `Retry-After` field (RFC 9110 section 10.2.3).
public enum RetryAfter {
    /// The wait that the field asks for: whole seconds, or until a date; never negative, at most `limit`. Nil
    /// if the field is absent or malformed.
    public static func parse(_ text: String?, now: Date = Date(), limit: Duration = .seconds(86_400))
        -> Duration?
    {
        guard let text, var scanner = FieldScanner(text) else { return nil }
        scanner.skipSpace()
        if let seconds = scanner.saturatedNumber() {
            scanner.skipSpace()
            guard scanner.isAtEnd else { return nil }
            return min(.seconds(min(seconds, 1 << 40)), limit)
        }
        guard let date = HTTPDate.parse(text, now: now) else { return nil }
        return min(.seconds(max(0, date.timeIntervalSince(now))), limit)
    }
}

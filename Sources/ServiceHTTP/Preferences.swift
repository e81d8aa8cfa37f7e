/// The preferences of a request: the lines of its `Prefer` fields (RFC 7240).
public struct Preferences: Sendable, Equatable {
    /// Values by lower-case name; a preference without a value has the empty one (section 2).
    private var values: [String: String] = [:]

    /// Reads every line up to its first malformed preference; the rest of that line is ignored, since
    /// preferences never make a request fail (section 2). Of a repeated name the first value counts.
    public init(_ lines: [String]) {
        for line in lines {
            guard var scanner = FieldScanner(line) else { continue }
            repeat {
                scanner.skipSpace()
                guard let name = scanner.token()?.lowercased() else { continue }
                guard let value = Self.value(&scanner) else { break }
                if values[name] == nil { values[name] = value }
                guard Self.skipParameters(&scanner) else { break }
            } while scanner.take(",")
        }
    }

    public subscript(name: String) -> String? { values[name.lowercased()] }

    /// `wait=N` (section 4.3) in seconds: how long the client is willing to wait for the result, at most
    /// `limit`. Nil if it is absent, zero or not a number. What was applied goes into `Preference-Applied:
    /// wait=N`.
    public func wait(limit: Int) -> Int? {
        guard let text = values["wait"], var scanner = FieldScanner(text),
            let seconds = scanner.saturatedNumber(), scanner.isAtEnd, seconds > 0
        else { return nil }
        return min(seconds, limit)
    }

    /// The value after an optional `=`; empty if there is none, nil if it is malformed.
    private static func value(_ scanner: inout FieldScanner) -> String? {
        scanner.skipSpace()
        guard scanner.take("=") else { return "" }
        scanner.skipSpace()
        return scanner.value()
    }

    private static func skipParameters(_ scanner: inout FieldScanner) -> Bool {
        scanner.skipSpace()
        while scanner.take(";") {
            scanner.skipSpace()
            if scanner.token() != nil { guard value(&scanner) != nil else { return false } }
            scanner.skipSpace()
        }
        return true
    }
}

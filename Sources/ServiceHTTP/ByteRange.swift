/// The part of a representation that a `Range` request field selects (RFC 9110 section 14).
public enum ByteRange: Sendable, Equatable {
    /// Answer 200 with everything: no range was asked for, or the field must be ignored.
    case whole
    /// Answer 206 with these bytes. The range is never empty and lies within the representation.
    case part(Range<Int>)
    /// Answer 416 with `Content-Range: bytes */length`.
    case unsatisfiable

    /// Decides what a request with a `Range` field gets.
    ///
    /// The field is ignored, as sections 14.2 and 13.1.5 demand, for methods other than GET, for units other
    /// than `bytes`, when it is malformed, and when `If-Range` does not hold. A request for several ranges
    /// gets the whole: a server may ignore it, and video players never ask for that. Positions of any size
    /// are accepted.
    ///
    /// - Parameters:
    ///   - method: The request's method; HEAD has no ranges.
    ///   - header: The value of `Range`.
    ///   - length: The size of the representation in bytes.
    ///   - etag: The entity tag of the representation.
    ///   - ifRange: The value of `If-Range`. Only a strong entity tag that equals a strong `etag` lets the
    ///     range stand; a date never does, since a modification time in seconds is a weak validator.
    public static func resolve(
        method: String = "GET", header: String?, length: Int, etag: EntityTag? = nil, ifRange: String? = nil
    ) -> ByteRange {
        guard method == "GET", let header, length >= 0 else { return .whole }
        if let ifRange {
            guard let etag, let wanted = EntityTag(ifRange), wanted.matchesStrongly(etag) else {
                return .whole
            }
        }
        guard let range = requested(header) else { return .whole }
        switch range {
        case .from(let first, let last):
            guard first < length else { return .unsatisfiable }
            return .part(first..<min(last, length - 1) + 1)
        case .malformed: return .whole
        case .suffix(let count):
            guard count > 0 else { return .unsatisfiable }
            // A suffix of an empty representation is satisfiable, but no Content-Range can say so.
            return length == 0 ? .whole : .part(length - min(count, length)..<length)
        }
    }

    /// The value of `Content-Range` (RFC 9110 section 14.4), or nil for `whole`, which has none.
    public func contentRange(length: Int) -> String? {
        switch self {
        case .whole: nil
        case .part(let range): "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(length)"
        case .unsatisfiable: "bytes */\(length)"
        }
    }

    private enum Requested: Equatable {
        case from(Int, Int)
        case suffix(Int)
        case malformed
    }

    /// The only range of a `bytes` field, or nil if the field is malformed or asks for more than one.
    private static func requested(_ header: String) -> Requested? {
        guard var scanner = FieldScanner(header) else { return nil }
        scanner.skipSpace()
        guard scanner.token()?.lowercased() == "bytes", scanner.take("=") else { return nil }
        var found: Requested?
        repeat {
            scanner.skipSpace()
            // Empty list elements count as nothing (section 5.6.1).
            guard let range = element(&scanner) else { continue }
            guard found == nil, range != .malformed else { return nil }
            found = range
            scanner.skipSpace()
        } while scanner.take(",")
        return scanner.isAtEnd ? found : nil
    }

    /// The next element, or nil if it is empty.
    private static func element(_ scanner: inout FieldScanner) -> Requested? {
        if let first = scanner.saturatedNumber() {
            guard scanner.take("-") else { return .malformed }
            guard let last = scanner.saturatedNumber() else { return .from(first, .max) }
            return first <= last ? .from(first, last) : .malformed
        }
        guard scanner.take("-") else { return nil }
        return scanner.saturatedNumber().map { .suffix($0) } ?? .malformed
    }
}

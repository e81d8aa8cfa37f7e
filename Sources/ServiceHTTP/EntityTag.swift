/// An entity tag (RFC 9110 section 8.8.3): a version of a representation, `"abc"` or weak, `W/"abc"`.
public struct EntityTag: Sendable, Hashable, CustomStringConvertible {
    /// The text between the quotes.
    public let opaque: String
    public let isWeak: Bool

    /// Makes a tag of text that holds no quote, blank or control character; others are dropped.
    public init(opaque: String, isWeak: Bool = false) {
        self.opaque = String(
            decoding: opaque.utf8.filter { $0 == 0x21 || (0x23...0x7E).contains($0) || $0 >= 0x80 },
            as: UTF8.self)
        self.isWeak = isWeak
    }

    /// Reads one tag. Fails for anything else, an HTTP date included.
    public init?(_ text: String) {
        guard var scanner = FieldScanner(text) else { return nil }
        scanner.skipSpace()
        guard let tag = Self.read(&scanner) else { return nil }
        scanner.skipSpace()
        guard scanner.isAtEnd else { return nil }
        self = tag
    }

    /// Consumes one tag, or returns nil and consumes nothing.
    static func read(_ scanner: inout FieldScanner) -> EntityTag? {
        var ahead = scanner
        let isWeak = ahead.take("W")
        if isWeak { guard ahead.take("/") else { return nil } }
        guard let opaque = ahead.opaqueTag() else { return nil }
        scanner = ahead
        return EntityTag(opaque: opaque, isWeak: isWeak)
    }

    /// The field value, with quotes.
    public var description: String { (isWeak ? "W/" : "") + "\"\(opaque)\"" }

    /// Strong comparison (RFC 9110 section 8.8.3.2): both tags are strong and equal.
    public func matchesStrongly(_ other: EntityTag) -> Bool {
        !isWeak && !other.isWeak && opaque == other.opaque
    }

    /// Weak comparison (RFC 9110 section 8.8.3.2): the opaque parts are equal.
    public func matchesWeakly(_ other: EntityTag) -> Bool { opaque == other.opaque }
}

/// The value of `If-None-Match` or `If-Match` (RFC 9110 sections 13.1.1 and 13.1.2): `*`, or a list of entity
/// tags.
public enum EntityTagCondition: Sendable, Equatable {
    case any
    case tags([EntityTag])

    /// Reads the lines of one field. Fails if one of them is malformed; the field is then to be ignored.
    public init?(_ lines: [String]) {
        var tags: [EntityTag] = []
        for line in lines {
            guard var scanner = FieldScanner(line) else { return nil }
            scanner.skipSpace()
            if lines.count == 1, scanner.take("*") {
                scanner.skipSpace()
                guard scanner.isAtEnd else { return nil }
                self = .any
                return
            }
            repeat {
                scanner.skipSpace()
                if let tag = EntityTag.read(&scanner) { tags.append(tag) }
                scanner.skipSpace()
            } while scanner.take(",")
            guard scanner.isAtEnd else { return nil }
        }
        guard !tags.isEmpty else { return nil }
        self = .tags(tags)
    }

    public init?(_ line: String) { self.init([line]) }

    /// Whether a GET or HEAD whose `If-None-Match` this is gets 304 (weak comparison, RFC 9110 section
    /// 13.1.2).
    public func isNotModified(_ current: EntityTag) -> Bool {
        switch self {
        case .any: true
        case .tags(let tags): tags.contains { $0.matchesWeakly(current) }
        }
    }

    /// Whether an `If-Match` holds (strong comparison, RFC 9110 section 13.1.1).
    public func permits(_ current: EntityTag) -> Bool {
        switch self {
        case .any: true
        case .tags(let tags): tags.contains { $0.matchesStrongly(current) }
        }
    }
}

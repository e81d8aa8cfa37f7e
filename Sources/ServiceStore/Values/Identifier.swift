import Synchronization

/// A kind of record with its own identifiers, distinguished by their prefix.
public protocol Identified: SendableMetatype {
    /// What the identifiers start with, without the underscore: `job`.
    static var identifierPrefix: String { get }
}

/// The identifier of a record: a prefix and a ULID, `job_01ARZ3NDEKTSV4RRFFQ69G5FAV`.
///
/// The type parameter keeps an avatar's identifier from being used for a job. Any text is accepted as an
/// identifier, because clients can send any text; an unknown one is not found. Identifiers made by one process
/// sort as text in the order in which they were made.
public struct Identifier<Entity: Identified>: RawRepresentable, Hashable, Sendable, Codable {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    /// Creates an identifier from a client's text.
    public init(_ text: String) { rawValue = text }

    /// Returns a new, unique identifier.
    public static func make(at time: Timestamp = .now()) -> Identifier {
        Identifier("\(Entity.identifierPrefix)_\(ULID.make(at: time))")
    }
}

extension Identifier: CustomStringConvertible, ExpressibleByStringLiteral {
    public var description: String { rawValue }
    public init(stringLiteral text: String) { rawValue = text }
}

extension Identifier: Comparable {
    public static func < (a: Identifier, b: Identifier) -> Bool { a.rawValue < b.rawValue }
}

/// Universally unique, lexicographically sortable identifiers (https://github.com/ulid/spec): 48 bits of
/// milliseconds and 80 random bits as 26 characters of Crockford's base 32.
enum ULID {
    private struct Last {
        var time: UInt64 = 0
        var high: UInt16 = 0
        var low: UInt64 = 0
    }
    private static let last = Mutex(Last())
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    /// A new one; within a millisecond, and while a clock goes back, the random part is counted up, so that the
    /// order of making is kept.
    static func make(at time: Timestamp) -> String {
        let now = UInt64(clamping: time.milliseconds) & 0xFFFF_FFFF_FFFF
        let made = last.withLock { last in
            if now <= last.time {
                last.low &+= 1
                if last.low == 0 { last.high &+= 1 }
            } else {
                // The top bit stays free, so that counting up within the millisecond cannot run over.
                last = Last(time: now, high: .random(in: 0...0x7FFF), low: .random(in: 0 ... .max))
            }
            return last
        }
        let value = UInt128(made.time) << 80 | UInt128(made.high) << 64 | UInt128(made.low)
        return String(
            decoding: (0..<26).map { alphabet[Int(truncatingIfNeeded: value >> (5 * (25 - $0))) & 31] },
            as: UTF8.self)
    }
}

import AvatariumCore

/// The mode of a key.
public enum APIKeyMode: String, Sendable, Codable, CaseIterable, ColumnValue {
    case live
    /// Gives marked clips of low resolution, and costs nothing.
    case test
}

/// A permission of a key: `renders`, `avatars`, `admin` ...
public struct Scope: RawRepresentable, Hashable, Sendable, Codable, ExpressibleByStringLiteral {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral text: String) { rawValue = text }

    /// Everything in the account, including keys.
    public static let admin: Scope = "admin"
    public static let renders: Scope = "renders"
    public static let avatars: Scope = "avatars"
}

extension Scope: ColumnValue {}

/// The scopes of a key, separated by spaces.
extension Set: ColumnValue where Element == Scope {
    package static func read(_ column: String, of row: SQLRow) throws -> Set<Scope> {
        Set(try [String].read(column, of: row).map(Scope.init(rawValue:)))
    }
}

/// The record of a key. The key itself is shown once, when it is created, and never stored.
public struct APIKey: StoredRecord, ListedRecord, Hashable {
    public var id: APIKeyID
    public var account: AccountID
    public var name: String
    /// The first twelve characters of the key, by which its owner recognises it.
    public var prefix: String
    public var last4: String
    public var mode: APIKeyMode
    public var scopes: Set<Scope>
    public var createdAt: Timestamp
    /// The time of its last use, to the minute.
    public var lastUsedAt: Timestamp?
    public var expiresAt: Timestamp?
    public var revokedAt: Timestamp?

    package static let table = "api_keys"

    /// Returns whether the key has a scope; `admin` includes all.
    public func allows(_ scope: Scope) -> Bool { scopes.contains(scope) || scopes.contains(.admin) }
}

/// The text of a key: `av_live_` or `av_test_`, 32 random characters of base 62 (190 bits), and a check sum of six.
///
/// The check sum (CRC-32 of what precedes it, in base 62, as in GitHub's tokens) distinguishes a mistyped key
/// from an unknown one without a database, and lets secret scanners find keys in source code.
public struct APIKeyText: Sendable, Hashable {
    public let text: String
    public let mode: APIKeyMode

    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// Returns a new key.
    public static func make(_ mode: APIKeyMode) -> APIKeyText {
        let body = "av_\(mode.rawValue)_" + Secrets.random(32, of: alphabet)
        return APIKeyText(text: body + checkSum(of: body), mode: mode)
    }

    private init(text: String, mode: APIKeyMode) {
        self.text = text
        self.mode = mode
    }

    /// Parses a key sent by a client; `nil` if it is malformed.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 46,
            let mode = APIKeyMode.allCases.first(where: { text.hasPrefix("av_\($0.rawValue)_") }),
            bytes[8...].allSatisfy({ Self.alphabet.contains($0) }),
            Self.checkSum(of: String(decoding: bytes[..<40], as: UTF8.self))
                == String(decoding: bytes[40...], as: UTF8.self)
        else { return nil }
        self.init(text: text, mode: mode)
    }

    /// What is stored instead of the key.
    var hash: String { Secrets.sha256(text) }
    var prefix: String { String(text.prefix(12)) }
    var last4: String { String(text.suffix(4)) }

    private static func checkSum(of text: String) -> String {
        var rest = Int(crc32(text.utf8))
        var digits: [UInt8] = []
        for _ in 0..<6 {
            digits.append(alphabet[rest % 62])
            rest /= 62
        }
        return String(decoding: digits.reversed(), as: UTF8.self)
    }

    /// CRC-32 as in zip and PNG (ISO 3309): polynomial 0xEDB88320, reflected.
    package static func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var sum = ~UInt32(0)
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
        }
        return ~sum
    }
}

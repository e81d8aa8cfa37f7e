import Crypto
import Foundation

/// A secret key of 32 bytes with which the service signs what it hands out and gets back: cursors and file
/// URLs. It has no description.
public struct SigningKey: Sendable, CustomStringConvertible, CustomReflectable {
    private let key: SymmetricKey

    /// Derives a key for one purpose from the service's master key by HKDF-SHA-256 (RFC 5869), so that no two
    /// purposes share a key.
    /// - Parameters:
    ///   - master: The master key, at least 32 random bytes.
    ///   - purpose: A name such as `cursor` or `file-url`; changing it makes everything signed before
    ///     invalid.
    public init(master: [UInt8], purpose: String) {
        key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: master), info: Array("avatarium/\(purpose)".utf8),
            outputByteCount: 32)
    }

    public var description: String { "(signing key)" }
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// HMAC-SHA-256 over some fields, each preceded by its length, so that no two lists of fields give the
    /// same text.
    func signature(_ fields: [[UInt8]]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Self.framed(fields), using: key))
    }

    /// Compares in constant time.
    func isValid(_ signature: [UInt8], _ fields: [[UInt8]]) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: Self.framed(fields), using: key)
    }

    private static func framed(_ fields: [[UInt8]]) -> [UInt8] {
        fields.flatMap { field in UInt64(field.count).bigEndianBytes + field }
    }
}

extension UInt64 {
    var bigEndianBytes: [UInt8] {
        stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: self >> UInt64($0)) }
    }
}

/// Base64 with the alphabet for URLs and without padding (RFC 4648 section 5).
enum Base64URL {
    static func encode(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }

    /// Fails for padding, characters of another alphabet, and unused bits that are not zero, so that every
    /// value has one spelling only.
    static func decode(_ text: String) -> [UInt8]? {
        let standard = text.replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: standard + padding), encode(Array(data)) == text else {
            return nil
        }
        return Array(data)
    }
}

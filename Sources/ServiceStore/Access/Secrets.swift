import Crypto
import Foundation

/// Random values and hashes of secrets.
enum Secrets {
    /// Random bytes in hexadecimal, from the system's cryptographic generator.
    static func randomHex(bytes count: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        return hex((0..<count).map { _ in UInt8.random(in: 0 ... .max, using: &generator) })
    }

    /// Random bytes in base 64.
    static func randomBase64(bytes count: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        return Data((0..<count).map { _ in UInt8.random(in: 0 ... .max, using: &generator) })
            .base64EncodedString()
    }

    /// A new signing secret of Standard Webhooks 1.0: `whsec_` and 32 random bytes in base 64.
    static func webhookSecret() -> String { "whsec_" + randomBase64(bytes: 32) }

    /// Random characters of an alphabet; 190 bits from 32 characters of base 62.
    static func random(_ count: Int, of alphabet: [UInt8]) -> String {
        var generator = SystemRandomNumberGenerator()
        return String(
            decoding: (0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            },
            as: UTF8.self)
    }

    /// SHA-256 in hexadecimal. Enough for secrets of 128 random bits and more, which nobody can guess; passwords
    /// need a slow hash.
    static func sha256(_ text: String) -> String { hex(SHA256.hash(data: Data(text.utf8))) }

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

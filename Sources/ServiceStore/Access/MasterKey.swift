import AvatariumCore
import Crypto
import Foundation

/// The secret of a service from which all its other keys are derived (HKDF, RFC 5869), and which encrypts data
/// that must be read again, such as customers' provider keys.
///
/// Each sealed text names the key that sealed it by its `version`, a number that follows from the key. While one key replaces
/// another, the new one seals and both open.
public struct MasterKey: Sendable, CustomStringConvertible, CustomReflectable {
    private let key: SymmetricKey
    private let previous: SymmetricKey?
    /// Of the key that seals.
    public let version: Int

    /// - Parameters:
    ///   - bytes: 32 random bytes.
    ///   - previous: The key that this one replaces, where texts that it sealed are to be opened too.
    /// - Throws: E071 when one has not 32 bytes.
    public init(_ bytes: [UInt8], replacing previous: [UInt8]? = nil) throws {
        key = try Self.checked(bytes)
        self.previous = try previous.map(Self.checked)
        version = Self.version(of: key)
    }

    private static func checked(_ bytes: [UInt8]) throws -> SymmetricKey {
        guard bytes.count == 32 else {
            throw AvatariumError(
                .invalidConfig,
                "the master key has \(bytes.count) bytes instead of 32; make one with "
                    + "'head -c 32 /dev/urandom | base64'")
        }
        return SymmetricKey(data: bytes)
    }

    /// 31 bits, as a database's integers hold them; they say nothing about the key.
    private static func version(of key: SymmetricKey) -> Int {
        derive(key, "version").withUnsafeBytes { Int($0.loadUnaligned(as: UInt32.self).bigEndian >> 1) }
    }

    public var description: String { "MasterKey" }
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// A key for one purpose, 32 bytes: `cursors`, `files`, `tokens`.
    public func subkey(for purpose: String) -> SymmetricKey { Self.derive(key, purpose) }

    private static func derive(_ key: SymmetricKey, _ purpose: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key, info: Data("avatarium.\(purpose)".utf8), outputByteCount: 32)
    }

    /// Seals a text with AES-256-GCM under a random nonce.
    /// - Parameter context: what it belongs to; the same is needed to open it, so that a sealed text that is moved
    ///   to another row is worthless there.
    package func seal(_ text: String, context: [String]) throws -> (sealed: String, version: Int) {
        let box = try AES.GCM.seal(
            Data(text.utf8), using: subkey(for: "sealing"),
            authenticating: Self.bound(context, version: version))
        guard let combined = box.combined else {
            throw AvatariumError(.internalError, "a secret could not be encrypted")
        }
        return (combined.base64EncodedString(), version)
    }

    /// Opens a sealed text.
    /// - Throws: E071 when another key sealed it, or for another context.
    package func open(_ sealed: String, version: Int, context: [String]) throws -> String {
        // 1: encrypted before versions were derived from keys, so with the older of the two.
        let matching =
            version == 1
            ? previous ?? key : [key, previous].compactMap(\.self).first { Self.version(of: $0) == version }
        guard let key = matching else {
            throw AvatariumError(
                .invalidConfig,
                "the database holds secrets that were sealed with another master key than the configured one; configure "
                    + "that key, or, where a rotation was interrupted, run 'avatarium master-key rotate' again",
                context: ["field": "master-key"])
        }
        do {
            let box = try AES.GCM.SealedBox(combined: Data(base64Encoded: sealed) ?? Data())
            let bytes = try AES.GCM.open(
                box, using: Self.derive(key, "sealing"),
                authenticating: Self.bound(context, version: version))
            return String(decoding: bytes, as: UTF8.self)
        } catch {
            throw AvatariumError(
                .invalidConfig,
                "a stored secret does not open with the master key that sealed it: its row was changed; restore it from "
                    + "a backup, or delete what it belongs to",
                context: ["version": "\(version)"])
        }
    }

    /// Lengths keep `["a", "bc"]` and `["ab", "c"]` apart.
    private static func bound(_ context: [String], version: Int) -> Data {
        Data((context.map { "\($0.utf8.count):\($0)" } + ["\(version)"]).joined(separator: ",").utf8)
    }
}

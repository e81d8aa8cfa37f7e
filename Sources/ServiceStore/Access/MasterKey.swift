import AvatariumCore
import Crypto
import Foundation

/// The secret of a service from which all its other keys are derived (HKDF, RFC 5869), and which encrypts data
/// that must be read again, such as customers' provider keys.
///
/// It may have several versions during a rotation: the newest encrypts, older ones still decrypt.
public struct MasterKey: Sendable, CustomStringConvertible, CustomReflectable {
    private let versions: [Int: SymmetricKey]
    /// The version that encrypts.
    public let newest: Int

    /// - Parameter versions: The keys by version, each 32 bytes in base64.
    /// - Throws: E071 if one is not 32 bytes, or there is none.
    public init(base64 versions: [Int: String]) throws {
        guard let newest = versions.keys.max() else {
            throw AvatariumError(.invalidConfig, "there is no master key; give 32 random bytes in base 64")
        }
        self.newest = newest
        self.versions = try versions.mapValues { text in
            guard let bytes = Data(base64Encoded: text.trimmingCharacters(in: .whitespacesAndNewlines)),
                bytes.count == 32
            else {
                throw AvatariumError(
                    .invalidConfig,
                    "the master key is not 32 bytes in base 64; make one with "
                        + "'head -c 32 /dev/urandom | base64'")
            }
            return SymmetricKey(data: bytes)
        }
    }

    public var description: String { "MasterKey" }
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// Returns a key of 32 bytes for one purpose, derived from the newest version: `cursors`, `files`, `tokens`.
    public func subkey(for purpose: String) -> SymmetricKey {
        // There is a newest version, by the initialiser.
        Self.derive(versions[newest] ?? SymmetricKey(size: .bits256), purpose)
    }

    private static func derive(_ key: SymmetricKey, _ purpose: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key, info: Data("avatarium.\(purpose)".utf8), outputByteCount: 32)
    }

    /// Seals a text with AES-256-GCM under a random nonce.
    /// - Parameter context: what it belongs to; the same is needed to open it, so that a sealed text that is moved
    ///   to another row is worthless there.
    package func seal(_ text: String, context: [String]) throws -> (sealed: String, version: Int) {
        let key = subkey(for: "sealing")
        let box = try AES.GCM.seal(
            Data(text.utf8), using: key, authenticating: Self.bound(context, version: newest))
        guard let combined = box.combined else {
            throw AvatariumError(.internalError, "a secret could not be encrypted")
        }
        return (combined.base64EncodedString(), newest)
    }

    /// Opens a sealed text.
    /// - Throws: E071 when this service lacks the version of the key, or has another key.
    package func open(_ sealed: String, version: Int, context: [String]) throws -> String {
        guard let master = versions[version] else {
            throw AvatariumError(
                .invalidConfig,
                "a stored secret needs version \(version) of the master key; configure that version too",
                context: ["version": "\(version)"])
        }
        do {
            let box = try AES.GCM.SealedBox(combined: Data(base64Encoded: sealed) ?? Data())
            let bytes = try AES.GCM.open(
                box, using: Self.derive(master, "sealing"),
                authenticating: Self.bound(context, version: version))
            return String(decoding: bytes, as: UTF8.self)
        } catch {
            throw AvatariumError(
                .invalidConfig,
                "a stored secret cannot be decrypted with version \(version) of the master key; configure "
                    + "the key that encrypted it",
                context: ["version": "\(version)"])
        }
    }

    /// Lengths keep `["a", "bc"]` and `["ab", "c"]` apart.
    private static func bound(_ context: [String], version: Int) -> Data {
        Data((context.map { "\($0.utf8.count):\($0)" } + ["\(version)"]).joined(separator: ",").utf8)
    }
}

import AvatariumCore
import CArgon2
import Foundation

/// Passwords, as Argon2id hashes (RFC 9106) in the PHC string format, `$argon2id$v=19$m=19456,t=2,p=1$...`.
///
/// A hash takes 19 MiB and about a tenth of a second. At most two are computed at a time, on dedicated threads,
/// so that a flood of logins cannot exhaust memory or the shared threads.
public final class Passwords: Sendable {
    /// The cost parameters of a hash.
    public struct Cost: Sendable, Hashable {
        /// KiB of memory.
        public var memory: UInt32
        /// Passes over the memory.
        public var passes: UInt32
        /// Lanes that could be filled at the same time.
        public var lanes: UInt32

        public init(memory: UInt32, passes: UInt32, lanes: UInt32) {
            self.memory = memory
            self.passes = passes
            self.lanes = lanes
        }

        /// The first choice of OWASP's Password Storage Cheat Sheet that has one lane: 19 MiB, two passes.
        public static let standard = Cost(memory: 19_456, passes: 2, lanes: 1)
    }

    /// The result of a comparison.
    public enum Verdict: Sendable, Hashable {
        case wrong
        /// - Parameter needsNewHash: whether the hash was made at a lower cost than today's and should be
        ///   replaced.
        case right(needsNewHash: Bool)
    }

    /// The longest password in bytes; longer ones are refused, because they only cost time.
    public static let longest = 1024

    private let cost: Cost
    private let queue: OperationQueue

    public init(cost: Cost = .standard) {
        self.cost = cost
        queue = OperationQueue()
        queue.name = "avatarium.passwords"
        queue.maxConcurrentOperationCount = 2
    }

    /// Returns the hash to store for a password, with a random salt of 16 bytes.
    /// - Throws: E093 if the password is longer than 1024 bytes.
    public func hash(_ password: String) async throws -> String {
        let bytes = Self.bytes(of: password)
        guard bytes.count <= Self.longest else {
            throw AvatariumError(
                .validationError, "the password has \(bytes.count) bytes; give at most \(Self.longest)",
                context: ["field": "password"])
        }
        return try await onQueue { [cost] in try Self.encoded(bytes, cost) }
    }

    /// Compares a password with a stored hash.
    /// - Parameter hash: `nil` if there is no such user: the comparison takes as long as any other, so that its
    ///   duration does not reveal which users exist.
    public func verify(_ password: String, against hash: String?) async throws -> Verdict {
        let bytes = Self.bytes(of: password)
        return try await onQueue { [cost] in
            guard let hash, bytes.count <= Self.longest else {
                _ = try Self.encoded(Array(bytes.prefix(Self.longest)), cost)
                return .wrong
            }
            switch argon2id_verify(hash, bytes, bytes.count) {
            case ARGON2_OK.rawValue: return .right(needsNewHash: !hash.hasPrefix(Self.prefix(cost)))
            case ARGON2_VERIFY_MISMATCH.rawValue: return .wrong
            case let code: throw Self.failure(code)
            }
        }
    }

    /// Canonically composed (NFC), as RFC 8265 wants: the same letters are the same password on every keyboard.
    private static func bytes(of password: String) -> [UInt8] {
        Array(password.precomposedStringWithCanonicalMapping.utf8)
    }

    private static func prefix(_ cost: Cost) -> String {
        "$argon2id$v=19$m=\(cost.memory),t=\(cost.passes),p=\(cost.lanes)$"
    }

    private static func encoded(_ password: [UInt8], _ cost: Cost) throws -> String {
        var generator = SystemRandomNumberGenerator()
        let salt = (0..<16).map { _ in UInt8.random(in: 0 ... .max, using: &generator) }
        let length = 32
        var encoded = [CChar](
            repeating: 0,
            count: argon2_encodedlen(
                cost.passes, cost.memory, cost.lanes, UInt32(salt.count), UInt32(length), Argon2_id))
        let code = argon2id_hash_encoded(
            cost.passes, cost.memory, cost.lanes, password, password.count, salt, salt.count, length,
            &encoded,
            encoded.count)
        guard code == ARGON2_OK.rawValue else { throw failure(code) }
        return String(decoding: encoded.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func failure(_ code: Int32) -> AvatariumError {
        AvatariumError(
            .internalError, "a password could not be hashed: \(String(cString: argon2_error_message(code)))",
            context: ["stage": "password"])
    }

    private func onQueue<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws
        -> Value
    {
        try await withCheckedThrowingContinuation { continuation in
            queue.addOperation { continuation.resume(with: Result { try body() }) }
        }
    }
}

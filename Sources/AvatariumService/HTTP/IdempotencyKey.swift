import Avatarium
import AvatariumCore
import Crypto
import HTTPTypes
import Hummingbird
import ServiceStore

/// The header by which a client makes repetitions harmless (draft-ietf-httpapi-idempotency-key-header). Every POST that creates
/// reads it: what is created and the key are recorded in one transaction, so that a twin waits for the first and is
/// answered as it was.
struct IdempotencyKey: Sendable {
    var key: String
    /// HMAC-SHA256 of method, target and body. Bodies hold passwords and keys, which a plain hash would expose to guessing.
    var fingerprint: String

    /// - Throws: INVALID_PARAMETER for a key that is empty, too long or not printable ASCII.
    static func read(_ request: Request, body: [UInt8], _ backend: Backend) throws -> IdempotencyKey? {
        guard let key = request.headers[.idempotencyKey] else { return nil }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw APIError.invalid(
                "Idempotency-Key", "Idempotency-Key must be 1 to 255 printable characters, such as a UUID")
        }
        let query = request.uri.query.map { "?\($0)" } ?? ""
        let target = "\(request.method.rawValue) \(request.uri.path)\(query)\n"
        return IdempotencyKey(key: key, fingerprint: hash(Array(target.utf8) + body, backend))
    }

    private static func hash(_ bytes: [UInt8], _ backend: Backend) -> String {
        Hexadecimal.text(
            HMAC<SHA256>.authenticationCode(
                for: bytes, using: backend.masterKey.subkey(for: "idempotency")))
    }

    /// The key within what a client without an account is known by, such as its address, so that no two clients meet.
    func within(_ client: String, _ backend: Backend) -> IdempotencyKey {
        var key = self
        key.key = Self.hash(Array("\(client)\n\(self.key)".utf8), backend)
        return key
    }

    /// What the store keeps with what is created.
    /// - Parameter name: the text from which the answer can be given again, such as an identifier.
    func keeping<Created: Sendable>(
        _ name: @escaping @Sendable (Created) throws -> String
    ) -> Idempotency<Created> {
        Idempotency(key: key, fingerprint: fingerprint) { StoredAnswer(try name($0)) }
    }

    static var mismatch: APIError {
        APIError.invalid(
            "Idempotency-Key",
            "this Idempotency-Key was used for another request; use a new one for each new request")
    }
}

extension Once {
    /// Answers with what was created now, or as the first time.
    /// - Throws: INVALID_PARAMETER where the key was used for another request.
    func answer(
        _ created: (Value) async throws -> Response, again: (StoredAnswer) async throws -> Response
    ) async throws -> Response {
        switch self {
        case .fresh(let value): return try await created(value)
        case .replayed(let stored):
            var response = try await again(stored)
            response.headers[.idempotentReplayed] = "true"
            return response
        case .mismatch: throw IdempotencyKey.mismatch
        }
    }
}

extension Backend {
    /// What was kept of the same request, if it came before: so that costly work is not done again. What creates
    /// decides finally.
    /// - Parameter account: Whose key it is.
    /// - Throws: INVALID_PARAMETER where the key was used for another request.
    func earlier(_ key: IdempotencyKey?, _ account: AccountID) async throws -> StoredAnswer? {
        guard let key else { return nil }
        switch try await store.earlierAnswer(key: key.key, fingerprint: key.fingerprint, account: account) {
        case .replayed(let answer)?: return answer
        case .mismatch?: throw IdempotencyKey.mismatch
        case nil: return nil
        }
    }
}

enum Hexadecimal {
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        String(
            decoding: bytes.flatMap { byte in [digits[Int(byte >> 4)], digits[Int(byte & 15)]] },
            as: UTF8.self)
    }
    private static let digits = Array("0123456789abcdef".utf8)
}

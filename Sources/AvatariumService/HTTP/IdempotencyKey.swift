import Avatarium
import AvatariumCore
import Crypto
import HTTPTypes
import Hummingbird
import ServiceStore

/// The header by which a client makes repetitions harmless (draft-ietf-httpapi-idempotency-key-header).
struct IdempotencyKey: Sendable {
    var key: String
    /// SHA-256 of method, target and body.
    var fingerprint: String

    /// - Throws: INVALID_PARAMETER for a key that is empty, too long or not printable ASCII.
    static func read(_ request: Request, body: [UInt8]) throws -> IdempotencyKey? {
        guard let key = request.headers[.idempotencyKey] else { return nil }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw APIError.invalid(
                "Idempotency-Key", "Idempotency-Key must be 1 to 255 printable characters, such as a UUID")
        }
        var hash = SHA256()
        let query = request.uri.query.map { "?\($0)" } ?? ""
        hash.update(data: Array("\(request.method.rawValue) \(request.uri.path)\(query)\n".utf8))
        hash.update(data: body)
        return IdempotencyKey(key: key, fingerprint: Hexadecimal.text(hash.finalize()))
    }

    /// What the store keeps with what is created.
    /// - Parameter name: the text from which the answer can be given again, such as an identifier.
    func keeping<Created: Sendable>(_ name: @escaping @Sendable (Created) -> String) -> Idempotency<Created> {
        Idempotency(key: key, fingerprint: fingerprint) { StoredAnswer(status: 201, body: name($0)) }
    }

    static var mismatch: APIError {
        APIError.invalid(
            "Idempotency-Key",
            "this Idempotency-Key was used for another request; make a new one for each new request")
    }
}

extension Backend {
    /// What was kept of the same request, if it came before: so that costly work is not done again. What creates
    /// decides finally.
    /// - Throws: INVALID_PARAMETER where the key was used for another request.
    func earlier(_ key: IdempotencyKey?, _ principal: Principal) async throws -> StoredAnswer? {
        guard let key else { return nil }
        switch try await store.earlierAnswer(
            key: key.key, fingerprint: key.fingerprint, account: principal.id)
        {
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

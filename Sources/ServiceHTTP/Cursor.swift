import AvatariumCore
import Foundation

/// Turns positions in lists into opaque texts for clients, and back, so that a client can neither make nor
/// alter one.
///
/// A position is the time, in milliseconds since 1970, and the id of an entry: the last of the page before.
public struct CursorSealer: Sendable {
    private static let signatureLength = 16
    private static let maximumLength = 512
    private let key: SigningKey

    /// - Parameter master: The service's master key.
    public init(master: [UInt8]) { key = SigningKey(master: master, purpose: "cursor/1") }

    /// Makes the text of a position.
    /// - Parameter scope: What the list is: its route, account and filters. A cursor opens only with the
    ///   scope that it was sealed with.
    public func seal(time: Int64, id: String, scope: String) -> String {
        let payload = UInt64(bitPattern: time).bigEndianBytes + Array(id.utf8)
        return Base64URL.encode(
            key.signature([Array(scope.utf8), payload]).prefix(Self.signatureLength) + payload)
    }

    /// Reads the position of a text.
    /// - Throws: E093 if this service did not make the cursor, or made it for another list.
    public func open(_ text: String, scope: String) throws(AvatariumError) -> (time: Int64, id: String) {
        guard text.utf8.count <= Self.maximumLength, let bytes = Base64URL.decode(text),
            bytes.count >= Self.signatureLength + 8
        else { throw Self.refusal }
        let payload = Array(bytes.dropFirst(Self.signatureLength))
        let expected = key.signature([Array(scope.utf8), payload]).prefix(Self.signatureLength)
        guard ConstantTime.equal(Array(bytes.prefix(Self.signatureLength)), Array(expected)),
            let id = String(validating: payload.dropFirst(8), as: UTF8.self)
        else { throw Self.refusal }
        let time = payload.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return (Int64(bitPattern: time), id)
    }

    private static var refusal: AvatariumError {
        AvatariumError(
            .validationError,
            "cursor does not belong to this list; pass meta.nextCursor of the previous page, with the same "
                + "filters",
            context: ["field": "cursor"])
    }
}

/// Comparison of secrets.
public enum ConstantTime {
    /// Compares two byte strings in a time that depends on their lengths only.
    public static func equal(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard a.count == b.count else { return false }
        var difference: UInt8 = 0
        for index in a.indices { difference |= a[index] ^ b[index] }
        return difference == 0
    }
}

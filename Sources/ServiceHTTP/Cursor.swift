import AvatariumCore
import Foundation

/// A place in a list that is sorted by creation time and id: the last entry of the page before.
public struct CursorPosition: Sendable, Equatable {
    /// Milliseconds since 1970.
    public var createdAt: Int64
    public var id: String

    public init(createdAt: Int64, id: String) {
        self.createdAt = createdAt
        self.id = id
    }
}

/// Turns positions in lists into opaque texts for clients, and back, so that a client can neither make nor
/// alter one.
public struct CursorSealer: Sendable {
    private static let signatureLength = 16
    private static let maximumLength = 512
    private let key: SigningKey

    /// - Parameter master: The service's master key.
    public init(master: [UInt8]) { key = SigningKey(master: master, purpose: "cursor/1") }

    /// - Parameter scope: What the list is: its route, account and filters. A cursor opens only with the
    ///   scope that it was sealed with.
    public func seal(_ position: CursorPosition, scope: String) -> String {
        let payload = UInt64(bitPattern: position.createdAt).bigEndianBytes + Array(position.id.utf8)
        return Base64URL.encode(
            key.signature([Array(scope.utf8), payload]).prefix(Self.signatureLength) + payload)
    }

    /// - Throws: E093 if this service did not make the cursor, or made it for another list.
    public func open(_ text: String, scope: String) throws(AvatariumError) -> CursorPosition {
        guard text.utf8.count <= Self.maximumLength, let bytes = Base64URL.decode(text),
            bytes.count >= Self.signatureLength + 8
        else { throw Self.refusal }
        let payload = Array(bytes.dropFirst(Self.signatureLength))
        let expected = key.signature([Array(scope.utf8), payload]).prefix(Self.signatureLength)
        guard ConstantTime.equal(Array(bytes.prefix(Self.signatureLength)), Array(expected)),
            let id = String(validating: payload.dropFirst(8), as: UTF8.self)
        else { throw Self.refusal }
        let time = payload.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return CursorPosition(createdAt: Int64(bitPattern: time), id: id)
    }

    private static var refusal: AvatariumError {
        AvatariumError(
            .validationError,
            "cursor is not of this list; pass meta.nextCursor of the page before, with the same filters",
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

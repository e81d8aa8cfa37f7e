/// Why bytes cannot be read as a KTX2 texture of Basis Universal.
public struct BasisError: Error, Sendable, Equatable {
    public enum Reason: Sendable {
        /// Damaged or cut short.
        case invalid
        /// A valid file of a kind that is not read.
        case unsupported
    }
    public var reason: Reason
    public var message: String

    init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }
}

/// Why an image cannot be read or written; the caller knows which file it was and what that means.
public struct ImageError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Reason: Sendable {
        /// No format that we read.
        case unrecognized
        /// Damaged or cut short.
        case invalid
        /// More pixels than the caller allows.
        case tooLarge
        /// A valid file of a kind that we do not read.
        case unsupported
    }
    public var reason: Reason
    public var message: String

    public init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    public var description: String { message }
}

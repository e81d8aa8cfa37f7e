/// The reason why bytes cannot be decoded as an image.
///
/// It contains neither the file's name nor a remedy, so callers convert it to a `Diagnostic` (a texture) or use
/// it as the cause of an `AvatariumError` (a background, an environment).
public struct ImageError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Reason: Sendable {
        /// None of the formats that are read.
        case unrecognized
        /// Damaged or cut short.
        case invalid
        /// More pixels than the caller allows.
        case tooLarge
        /// A valid file of a kind that is not read.
        case unsupported
    }
    public var reason: Reason
    public var message: String

    public init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    /// What to do about it, for the end of a message.
    /// - Parameter formats: What can be read: `a PNG, JPEG or WebP image`.
    package func remedy(formats: String) -> String {
        switch reason {
        case .tooLarge: "scale it down"
        case .invalid: "export it again, as \(formats)"
        case .unrecognized, .unsupported: "use \(formats)"
        }
    }

    public var description: String { message }
}
